//! String instructions between memory and ports: `INS` and `OUTS`.

use cloister_abi::PortAccess;
use cloister_device::{GuestMemory, Width};

use super::access::Machine;
use super::string::{Strings, repeat};
use super::{Error, Mmio, Outcome, Stop, complete};
use crate::cpu::{General, Register, SegmentName, System};
use crate::paging::Access;

/// Devices that are accessed through ports.
pub trait Ports {
    /// Reads so many bytes, at most 4, of a port. Bits beyond the width are ignored.
    fn read_port(&mut self, port: u16, width: Width) -> u64;

    /// Writes so many bytes, at most 4, to a port.
    fn write_port(&mut self, port: u16, width: Width, value: u64);
}

/// Carries out a string instruction between a port and memory, or as much of it as
/// [`ITERATIONS`](super::ITERATIONS) allow. `next` is the address of the next instruction. Memory may
/// be a device's too.
///
/// # Errors
/// The access has no known form, or the guest's page tables cannot be walked. Registers are as after
/// the last whole iteration.
pub fn port_string(
    memory: &impl GuestMemory,
    devices: &mut (impl Mmio + Ports),
    general: &mut General,
    system: &System,
    access: PortAccess,
    next: u64,
) -> Result<Outcome, Error> {
    let forms = (
        Width::from_bytes(access.bytes.into()).filter(|&width| width != Width::Eight),
        Width::from_bytes(access.address_bytes.into()).filter(|&width| width != Width::One),
        SegmentName::from_number(access.segment),
    );
    let (Some(width), Some(address_width), Some(segment)) = forms else {
        return Err(Error::MalformedExit);
    };
    let strings = Strings { width, address_width };
    let mut machine = Machine::new(memory, devices, general, system);
    let done = repeat(general, access.repeat, address_width, |general| {
        if access.read {
            let offset = strings.offset(general, Register::RDI);
            let linear = machine.linear(SegmentName::Es, offset, width)?;
            let place = machine.place(linear, width, Access::Write)?;
            let value = machine.devices.read_port(access.port, width);
            machine.write(place, width, value);
            strings.step(general, Register::RDI);
        } else {
            let offset = strings.offset(general, Register::RSI);
            let linear = machine.linear(segment, offset, width)?;
            let place = machine.place(linear, width, Access::Read)?;
            let value = machine.read(place, width);
            machine.devices.write_port(access.port, width, value);
            strings.step(general, Register::RSI);
        }
        Ok(())
    });
    match done {
        Ok(true) => {
            complete(general, next);
            Ok(Outcome::Done)
        }
        Ok(false) => Ok(Outcome::Again),
        Err(Stop::Exception { event, address }) => Ok(Outcome::Exception { event, address }),
        Err(Stop::Error(error)) => Err(error),
    }
}
