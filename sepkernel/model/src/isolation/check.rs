//! The check as a whole.

use super::entry::ACCESSED;
use super::region::Regions;
use super::walk::{KERNEL_HALF, LOWER_HALF, Mapping, PAGE_TABLES, WHOLE, Walker, entry_address};
use super::{
    Description, KernelRoot, Machine, MappingRule, Place, Region, Rights, Space, SpaceKind,
    TableReader, Through, Violation,
};
use super::{description, dma, ports, registers, rules, sharing};
use crate::subject::SubjectId;

/// Checks the machine and returns its resource map, sorted by frame, in `room`.
///
/// # Errors
/// The first violation.
pub fn check<'r>(
    machine: &Machine<'_>,
    reader: &dyn TableReader,
    room: &'r mut [Region],
) -> Result<&'r [Region], Violation> {
    description::check(machine)?;
    ports::check(machine)?;
    registers::check(machine)?;
    let walker = Walker { machine, reader };
    roots(&walker)?;
    for space in machine.spaces {
        kernel_half(&walker, space)?;
    }
    let mut regions = Regions::new(room);
    visit(&walker, &mut |mapping, through| {
        let rights = Rights { write: mapping.access.write, execute: mapping.access.execute };
        let subject = mapping.at.subject;
        match (subject, through) {
            (SubjectId::KERNEL, _) => rules::kernel(machine, &mapping)?,
            (_, Through::Native) => rules::native(machine, &mapping)?,
            (_, Through::Nested | Through::Device) => rules::nested(machine, &mapping)?,
        }
        regions.add(Region { frames: mapping.frames, subject, through, rights })
    })?;
    let map = regions.into_map();
    sharing::check(&walker, map)?;
    Ok(map)
}

/// Is told of each mapping.
pub type Visitor<'v> = dyn FnMut(Mapping, Through) -> Result<(), Violation> + 'v;

/// Visits all mappings: of the kernel in its roots, then of each subject in its own part of each
/// of its spaces, then of devices.
pub fn visit(walker: &Walker<'_>, visitor: &mut Visitor<'_>) -> Result<(), Violation> {
    let mut native = |mapping| visitor(mapping, Through::Native);
    for &KernelRoot { root, boot_half } in walker.machine.kernel_roots {
        let kernel = SubjectId::KERNEL;
        if !boot_half {
            walker.walk(&PAGE_TABLES, kernel, root, LOWER_HALF, &mut |mapping| {
                rules::broken(MappingRule::KernelLowerHalf, &mapping, mapping.frames.first)
            })?;
        }
        walker.walk(&PAGE_TABLES, kernel, root, KERNEL_HALF, &mut native)?;
    }
    for &Space { subject, root, kind } in walker.machine.spaces {
        match kind {
            SpaceKind::Native { .. } => {
                walker.walk(&PAGE_TABLES, subject, root, LOWER_HALF, &mut |m| {
                    visitor(m, Through::Native)
                })?;
            }
            SpaceKind::Nested => {
                walker.walk(&PAGE_TABLES, subject, root, WHOLE, &mut |m| {
                    visitor(m, Through::Nested)
                })?;
            }
        }
    }
    dma::visit(walker, visitor)
}

/// Root tables must lie where tables are, before anything of them is read.
fn roots(walker: &Walker<'_>) -> Result<(), Violation> {
    let kernel = walker.machine.kernel_roots.iter().map(|root| (SubjectId::KERNEL, root.root));
    let spaces = walker.machine.spaces.iter().map(|space| (space.subject, space.root));
    for (subject, root) in kernel.chain(spaces) {
        walker.check_table(Place { subject, entry: root }, root.0)?;
    }
    Ok(())
}

/// The kernel's half of a native space must lead to the same tables as that of its kernel root.
fn kernel_half(walker: &Walker<'_>, space: &Space) -> Result<(), Violation> {
    let SpaceKind::Native { kernel_root } = space.kind else { return Ok(()) };
    let kernel = walker.machine.kernel_roots.get(usize::from(kernel_root));
    let no_root = Violation::Description(Description::KernelRoot(space.subject));
    let kernel = kernel.ok_or(no_root)?.root;
    for index in KERNEL_HALF {
        let (own, its) = (walker.reader.read(space.root, index), walker.reader.read(kernel, index));
        if (own ^ its) & !ACCESSED != 0 {
            let entry = entry_address(space.root.0, index);
            return Err(Violation::KernelHalf(Place { subject: space.subject, entry }));
        }
    }
    Ok(())
}
