//! First in, first out (PTP, 6.5.2, and the older TIS 1.3): commands and answers go byte by byte
//! through one register, as many at a time as the TPM says.

use super::{Fault, HEADER, Interface, Progress, Registers, SIZE_END, announced, check_command};
use crate::command::MAX_MESSAGE;

const ACCESS: usize = 0x00;
const STATUS: usize = 0x18;
const FIFO: usize = 0x24;
const VENDOR: usize = 0xf00;

const ACCESS_VALID: u8 = 1 << 7;
const ACTIVE: u8 = 1 << 5;
const REQUEST_USE: u8 = 1 << 1;

const STATUS_VALID: u32 = 1 << 7;
const COMMAND_READY: u32 = 1 << 6;
const GO: u32 = 1 << 5;
const DATA_AVAILABLE: u32 = 1 << 4;
const EXPECT: u32 = 1 << 3;

/// Where an exchange is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Idle,
    Locality,
    Ready,
    /// So many bytes of the command are sent.
    Sending(usize),
    /// The whole command is sent.
    Sent,
    Running,
    /// So many bytes of the answer are there, of how many once its header is.
    Receiving(usize, usize),
}

/// The FIFO interface. It begins at rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tis {
    state: State,
}

impl Tis {
    /// Whether a TPM with this interface answers: it names its vendor.
    pub fn is_there(registers: &mut impl Registers) -> bool {
        !matches!(registers.read32(VENDOR), 0 | u32::MAX)
    }

    /// Status and burst count, once the status is valid.
    fn status(registers: &mut impl Registers) -> Option<(u32, usize)> {
        let status = registers.read32(STATUS);
        (status & STATUS_VALID != 0).then_some((status, (status >> 8 & 0xffff) as usize))
    }

    /// Sends as many bytes as the TPM takes now.
    fn send(registers: &mut impl Registers, command: &[u8], sent: usize, burst: usize) -> State {
        let rest = command.get(sent..).unwrap_or_default();
        for byte in rest.iter().take(burst) {
            registers.write8(FIFO, *byte);
        }
        let sent = sent + rest.len().min(burst);
        if sent == command.len() { State::Sent } else { State::Sending(sent) }
    }

    /// Takes as many bytes as the TPM gives now, never beyond what is known to come: first the
    /// bytes that tell the length, then the rest.
    fn receive(
        registers: &mut impl Registers,
        response: &mut [u8],
        received: usize,
        length: usize,
        burst: usize,
    ) -> Result<State, Fault> {
        let most = response.len();
        let place = response.get_mut(received..length).ok_or(Fault::AnswerLength)?;
        let count = place.len().min(burst);
        for byte in place.iter_mut().take(count) {
            *byte = registers.read8(FIFO);
        }
        let received = received + count;
        if received < length || length != SIZE_END {
            return Ok(State::Receiving(received, length));
        }
        let header = response.first_chunk().ok_or(Fault::AnswerLength)?;
        Ok(State::Receiving(received, announced(header, most)?))
    }

    /// Leaves the TPM idle, for others to use.
    fn rest(&mut self, registers: &mut impl Registers) {
        registers.write32(STATUS, COMMAND_READY);
        registers.write8(ACCESS, ACTIVE);
        self.state = State::Idle;
    }
}

impl Interface for Tis {
    fn step(
        &mut self,
        registers: &mut impl Registers,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Progress, Fault> {
        let access = registers.read8(ACCESS);
        if access == u8::MAX {
            return Err(Fault::Absent);
        }
        match self.state {
            State::Idle => {
                check_command(command, MAX_MESSAGE)?;
                registers.write8(ACCESS, REQUEST_USE);
                self.state = State::Locality;
                return Ok(Progress::Pending);
            }
            State::Locality => {
                if access & (ACCESS_VALID | ACTIVE) == ACCESS_VALID | ACTIVE {
                    registers.write32(STATUS, COMMAND_READY);
                    self.state = State::Ready;
                }
                return Ok(Progress::Pending);
            }
            State::Ready => {
                // Before a command begins, the other bits need not be valid.
                if registers.read32(STATUS) & COMMAND_READY != 0 {
                    self.state = State::Sending(0);
                }
                return Ok(Progress::Pending);
            }
            _ => {}
        }
        let Some((status, burst)) = Self::status(registers) else {
            return Ok(Progress::Pending);
        };
        match self.state {
            State::Sending(sent) => {
                if sent > 0 && status & EXPECT == 0 {
                    return Err(Fault::CommandRefused);
                }
                self.state = Self::send(registers, command, sent, burst);
            }
            State::Sent => {
                if status & EXPECT != 0 {
                    return Err(Fault::CommandRefused);
                }
                registers.write32(STATUS, GO);
                self.state = State::Running;
            }
            State::Running => {
                if status & DATA_AVAILABLE != 0 {
                    self.state = State::Receiving(0, SIZE_END);
                }
            }
            State::Receiving(received, length) if received == length && length >= HEADER => {
                if status & DATA_AVAILABLE != 0 {
                    return Err(Fault::AnswerLength);
                }
                self.rest(registers);
                return Ok(Progress::Done(length));
            }
            State::Receiving(received, length) => {
                if status & DATA_AVAILABLE == 0 {
                    return Err(Fault::AnswerLength);
                }
                self.state = Self::receive(registers, response, received, length, burst)?;
            }
            State::Idle | State::Locality | State::Ready => {}
        }
        Ok(Progress::Pending)
    }

    fn abort(&mut self, registers: &mut impl Registers) {
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
            model::{TisModel, message},
        },
    };

    #[test]
    fn messages_of_every_length_get_through_bursts_of_every_size() {
        for burst in [1, 3, 8, 64] {
            for delay in [0, 2] {
                for length in [10, 11, 63, 64, 65, 2000] {
                    let mut transport = Polled::new(TisModel::new(burst, delay), Tis::default());
                    let mut response = [0; 4096];
                    for _ in 0..2 {
                        let count = transport.transmit(&message(length), &mut response).unwrap();
                        assert_eq!(response[..count], TisModel::answer(&message(length)));
                    }
                    assert!(transport.registers.is_at_rest());
                }
            }
        }
    }

    #[test]
    fn an_answer_that_goes_on_or_ends_early_is_refused() {
        for (surplus, length) in [(1, 20), (-1, 20)] {
            let mut model = TisModel::new(8, 0);
            model.surplus = surplus;
            let mut transport = Polled::new(model, Tis::default());
            let fault = transport.transmit(&message(length), &mut [0; 64]).unwrap_err();
            assert_eq!(fault, Fault::AnswerLength);
            transport.registers.surplus = 0;
            assert_eq!(transport.transmit(&message(length), &mut [0; 64]), Ok(length));
        }
    }

    #[test]
    fn an_answer_longer_than_its_place_is_refused() {
        let mut transport = Polled::new(TisModel::new(8, 0), Tis::default());
        assert_eq!(transport.transmit(&message(20), &mut [0; 16]), Err(Fault::AnswerSize(20)));
    }

    #[test]
    fn patience_ends() {
        let mut transport = Polled::new(TisModel::new(8, 100_000), Tis::default());
        assert_eq!(transport.transmit(&message(20), &mut [0; 64]), Err(Fault::TimeUp));
    }
}
