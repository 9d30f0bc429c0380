//! What two mappings of one frame must not be together.

use super::check::visit;
use super::frames::{FrameRange, first_uncovered, holding};
use super::walk::Walker;
use super::{Machine, PhysAddr, Place, Region, SharingRule, Through, Violation};
use crate::subject::SubjectId;

/// Compares each region of the sorted map with those that it overlaps.
pub fn check(walker: &Walker<'_>, map: &[Region]) -> Result<(), Violation> {
    let mut rest = map;
    while let Some((one, behind)) = rest.split_first() {
        rest = behind;
        for other in rest.iter().take_while(|other| other.frames.first < one.frames.end) {
            pair(walker, one, other)?;
            pair(walker, other, one)?;
        }
    }
    Ok(())
}

/// Whether `other` may overlap what `writer` perhaps writes.
fn pair(walker: &Walker<'_>, writer: &Region, other: &Region) -> Result<(), Violation> {
    if !writer.rights.write {
        return Ok(());
    }
    let frames = writer.frames.intersection(other.frames);
    let (rule, frame) = if writer.subject == other.subject {
        if other.through != Through::Native || !other.rights.execute {
            return Ok(());
        }
        (SharingRule::WriteExecute, frames.first)
    } else {
        match first_shared(walker.machine, frames, writer.subject, other.subject) {
            Some(frame) => (SharingRule::Shared, frame),
            None => return Ok(()),
        }
    };
    let place =
        |region: &Region| Place { subject: region.subject, entry: entry(walker, region, frame) };
    Err(Violation::Sharing { rule, frame, writer: place(writer), other: place(other) })
}

/// The first of these frames that the two may not both reach. Who may reach a channel, and how, was
/// checked for each mapping.
fn first_shared(
    machine: &Machine<'_>,
    frames: FrameRange,
    one: SubjectId,
    other: SubjectId,
) -> Option<u64> {
    let may = |frame| {
        let window = holding(machine.windows, frame).filter(|window| {
            let ends = (window.subject, SubjectId::KERNEL);
            ends == (one, other) || ends == (other, one)
        });
        let channel = holding(machine.channels, frame).map(|channel| channel.frames.end);
        channel.or_else(|| window.map(|window| window.frames.end))
    };
    first_uncovered(frames, &may)
}

/// The entry by which a region reaches a frame: found by walking once more, since it is needed once
/// at most.
fn entry(walker: &Walker<'_>, region: &Region, frame: u64) -> PhysAddr {
    let mut found = None;
    let result = visit(walker, &mut |mapping, through| {
        let rights = (mapping.access.write, mapping.access.execute);
        let is_it = mapping.frames.has(frame)
            && mapping.at.subject == region.subject
            && through == region.through
            && rights == (region.rights.write, region.rights.execute);
        if is_it && found.is_none() {
            found = Some(mapping.at.entry);
        }
        Ok(())
    });
    // The same walk came through before.
    debug_assert!(result.is_ok() && found.is_some());
    found.unwrap_or(PhysAddr(0))
}
