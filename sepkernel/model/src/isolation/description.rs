//! What must hold of the description itself, so that the check can rely on it.

use super::frames::{FrameRange, Located, first_uncovered, holding, is_sorted, overlapping};
use super::{Description, Machine, Violation};

/// Whether the lists are sorted and lie apart or within each other as they must.
pub fn check(machine: &Machine<'_>) -> Result<(), Violation> {
    describe(machine).map_err(Violation::Description)
}

fn describe(machine: &Machine<'_>) -> Result<(), Description> {
    let Machine { memory, kernel, tables, channels, windows, devices, .. } = *machine;
    if machine.kernel_roots.is_empty() {
        return Err(Description::NoKernel);
    }
    sorted("memory", memory)?;
    sorted("kernel", kernel)?;
    sorted("tables", tables)?;
    sorted("channels", channels)?;
    sorted("windows", windows)?;
    sorted("devices", devices)?;
    apart("memory and kernel", memory, kernel)?;
    apart("memory and devices", memory, devices)?;
    apart("kernel and devices", kernel, devices)?;
    apart("channels and windows", channels, windows)?;
    within("tables", tables, kernel)?;
    within("channels", channels, memory)?;
    within("windows", windows, memory)?;
    let ports = machine.ports.iter().map(|grant| (grant.first.into(), grant.last.into()));
    let registers = machine.registers.iter().map(|grant| (grant.first, grant.last));
    ascending("ports", &mut ports.into_iter())?;
    ascending("registers", &mut registers.into_iter())
}

fn sorted<T: Located>(name: &'static str, list: &[T]) -> Result<(), Description> {
    if is_sorted(list) { Ok(()) } else { Err(Description::Order(name)) }
}

fn apart<A: Located, B: Located>(
    name: &'static str,
    list: &[A],
    other: &[B],
) -> Result<(), Description> {
    let common = |thing: &A| overlapping(other, thing.frames()).next().is_some();
    if list.iter().any(common) { Err(Description::Overlap(name)) } else { Ok(()) }
}

fn within<T: Located>(
    name: &'static str,
    list: &[T],
    outer: &[FrameRange],
) -> Result<(), Description> {
    let end = |frame| holding(outer, frame).map(|range| range.end);
    let outside = |thing: &T| first_uncovered(thing.frames(), &end).is_some();
    if list.iter().any(outside) { Err(Description::Outside(name)) } else { Ok(()) }
}

/// Numbers, first and last of each range, that ascend without overlap.
fn ascending(
    name: &'static str,
    ranges: &mut dyn Iterator<Item = (u32, u32)>,
) -> Result<(), Description> {
    let mut free = Some(0_u32);
    for (first, last) in ranges {
        if last < first || free.is_none_or(|free| first < free) {
            return Err(Description::Order(name));
        }
        free = last.checked_add(1);
    }
    Ok(())
}
