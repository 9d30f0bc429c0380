//! Frames that belong to another.

use cloister_model::isolation::{FrameRange, MappingRule, Through, Violation};
use cloister_model::subject::SubjectId;

use super::{Breakage, Case, mapping, place};
use crate::layout::{Purpose, READ, WRITE};
use crate::tables::{LARGE, NO_EXECUTE, PRESENT, USER, WRITABLE};

/// All of them, by name.
pub const ALL: &[(&str, Breakage)] = &[
    ("frame shared for reading", frame_shared_for_reading),
    ("frame shared by a large page", frame_shared_by_a_large_page),
    ("guest reaches another", guest_reaches_another),
    ("channel of others", channel_of_others),
    ("window of another", window_of_another),
    ("device of another", device_of_another),
    ("nowhere", nowhere),
    ("a gigabyte from zero on", a_gigabyte_from_zero_on),
];

fn frame_shared_for_reading(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    let (subject, frame) = (victim.region.subject, case.frame(&victim));
    let intruder = case.stranger(&[subject])?;
    let other = place(intruder, case.intrude(intruder, frame, READ));
    Some(case.shared(frame, case.writers(&victim, frame), other))
}

fn frame_shared_by_a_large_page(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    let subject = victim.region.subject;
    let base = victim.region.frames.first / 512 * 512;
    let large = FrameRange::of(base, 512);
    if case.layout.channels.iter().any(|c| !c.frames.intersection(large).is_empty()) {
        return None;
    }
    let intruder = case.stranger(&[subject])?;
    let space = case.layout.native(intruder);
    let others = case.layout.placed.iter().filter(|placed| {
        let region = placed.region;
        region.subject != intruder
            && region.subject != SubjectId::KERNEL
            && region.rights.write
            && region.through == Through::Native
            && !region.frames.intersection(large).is_empty()
    });
    let first = others.min_by_key(|placed| placed.region.frames.first.max(base)).copied()?;
    let frame = first.region.frames.first.max(base);
    // What the intruder had there itself would be in the way of the exact expectation.
    let own = case.layout.placed.iter().any(|placed| {
        placed.region.subject == intruder && !placed.region.frames.intersection(large).is_empty()
    });
    if own {
        return None;
    }
    let writers = case.writers(&first, frame);
    let entry = case.layout.place(space, large, READ, Purpose::Data);
    Some(case.shared(frame, writers, place(intruder, entry)))
}

fn guest_reaches_another(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    let (subject, frame) = (victim.region.subject, case.frame(&victim));
    let (intruder, entry) = case.guest_intrudes(&[subject], frame, READ)?;
    Some(case.shared(frame, case.writers(&victim, frame), place(intruder, entry)))
}

fn channel_of_others(case: &mut Case) -> Option<Violation> {
    let channel = case.layout.channels[case.choice.index(case.layout.channels.len())];
    let intruder = case.stranger(&[channel.writer, channel.reader])?;
    let entry = case.intrude(intruder, channel.frames.first, READ);
    let at = place(intruder, entry);
    Some(mapping(MappingRule::ChannelOfOthers, at, channel.frames.first))
}

fn window_of_another(case: &mut Case) -> Option<Violation> {
    let windows = &case.layout.windows;
    let window = *windows.get(case.choice.index(windows.len().max(1)))?;
    let intruder = case.stranger(&[window.subject])?;
    let frame = window.frames.first;
    let other = place(intruder, case.intrude(intruder, frame, READ));
    let writer = |subject| {
        let mut windows = case.layout.placed.iter().filter(|p| p.purpose == Purpose::Window);
        let window = windows.find(|p| p.region.subject == subject && p.region.frames.has(frame));
        place(subject, window.unwrap().entry)
    };
    let writers = [SubjectId::KERNEL, window.subject].map(writer);
    Some(case.shared(frame, writers, other))
}

fn device_of_another(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Registers);
    let owner = victim.region.subject;
    let intruder = case.stranger(&[owner])?;
    let frame = victim.region.frames.first;
    let entry = case.intrude(intruder, frame, WRITE);
    Some(mapping(MappingRule::DeviceOf(owner), place(intruder, entry), frame))
}

fn nowhere(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let frame = 0xf_ee00;
    let entry = case.intrude(intruder, frame, WRITE);
    Some(mapping(MappingRule::Nowhere, place(intruder, entry), frame))
}

fn a_gigabyte_from_zero_on(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let space = case.layout.spaces[case.layout.native(intruder)];
    let entry = case.layout.tables.entry_of(space.root.0, 1 << 27, 3, WRITABLE | USER);
    *case.layout.tables.entry(entry) = PRESENT | USER | LARGE | NO_EXECUTE;
    Some(mapping(MappingRule::KernelFrame, place(intruder, entry), 0x100))
}
