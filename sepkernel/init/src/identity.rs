//! The lower half: memory mapped to itself, for as long as the boot program runs.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use heapless::Vec;

use crate::address_space::{Access, AddressSpace};
use crate::boot_info::{BootInfo, MAX_RANGES};
use crate::frames::Frames;
use crate::image::Image;
use crate::{clock, stop};

/// Maps this program with the rights that its parts need, and all memory of interest and the
/// screen as data.
pub fn map(
    space: &mut AddressSpace,
    frames: &mut Frames,
    info: &BootInfo,
    image: &Image,
    trampoline: Range,
) {
    let code = Range { start: trampoline.start, end: trampoline.start + PAGE };
    for (range, access) in [
        (image.constants, Access::Read),
        (image.code, Access::Execute),
        (image.data, Access::Write),
        (image.stack, Access::Write),
        (code, Access::Execute),
    ] {
        space.map(frames, range.start, range, access);
    }
    for range in data_ranges(info, image.all(), code) {
        space.map(frames, range.start, range, Access::Write);
    }
    let apic = clock::local_apic();
    space.map(frames, apic, Range { start: apic, end: apic + PAGE }, Access::Device);
}

/// What is mapped as data: whole pages, in order, none twice, without this program's image.
fn data_ranges(info: &BootInfo, image: Range, code: Range) -> Vec<Range, { 2 * MAX_RANGES }> {
    let pages = |range: Range| Range {
        start: range.start / PAGE * PAGE,
        end: range.end.div_ceil(PAGE).saturating_mul(PAGE),
    };
    let screen = info.framebuffer.map(|framebuffer| Range {
        start: framebuffer.address,
        end: framebuffer.address.saturating_add(framebuffer.size()),
    });
    let memory = info.memory.iter().map(|(_, range)| *range);
    let mut sorted = Vec::<Range, { 2 * MAX_RANGES }>::new();
    // The crash record's page is in memory; occupied ranges may lie in memory that the map of an
    // odd loader calls reserved.
    sorted.extend(memory.chain(screen).chain(info.occupied.iter().copied()).map(pages));
    sorted.sort_unstable_by_key(|range| range.start);

    let mut result = Vec::<Range, { 2 * MAX_RANGES }>::new();
    let mut add = |range: Range| {
        if range.size() > 0 && result.push(range).is_err() {
            stop!("the memory map is in more pieces than can be mapped");
        }
    };
    let mut end = 0;
    for range in sorted {
        let start = range.start.max(end);
        let rest = Range { start, end: range.end.max(start) };
        // What is left of the range beside this program and the other processors' code.
        let [below, above] = beside(rest, image);
        for part in beside(below, code).into_iter().chain(beside(above, code)) {
            add(part);
        }
        end = end.max(rest.end);
    }
    result
}

/// The parts of a range below and above a hole.
fn beside(range: Range, hole: Range) -> [Range; 2] {
    let below = Range { start: range.start, end: range.end.min(hole.start).max(range.start) };
    let start = range.start.max(hole.end).min(range.end);
    let above = Range { start: start.max(below.end), end: range.end };
    [below, above]
}
