//! How messages get to a TPM: through registers in memory (TCG PC Client Platform TPM Profile for
//! TPM 2.0, "PTP", 6).
//!
//! [`Crb`] and [`Tis`] are state machines that never wait: each step does a bounded amount of work
//! and says whether more steps are needed, so that a component can leave the processor in between.
//! [`Polled`] steps until the end, with the patience of its [`Registers`].

mod crb;
#[cfg(test)]
mod model;
mod tis;

pub use crb::Crb;
pub use tis::Tis;

use core::fmt;

use crate::{Transport, command::MAX_MESSAGE};

/// Bytes before a message's own length ends: tag and size.
const SIZE_END: usize = 6;

/// Bytes of a message's header: tag, size, code.
const HEADER: usize = 10;

/// The register page of a TPM's locality 0, by offset. On PCs it is at 0xfed4_0000.
pub trait Registers {
    /// Reads a byte.
    fn read8(&mut self, offset: usize) -> u8;
    /// Reads a little-endian word of four bytes at a multiple of four.
    fn read32(&mut self, offset: usize) -> u32;
    /// Writes a byte.
    fn write8(&mut self, offset: usize, value: u8);
    /// Writes a little-endian word of four bytes at a multiple of four.
    fn write32(&mut self, offset: usize, value: u32);
    /// Lets time pass between two looks at a register. Returns whether to go on: `false` when the
    /// TPM took too long (PTP, 6.5.1.3: 90 seconds suffice for any command).
    fn pause(&mut self) -> bool;
}

/// How far an exchange is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The TPM needs time: step again.
    Pending,
    /// The answer is there, with so many bytes.
    Done(usize),
}

/// What went wrong on the way to a TPM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is no TPM at these registers.
    Absent,
    /// The TPM reports an error of its own, until the machine is reset.
    Fatal,
    /// The command has no header, or is longer than the TPM takes.
    CommandSize(usize),
    /// The TPM stopped taking the command before its end, or wants more than there is.
    CommandRefused,
    /// The answer's header gives a length that cannot be.
    AnswerSize(u32),
    /// The answer ended early, or goes on behind its end.
    AnswerLength,
    /// The buffers of the register interface are not where this driver looks for them.
    Buffers,
    /// The TPM took too long.
    TimeUp,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("there is no TPM"),
            Self::Fatal => f.write_str("the TPM reports a failure"),
            Self::CommandSize(length) => write!(f, "a command of {length} bytes cannot be sent"),
            Self::CommandRefused => f.write_str("the TPM did not take the command"),
            Self::AnswerSize(size) => write!(f, "the TPM announced an answer of {size} bytes"),
            Self::AnswerLength => f.write_str("the TPM's answer is not as long as it says"),
            Self::Buffers => f.write_str("the TPM's buffers are not beside its registers"),
            Self::TimeUp => f.write_str("the TPM took too long"),
        }
    }
}

impl core::error::Error for Fault {}

/// A register interface.
pub trait Interface {
    /// Does the next bit of sending `command` and taking its answer into `response`. Until it is
    /// done, or fails, it has to be called with the same arguments.
    ///
    /// # Errors
    /// Any [`Fault`]. The next step begins anew.
    fn step(
        &mut self,
        registers: &mut impl Registers,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Progress, Fault>;

    /// Gives up what is under way, and leaves the TPM idle.
    fn abort(&mut self, registers: &mut impl Registers);
}

/// Either interface, whichever the TPM has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnyInterface {
    /// Command and response buffer.
    Crb(Crb),
    /// First in, first out.
    Tis(Tis),
}

impl AnyInterface {
    /// Asks the TPM which interface it has (PTP, 6.6: TPM_INTERFACE_ID).
    ///
    /// # Errors
    /// [`Fault::Absent`] where nothing answers.
    pub fn detect(registers: &mut impl Registers) -> Result<Self, Fault> {
        const INTERFACE_ID: usize = 0x30;
        match registers.read32(INTERFACE_ID) {
            u32::MAX => Err(Fault::Absent),
            id if id & 0xf == 1 => Ok(Self::Crb(Crb::default())),
            _ if Tis::is_there(registers) => Ok(Self::Tis(Tis::default())),
            _ => Err(Fault::Absent),
        }
    }
}

impl Interface for AnyInterface {
    fn step(
        &mut self,
        registers: &mut impl Registers,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Progress, Fault> {
        match self {
            Self::Crb(crb) => crb.step(registers, command, response),
            Self::Tis(tis) => tis.step(registers, command, response),
        }
    }

    fn abort(&mut self, registers: &mut impl Registers) {
        match self {
            Self::Crb(crb) => crb.abort(registers),
            Self::Tis(tis) => tis.abort(registers),
        }
    }
}

/// A transport that steps an interface until the answer is there.
#[derive(Debug)]
pub struct Polled<R, I> {
    registers: R,
    interface: I,
}

impl<R: Registers, I: Interface> Polled<R, I> {
    /// The TPM behind `registers`, which has this interface.
    pub const fn new(registers: R, interface: I) -> Self {
        Self { registers, interface }
    }
}

impl<R: Registers, I: Interface> Transport for Polled<R, I> {
    type Error = Fault;

    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, Fault> {
        loop {
            match self.interface.step(&mut self.registers, command, response) {
                Ok(Progress::Done(length)) => return Ok(length),
                Ok(Progress::Pending) if self.registers.pause() => {}
                Ok(Progress::Pending) => {
                    self.interface.abort(&mut self.registers);
                    return Err(Fault::TimeUp);
                }
                Err(fault) => {
                    self.interface.abort(&mut self.registers);
                    return Err(fault);
                }
            }
        }
    }
}

/// The length of a message by its header, if that many bytes are there to be had.
fn announced(header: &[u8; SIZE_END], most: usize) -> Result<usize, Fault> {
    let [_, _, size @ ..] = *header;
    let size = u32::from_be_bytes(size);
    let length = size as usize;
    let fits = (HEADER..=most.min(MAX_MESSAGE)).contains(&length);
    if fits { Ok(length) } else { Err(Fault::AnswerSize(size)) }
}

/// Whether a command's own length is its length.
fn check_command(command: &[u8], most: usize) -> Result<(), Fault> {
    let header = command.first_chunk().ok_or(Fault::CommandSize(command.len()))?;
    match announced(header, most) {
        Ok(length) if length == command.len() => Ok(()),
        _ => Err(Fault::CommandSize(command.len())),
    }
}
