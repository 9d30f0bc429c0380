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
pub fn map(space: &mut AddressSpace, frames: &mut Frames, info: &BootInfo, image: &Image) {
    for (range, access) in [
        (image.constants, Access::Read),
        (image.code, Access::Execute),
        (image.data, Access::Write),
        (image.stack, Access::Write),
    ] {
        space.map(frames, range.start, range, access);
    }
    for range in data_ranges(info, image.all()) {
        space.map(frames, range.start, range, Access::Write);
    }
    let apic = clock::local_apic();
    space.map(frames, apic, Range { start: apic, end: apic + PAGE }, Access::Device);
}

/// What is mapped as data: whole pages, in order, none twice, without this program's image.
fn data_ranges(info: &BootInfo, image: Range) -> Vec<Range, { 2 * MAX_RANGES }> {
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
        if rest.overlaps(image) {
            add(Range { start, end: image.start.max(start) });
            add(Range { start: image.end.max(start), end: rest.end.max(image.end) });
        } else {
            add(rest);
        }
        end = end.max(rest.end);
    }
    result
}
