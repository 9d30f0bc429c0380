//! Mappings that allow too much.

use cloister_model::isolation::{MappingRule, SharingRule, Violation};

use super::{Breakage, Case, mapping, place};
use crate::layout::{Purpose, WRITE};
use crate::tables::{NO_EXECUTE, USER, WRITABLE};

/// All of them, by name.
pub const ALL: &[(&str, Breakage)] = &[
    ("data executable", data_executable),
    ("text writable", text_writable),
    ("text writable elsewhere", text_writable_elsewhere),
    ("reader writes", reader_writes),
    ("reader executes", reader_executes),
    ("closed page in a program", closed_page_in_a_program),
];

fn data_executable(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    *case.layout.tables.entry(victim.entry) &= !NO_EXECUTE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::WriteExecute, at, victim.region.frames.first))
}

fn text_writable(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    *case.layout.tables.entry(victim.entry) |= WRITABLE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::WriteExecute, at, victim.region.frames.first))
}

fn text_writable_elsewhere(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    let (subject, frame) = (victim.region.subject, victim.region.frames.first);
    let entry = case.intrude(subject, frame, WRITE);
    let (writer, other) = (place(subject, entry), place(subject, victim.entry));
    Some(Violation::Sharing { rule: SharingRule::WriteExecute, frame, writer, other })
}

fn reader_writes(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Reader);
    *case.layout.tables.entry(victim.entry) |= WRITABLE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::ReaderWrites, at, victim.region.frames.first))
}

fn reader_executes(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Reader);
    *case.layout.tables.entry(victim.entry) &= !NO_EXECUTE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::ChannelExecutable, at, victim.region.frames.first))
}

fn closed_page_in_a_program(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    *case.layout.tables.entry(victim.entry) &= !USER;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::SupervisorInLowerHalf, at, victim.region.frames.first))
}
