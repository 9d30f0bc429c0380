//! Command response buffer (PTP, 6.5.3): a command is put into a buffer beside the registers, and a
//! bit is set.

use super::{Fault, Interface, Progress, Registers, SIZE_END, announced, check_command};

const LOCALITY_STATE: usize = 0x00;
const LOCALITY_CONTROL: usize = 0x08;
const LOCALITY_STATUS: usize = 0x0c;
const CONTROL_REQUEST: usize = 0x40;
const CONTROL_STATUS: usize = 0x44;
const CONTROL_CANCEL: usize = 0x48;
const CONTROL_START: usize = 0x4c;
const COMMAND_SIZE: usize = 0x58;
const COMMAND_ADDRESS_LOW: usize = 0x5c;
const RESPONSE_SIZE: usize = 0x64;
const RESPONSE_ADDRESS_LOW: usize = 0x68;
/// The buffer, for both directions.
const BUFFER: usize = 0x80;
/// The registers' page ends here.
const PAGE: usize = 0x1000;

const REQUEST_ACCESS: u32 = 1 << 0;
const RELINQUISH: u32 = 1 << 1;
const GRANTED: u32 = 1 << 0;
const COMMAND_READY: u32 = 1 << 0;
const GO_IDLE: u32 = 1 << 1;
const FATAL: u32 = 1 << 0;
const IDLE: u32 = 1 << 1;
const START: u32 = 1 << 0;

/// Where an exchange is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Idle,
    Locality,
    Ready,
    Running,
}

/// The command response buffer interface. It begins at rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Crb {
    state: State,
}

impl Crb {
    /// The sizes of the two buffers, if they are where they are expected: in the registers' page.
    /// Their addresses are physical ones, of which the offset in the page is what can be compared.
    fn buffers(registers: &mut impl Registers) -> Result<(usize, usize), Fault> {
        let mut buffer = |size, address| {
            let offset = registers.read32(address) as usize & (PAGE - 1);
            let size = registers.read32(size) as usize;
            let fits = offset == BUFFER && size <= PAGE - BUFFER;
            if fits { Ok(size) } else { Err(Fault::Buffers) }
        };
        let command = buffer(COMMAND_SIZE, COMMAND_ADDRESS_LOW)?;
        let response = buffer(RESPONSE_SIZE, RESPONSE_ADDRESS_LOW)?;
        Ok((command, response))
    }

    /// Puts the command into the buffer and starts it.
    fn start(registers: &mut impl Registers, command: &[u8]) -> Result<(), Fault> {
        let (room, _) = Self::buffers(registers)?;
        check_command(command, room)?;
        for (offset, byte) in command.iter().enumerate() {
            registers.write8(BUFFER + offset, *byte);
        }
        registers.write32(CONTROL_CANCEL, 0);
        registers.write32(CONTROL_START, START);
        Ok(())
    }

    /// Takes the answer out of the buffer.
    fn finish(registers: &mut impl Registers, response: &mut [u8]) -> Result<usize, Fault> {
        let (_, room) = Self::buffers(registers)?;
        let mut header = [0; SIZE_END];
        for (offset, byte) in header.iter_mut().enumerate() {
            *byte = registers.read8(BUFFER + offset);
        }
        let length = announced(&header, room.min(response.len()))?;
        for (offset, byte) in response.iter_mut().take(length).enumerate() {
            *byte = registers.read8(BUFFER + offset);
        }
        Ok(length)
    }

    /// Leaves the TPM idle, for others to use.
    fn rest(&mut self, registers: &mut impl Registers) {
        registers.write32(CONTROL_REQUEST, GO_IDLE);
        registers.write32(LOCALITY_CONTROL, RELINQUISH);
        self.state = State::Idle;
    }
}

impl Interface for Crb {
    fn step(
        &mut self,
        registers: &mut impl Registers,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Progress, Fault> {
        if registers.read32(LOCALITY_STATE) == u32::MAX {
            return Err(Fault::Absent);
        }
        if registers.read32(CONTROL_STATUS) & FATAL != 0 {
            return Err(Fault::Fatal);
        }
        match self.state {
            State::Idle => {
                registers.write32(LOCALITY_CONTROL, REQUEST_ACCESS);
                self.state = State::Locality;
            }
            State::Locality => {
                if registers.read32(LOCALITY_STATUS) & GRANTED != 0 {
                    registers.write32(CONTROL_REQUEST, COMMAND_READY);
                    self.state = State::Ready;
                }
            }
            State::Ready => {
                let requested = registers.read32(CONTROL_REQUEST) & COMMAND_READY != 0;
                let idle = registers.read32(CONTROL_STATUS) & IDLE != 0;
                if !requested && !idle {
                    Self::start(registers, command)?;
                    self.state = State::Running;
                }
            }
            State::Running => {
                if registers.read32(CONTROL_START) & START == 0 {
                    let length = Self::finish(registers, response)?;
                    self.rest(registers);
                    return Ok(Progress::Done(length));
                }
            }
        }
        Ok(Progress::Pending)
    }

    fn abort(&mut self, registers: &mut impl Registers) {
        if self.state == State::Running {
            registers.write32(CONTROL_CANCEL, 1);
        }
        self.rest(registers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Transport as _,
        interface::{
            Polled,
            model::{CrbModel, message},
        },
    };

    #[test]
    fn messages_of_every_length_get_through() {
        for delay in [0, 1, 7] {
            for length in [10, 11, 64, 3968] {
                let model = CrbModel::new(delay);
                let mut transport = Polled::new(model, Crb::default());
                let mut response = [0; 4096];
                for _ in 0..2 {
                    let count = transport.transmit(&message(length), &mut response).unwrap();
                    assert_eq!(response[..count], CrbModel::answer(&message(length)));
                }
                assert!(transport.registers.is_at_rest());
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_not_sent() {
        let mut transport = Polled::new(CrbModel::new(0), Crb::default());
        let mut response = [0; 4096];
        for length in [3969, 4096] {
            let fault = transport.transmit(&message(length), &mut response).unwrap_err();
            assert_eq!(fault, Fault::CommandSize(length));
        }
        let mut lies = message(20);
        lies[5] = 21;
        assert_eq!(transport.transmit(&lies, &mut response), Err(Fault::CommandSize(20)));
        assert!(transport.registers.is_at_rest());
    }

    #[test]
    fn an_answer_longer_than_its_place_is_refused() {
        let mut transport = Polled::new(CrbModel::new(0), Crb::default());
        let mut response = [0; 16];
        assert_eq!(transport.transmit(&message(20), &mut response), Err(Fault::AnswerSize(20)));
        assert_eq!(transport.transmit(&message(16), &mut response), Ok(16));
    }

    #[test]
    fn patience_ends() {
        let mut transport = Polled::new(CrbModel::new(10_000), Crb::default());
        assert_eq!(transport.transmit(&message(20), &mut [0; 64]), Err(Fault::TimeUp));
    }

    #[test]
    fn no_tpm_and_a_broken_one_are_told_apart() {
        let mut transport = Polled::new(CrbModel::absent(), Crb::default());
        assert_eq!(transport.transmit(&message(20), &mut [0; 64]), Err(Fault::Absent));
        let mut transport = Polled::new(CrbModel::broken(), Crb::default());
        assert_eq!(transport.transmit(&message(20), &mut [0; 64]), Err(Fault::Fatal));
    }
}
