//! The kernel's memory and its half of each space.

use cloister_model::isolation::{MappingRule, SharingRule, SpaceKind, Violation};
use cloister_model::subject::SubjectId;

use super::{Breakage, Case, mapping, place};
use crate::layout::{Purpose, READ};
use crate::tables::{NO_EXECUTE, USER, WRITABLE};

/// All of them, by name.
pub const ALL: &[(&str, Breakage)] = &[
    ("kernel frame mapped", kernel_frame_mapped),
    ("guest reaches the kernel", guest_reaches_the_kernel),
    ("subject memory mapped by the kernel", subject_memory_mapped_by_the_kernel),
    ("subject memory executed by the kernel", subject_memory_executed_by_the_kernel),
    ("kernel text writable", kernel_text_writable),
    ("kernel text writable elsewhere", kernel_text_writable_elsewhere),
    ("kernel open everywhere", kernel_open_everywhere),
    ("another kernel half", another_kernel_half),
    ("kernel root with a lower half", kernel_root_with_a_lower_half),
];

fn kernel_frame_mapped(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let frame = 0x100 + case.choice.index(4) as u64;
    let entry = case.intrude(intruder, frame, READ);
    Some(mapping(MappingRule::KernelFrame, place(intruder, entry), frame))
}

fn guest_reaches_the_kernel(case: &mut Case) -> Option<Violation> {
    let (intruder, entry) = case.guest_intrudes(&[], 0x101, READ)?;
    Some(mapping(MappingRule::KernelFrame, place(intruder, entry), 0x101))
}

fn subject_memory_mapped_by_the_kernel(case: &mut Case) -> Option<Violation> {
    let frame = case.placed(Purpose::Text).region.frames.first;
    let entry = case.kernel_maps(frame, NO_EXECUTE);
    Some(mapping(MappingRule::KernelElsewhere, place(SubjectId::KERNEL, entry), frame))
}

fn subject_memory_executed_by_the_kernel(case: &mut Case) -> Option<Violation> {
    let frame = case.placed(Purpose::Text).region.frames.first;
    let entry = case.kernel_maps(frame, 0);
    Some(mapping(MappingRule::KernelExecutes, place(SubjectId::KERNEL, entry), frame))
}

fn kernel_text_writable(case: &mut Case) -> Option<Violation> {
    let text = case.layout.placed[0];
    *case.layout.tables.entry(text.entry) |= WRITABLE;
    let at = place(SubjectId::KERNEL, text.entry);
    Some(mapping(MappingRule::WriteExecute, at, text.region.frames.first))
}

fn kernel_text_writable_elsewhere(case: &mut Case) -> Option<Violation> {
    let text = case.layout.placed[0];
    let frame = text.region.frames.first;
    let entry = case.kernel_maps(frame, WRITABLE | NO_EXECUTE);
    let (writer, other) = (place(SubjectId::KERNEL, entry), place(SubjectId::KERNEL, text.entry));
    Some(Violation::Sharing { rule: SharingRule::WriteExecute, frame, writer, other })
}

fn kernel_open_everywhere(case: &mut Case) -> Option<Violation> {
    let text = case.layout.placed[0];
    let root = case.layout.kernel_root;
    let page = 0xf_ff80_0000 + 0x400;
    for level in 1..=3 {
        let entry = case.layout.tables.entry_of(root, page, level, 0);
        *case.layout.tables.entry(entry) |= USER;
    }
    let roots: Vec<_> = case.layout.spaces.iter().map(|space| space.root.0).collect();
    let native =
        roots.iter().zip(&case.layout.spaces).filter(|(_, space)| space.kind != SpaceKind::Nested);
    let native: Vec<_> = native.map(|(&root, _)| root).chain([root]).collect();
    for root in native {
        *case.layout.tables.entry(root + 511 * 8) |= USER;
    }
    let at = place(SubjectId::KERNEL, text.entry);
    Some(mapping(MappingRule::UserInKernelHalf, at, text.region.frames.first))
}

fn another_kernel_half(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    let entry = root + (256 + case.choice.index(256) as u64) * 8;
    *case.layout.tables.entry(entry) ^= USER;
    Some(Violation::KernelHalf(place(subject, entry)))
}

fn kernel_root_with_a_lower_half(case: &mut Case) -> Option<Violation> {
    let root = case.layout.kernel_root;
    let entry = case.layout.tables.map(root, 0x100, 0x100, 1, 0, 0);
    Some(mapping(MappingRule::KernelLowerHalf, place(SubjectId::KERNEL, entry), 0x100))
}
