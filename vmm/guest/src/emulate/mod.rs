//! Carries out the guest's instructions that access devices through memory.
//!
//! The processor has begun the access and checked what it checks (rights of segments, alignment,
//! privilege), then found no memory. The emulator decodes the instruction, asks the device, and leaves
//! registers, flags and instruction pointer as the instruction does. What a trap flag, an instruction
//! breakpoint or an interrupt shadow ask for afterwards is the monitor's part.

mod access;
mod arithmetic;
mod operation;
mod port_string;
mod string;
#[cfg(test)]
mod tests;

use cloister_abi::{Event, MemoryAccess};
use cloister_device::{GuestMemory, Width};

use crate::cpu::{General, System, flags};
use crate::decode::{DecodeError, Decoder, FetchError, Fetched, LONGEST, Operation, decode_at};
use crate::paging::Remembered;
use access::Machine;

pub use port_string::{Ports, port_string};
pub use string::ITERATIONS;

/// Devices that are accessed through memory.
pub trait Mmio {
    /// Reads so many bytes at a guest-physical address. Bits beyond the width are ignored. Where no
    /// device answers, [`Width::open_bus`].
    fn read(&mut self, address: u64, width: Width) -> u64;

    /// Writes so many bytes at a guest-physical address.
    fn write(&mut self, address: u64, width: Width, value: u64);
}

/// How far the guest's instruction came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is done; the instruction pointer is behind it.
    Done,
    /// A repeated string instruction goes on: the registers say how far it came, the instruction
    /// pointer is still at it. The guest is to be resumed, and will come back.
    Again,
    /// It raises an exception: to be injected, with `address` in CR2 where there is one. Registers are
    /// as after the last whole iteration.
    Exception {
        /// The exception.
        event: Event,
        /// The address of a page fault.
        address: Option<u64>,
    },
}

/// What stops the world: its guest did what the emulator does not carry out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// These bytes are not an instruction that is carried out.
    Unsupported(Fetched),
    /// The guest runs code at this guest-physical address, where a device is, or nothing.
    CodeOutsideMemory(u64),
    /// The guest has page tables at this guest-physical address, where a device is, or nothing.
    NoTable(u64),
    /// The guest has 5-level paging on, which its processor does not offer.
    FiveLevels,
    /// The processor reports a port access of no known form.
    MalformedExit,
}

impl core::fmt::Display for Error {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Unsupported(fetched) => {
                formatter.write_str("an instruction that is not emulated accesses a device:")?;
                fetched.bytes().iter().try_for_each(|byte| write!(formatter, " {byte:02x}"))
            }
            Self::CodeOutsideMemory(address) => {
                write!(formatter, "it runs code at {address:#x}, where there is no memory")
            }
            Self::NoTable(address) => {
                write!(formatter, "its page tables are at {address:#x}, where there is no memory")
            }
            Self::FiveLevels => formatter.write_str("it has 5-level paging on"),
            Self::MalformedExit => formatter.write_str("its port access has no known form"),
        }
    }
}

/// Why an instruction was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    Exception { event: Event, address: Option<u64> },
    Error(Error),
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Segment => {
                Self::Exception { event: Event::Exception(13, Some(0)), address: None }
            }
            FetchError::Paging(fault) => fault.into(),
            FetchError::NotMemory(address) => Self::Error(Error::CodeOutsideMemory(address)),
            FetchError::Decode(DecodeError::Incomplete | DecodeError::Unsupported, fetched) => {
                Self::Error(Error::Unsupported(fetched))
            }
        }
    }
}

/// The emulator of one virtual processor.
#[derive(Default)]
pub struct Emulator {
    decoder: Decoder,
    code: Remembered,
}

impl Emulator {
    /// An emulator that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: Decoder::new(), code: Remembered::new() }
    }

    /// Carries out the instruction at the instruction pointer, whose access to the guest-physical
    /// `address` left the guest. `given` are the instruction's bytes where the processor hands them
    /// over, or nothing.
    ///
    /// # Errors
    /// The instruction cannot be carried out. Registers are as before it, or as after the last whole
    /// iteration of a repeated one.
    #[expect(clippy::too_many_arguments, reason = "each is another part of the machine")]
    pub fn emulate(
        &mut self,
        memory: &impl GuestMemory,
        devices: &mut impl Mmio,
        general: &mut General,
        system: &System,
        address: u64,
        access: MemoryAccess,
        given: &[u8],
    ) -> Result<Outcome, Error> {
        if access.walk {
            return Err(Error::NoTable(address));
        }
        if access.fetch {
            return Err(Error::CodeOutsideMemory(address));
        }
        let mut machine = Machine::new(memory, devices, general, system);
        match self.instruction(&mut machine, general, address, given) {
            Ok(true) => Ok(Outcome::Done),
            Ok(false) => Ok(Outcome::Again),
            Err(Stop::Exception { event, address }) => Ok(Outcome::Exception { event, address }),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    /// Whether the instruction is done.
    fn instruction<M: GuestMemory, D: Mmio>(
        &mut self,
        machine: &mut Machine<'_, M, D>,
        general: &mut General,
        fault: u64,
        given: &[u8],
    ) -> Result<bool, Stop> {
        let (mode, rip) = (machine.mode, general.rip);
        let decoded = match given.get(..given.len().min(LONGEST)) {
            Some(given) if !given.is_empty() => self.decoder.decode(mode, rip, given),
            _ => Err(DecodeError::Incomplete),
        };
        let decoded = match decoded {
            Ok(kept) => kept,
            // Not given, or not as far as the instruction goes.
            Err(_) => {
                let Self { decoder, code } = self;
                decode_at(machine.memory, mode, general, machine.system, code, |mode, bytes| {
                    decoder.decode(mode, rip, bytes)
                })?
            }
        };
        let instruction = self.decoder.instruction(decoded);
        let next = mode.truncate(rip.wrapping_add(instruction.length.into()));
        let done = if let Operation::String(operation) = instruction.operation {
            string::execute(machine, general, instruction, operation)?
        } else {
            operation::execute(machine, general, instruction, next, fault)?;
            true
        };
        if done {
            complete(general, next);
        }
        Ok(done)
    }
}

/// Goes on to the next instruction.
const fn complete(general: &mut General, next: u64) {
    general.rip = next;
    general.rflags &= !flags::RESUME;
}
