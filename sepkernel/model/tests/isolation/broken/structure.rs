//! Tables that are mapped, malformed or out of place.

use cloister_model::isolation::{MappingRule, Violation};
use cloister_model::subject::SubjectId;

use super::{Breakage, Case, mapping, place};
use crate::layout::{MEMORY, Purpose, WRITE};
use crate::tables::{NO_EXECUTE, PRESENT, USER, WRITABLE};

/// All of them, by name.
pub const ALL: &[(&str, Breakage)] = &[
    ("table mapped by a subject", table_mapped_by_a_subject),
    ("table mapped by the kernel", table_mapped_by_the_kernel),
    ("reserved bits", reserved_bits),
    ("table in subject memory", table_in_subject_memory),
    ("tables lead back", tables_lead_back),
    ("too many tables", too_many_tables),
];

fn table_mapped_by_a_subject(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let frame = case.layout.kernel_root >> 12;
    let entry = case.intrude(intruder, frame, WRITE);
    Some(mapping(MappingRule::Table, place(intruder, entry), frame))
}

fn table_mapped_by_the_kernel(case: &mut Case) -> Option<Violation> {
    let frame = case.layout.kernel_root >> 12;
    let entry = case.kernel_maps(frame, NO_EXECUTE);
    Some(mapping(MappingRule::Table, place(SubjectId::KERNEL, entry), frame))
}

fn reserved_bits(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    let entry = case.layout.tables.entry(victim.entry);
    *entry |= 1 << 40;
    let value = *entry;
    Some(Violation::Malformed { at: place(victim.region.subject, victim.entry), value })
}

fn table_in_subject_memory(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    let entry = root + (1 + case.choice.index(255) as u64) * 8;
    let frame = MEMORY.first + 5;
    *case.layout.tables.entry(entry) = frame << 12 | PRESENT | WRITABLE | USER;
    Some(Violation::TableElsewhere { at: place(subject, entry), frame })
}

fn tables_lead_back(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    // A table that is full of itself, at every level below the root.
    let table = case.layout.tables.table();
    *case.layout.tables.entry(root + 8 * 200) = table | PRESENT | USER;
    for index in 0..512 {
        *case.layout.tables.entry(table + index * 8) = table | PRESENT | USER;
    }
    // Before the walk runs out of tables it finds itself mapped as a page.
    Some(mapping(MappingRule::Table, place(subject, table), table >> 12))
}

fn too_many_tables(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    let tables = [0; 3].map(|_| case.layout.tables.table());
    *case.layout.tables.entry(root + 8 * 200) = tables[0] | PRESENT | USER;
    for (table, next) in tables.iter().zip(&tables[1..]) {
        for index in 0..512 {
            *case.layout.tables.entry(table + index * 8) = next | PRESENT | USER;
        }
    }
    Some(Violation::Loop(subject))
}
