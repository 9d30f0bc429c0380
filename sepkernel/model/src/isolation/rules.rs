//! What every single mapping must be, given what the policy names.

use super::frames::{FrameRange, first_uncovered, holding, overlapping};
use super::walk::Mapping;
use super::{Channel, Machine, MappingRule, Place, Violation};
use crate::subject::SubjectId;

/// A mapping in the lower half of a native space.
pub fn native(machine: &Machine<'_>, mapping: &Mapping) -> Result<(), Violation> {
    if !mapping.access.user {
        return broken(MappingRule::SupervisorInLowerHalf, mapping, mapping.frames.first);
    }
    write_execute(mapping)?;
    of_subject(machine, mapping)?;
    channels(machine, mapping, mapping.access.execute)
}

/// A mapping of guest-physical memory, or of what a device sees. A guest may execute what it may write, and whatever is
/// mapped counts as reachable.
pub fn nested(machine: &Machine<'_>, mapping: &Mapping) -> Result<(), Violation> {
    of_subject(machine, mapping)?;
    channels(machine, mapping, false)
}

/// A mapping in the kernel's half.
pub fn kernel(machine: &Machine<'_>, mapping: &Mapping) -> Result<(), Violation> {
    if mapping.access.user {
        return broken(MappingRule::UserInKernelHalf, mapping, mapping.frames.first);
    }
    write_execute(mapping)?;
    if let Some(frame) = first_common(machine.tables, mapping.frames) {
        return broken(MappingRule::Table, mapping, frame);
    }
    let own = |frame| holding(machine.kernel, frame).map(|range| range.end);
    let shared = |frame| {
        let window = holding(machine.windows, frame).map(|window| window.frames.end);
        let device = holding(machine.devices, frame).filter(|d| d.owner == SubjectId::KERNEL);
        let device = device.map(|device| device.frames.end);
        window.or(device).or_else(|| holding(machine.channels, frame).map(|c| c.frames.end))
    };
    if mapping.access.execute {
        if let Some(frame) = first_uncovered(mapping.frames, &own) {
            return broken(MappingRule::KernelExecutes, mapping, frame);
        }
    } else if let Some(frame) =
        first_uncovered(mapping.frames, &|frame| own(frame).or_else(|| shared(frame)))
    {
        return broken(MappingRule::KernelElsewhere, mapping, frame);
    }
    channels(machine, mapping, false)
}

fn write_execute(mapping: &Mapping) -> Result<(), Violation> {
    if mapping.access.write && mapping.access.execute {
        broken(MappingRule::WriteExecute, mapping, mapping.frames.first)
    } else {
        Ok(())
    }
}

/// A subject maps memory for subjects, and devices of its own.
fn of_subject(machine: &Machine<'_>, mapping: &Mapping) -> Result<(), Violation> {
    let Mapping { at: Place { subject, .. }, frames, .. } = *mapping;
    if let Some(frame) = first_common(machine.kernel, frames) {
        let table = holding(machine.tables, frame).is_some();
        let rule = if table { MappingRule::Table } else { MappingRule::KernelFrame };
        return broken(rule, mapping, frame);
    }
    let covered = |frame| {
        let memory = holding(machine.memory, frame).map(|range| range.end);
        let device = holding(machine.devices, frame).filter(|device| device.owner == subject);
        memory.or_else(|| device.map(|device| device.frames.end))
    };
    let Some(frame) = first_uncovered(frames, &covered) else { return Ok(()) };
    let device = holding(machine.devices, frame);
    let rule = device.map_or(MappingRule::Nowhere, |device| MappingRule::DeviceOf(device.owner));
    broken(rule, mapping, frame)
}

/// A channel is mapped by its writer, and by its reader for reading.
fn channels(machine: &Machine<'_>, mapping: &Mapping, execute: bool) -> Result<(), Violation> {
    for channel in overlapping(machine.channels, mapping.frames) {
        let frame = channel.frames.first.max(mapping.frames.first);
        let Channel { writer, reader, .. } = *channel;
        let subject = mapping.at.subject;
        if subject != writer && subject != reader {
            return broken(MappingRule::ChannelOfOthers, mapping, frame);
        }
        if mapping.access.write && subject != writer {
            return broken(MappingRule::ReaderWrites, mapping, frame);
        }
        if execute {
            return broken(MappingRule::ChannelExecutable, mapping, frame);
        }
    }
    Ok(())
}

fn first_common(list: &[FrameRange], frames: FrameRange) -> Option<u64> {
    overlapping(list, frames).next().map(|range| range.first.max(frames.first))
}

pub const fn broken(rule: MappingRule, mapping: &Mapping, frame: u64) -> Result<(), Violation> {
    Err(Violation::Mapping { rule, at: mapping.at, frame })
}
