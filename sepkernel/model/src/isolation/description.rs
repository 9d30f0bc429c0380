//! What must hold of the description itself, so that the check can rely on it.

use super::frames::{Located, first_uncovered, holding, is_sorted, overlapping};
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
    let in_kernel = |frame| holding(kernel, frame).map(|range| range.end);
    let in_memory = |frame| holding(memory, frame).map(|range| range.end);
    let in_device = |frame| holding(devices, frame).map(|device| device.frames.end);
    within("tables", tables, &in_kernel)?;
    within("channels", channels, &in_memory)?;
    within("windows", windows, &|frame| in_memory(frame).or_else(|| in_device(frame)))?;
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
    end: &dyn Fn(u64) -> Option<u64>,
) -> Result<(), Description> {
    let outside = |thing: &T| first_uncovered(thing.frames(), end).is_some();
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

#[cfg(test)]
mod tests {
    use super::super::{
        Channel, Device, FrameRange, KernelRoot, PhysAddr, PortGrant, RegisterGrant, Window,
    };
    use super::*;
    use crate::subject::SubjectId;

    const ONE: SubjectId = SubjectId(0);
    const TWO: SubjectId = SubjectId(1);
    const ROOTS: [KernelRoot; 1] = [KernelRoot { root: PhysAddr(0x1000), boot_half: false }];

    const fn channel(first: u64) -> Channel {
        Channel { frames: FrameRange::of(first, 2), writer: ONE, reader: TWO }
    }

    const fn window(first: u64) -> Window {
        Window { frames: FrameRange::of(first, 1), subject: ONE }
    }

    const fn device(first: u64) -> Device {
        Device { frames: FrameRange::of(first, 4), owner: ONE }
    }

    /// A machine that is described well: the kernel at 0 to 16, memory at 16 to 64, a device at 100.
    const GOOD: Machine<'_> = Machine {
        physical_bits: 40,
        memory: &[FrameRange::of(16, 16), FrameRange::of(32, 32)],
        kernel: &[FrameRange::of(0, 16)],
        tables: &[FrameRange::of(1, 8)],
        kernel_roots: &ROOTS,
        spaces: &[],
        channels: &[channel(31), channel(33)],
        windows: &[window(40), window(101)],
        devices: &[device(100)],
        dma_units: &[],
        dma_functions: &[],
        dma_interrupts: &[],
        ports: &[],
        port_maps: &[],
        registers: &[],
        switched_registers: &[],
        register_maps: &[],
    };

    #[test]
    fn things_may_touch_and_span_ranges_that_touch() {
        assert_eq!(describe(&GOOD), Ok(()));
    }

    #[test]
    fn each_contradiction_is_named() {
        use Description::{NoKernel, Order, Outside, Overlap};
        let kernel_at_17 = [FrameRange::of(0, 17)];
        let port = |subject, first, last| PortGrant { subject, first, last };
        let register = |first, last| RegisterGrant { subject: ONE, first, last, write: true };
        for (machine, expected) in [
            (Machine { kernel_roots: &[], ..GOOD }, NoKernel),
            (Machine { memory: &[GOOD.memory[1], GOOD.memory[0]], ..GOOD }, Order("memory")),
            (Machine { channels: &[channel(33), channel(34)], ..GOOD }, Order("channels")),
            (Machine { kernel: &kernel_at_17, ..GOOD }, Overlap("memory and kernel")),
            (Machine { devices: &[device(60)], ..GOOD }, Overlap("memory and devices")),
            (Machine { devices: &[device(12)], ..GOOD }, Overlap("kernel and devices")),
            (Machine { windows: &[window(34)], ..GOOD }, Overlap("channels and windows")),
            (Machine { tables: &[FrameRange::of(15, 2)], ..GOOD }, Outside("tables")),
            (Machine { channels: &[channel(63)], ..GOOD }, Outside("channels")),
            (Machine { windows: &[window(200)], ..GOOD }, Outside("windows")),
            (Machine { ports: &[port(ONE, 5, 4)], ..GOOD }, Order("ports")),
            (Machine { ports: &[port(ONE, 1, 4), port(TWO, 4, 5)], ..GOOD }, Order("ports")),
            (
                Machine { registers: &[register(0, u32::MAX), register(0, 1)], ..GOOD },
                Order("registers"),
            ),
        ] {
            assert_eq!(describe(&machine), Err(expected));
        }
    }
}
