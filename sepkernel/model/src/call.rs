//! What a system call asks for. Total: every content of the registers is a request or has a code
//! that says why it is none.

use cloister_abi::{Code, Command, InfoItem, LOG_BYTES, Number, Registers};

/// A system call whose arguments are within their ranges. Whether the caller may do it is decided
/// later, by its own tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// Take or wait for events.
    Wait {
        /// Which; not 0.
        mask: u64,
    },
    /// Raise an event.
    Signal {
        /// Position in the caller's table of events.
        event: usize,
    },
    /// Write a line to the log.
    Log(LogLine),
    /// Control another subject.
    Control {
        /// Position in the caller's table of rights.
        right: usize,
        /// What to do.
        command: Command,
    },
    /// End.
    StopSelf {
        /// For the audit record.
        status: u64,
        /// Whether it starts anew.
        again: bool,
    },
    /// Tell something.
    Info(InfoItem),
    /// Hand over to the world.
    RunGuest {
        /// Events that bring the caller back.
        mask: u64,
    },
    /// Raise the timer's event.
    SetTimer {
        /// When, in ticks of the time stamp counter.
        instant: u64,
    },
}

/// A line of the log: bytes of any value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogLine {
    length: usize,
    words: [u64; LOG_BYTES / 8],
}

impl LogLine {
    /// How many bytes, at most [`LOG_BYTES`].
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Its bytes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.words.iter().flat_map(|word| word.to_le_bytes()).take(self.length)
    }
}

/// What the registers ask for.
///
/// # Errors
/// The code that the call answers with.
pub fn decode(registers: &Registers) -> Result<Request, Code> {
    let number = Number::from_number(registers.number).ok_or(Code::NoSuchCall)?;
    let [first, second, third, fourth, fifth, sixth] = registers.arguments;
    let position = |number| usize::try_from(number).map_err(|_| Code::NotAllowed);
    match number {
        Number::Wait if first == 0 => Err(Code::BadArgument),
        Number::Wait => Ok(Request::Wait { mask: first }),
        Number::Signal => Ok(Request::Signal { event: position(first)? }),
        Number::Log => match usize::try_from(first) {
            Ok(length) if length <= LOG_BYTES => {
                Ok(Request::Log(LogLine { length, words: [second, third, fourth, fifth, sixth] }))
            }
            _ => Err(Code::BadArgument),
        },
        Number::Control => {
            let command = Command::from_number(second).ok_or(Code::BadArgument)?;
            Ok(Request::Control { right: position(first)?, command })
        }
        Number::StopSelf => Ok(Request::StopSelf { status: first, again: second != 0 }),
        Number::Info => InfoItem::from_number(first).map(Request::Info).ok_or(Code::BadArgument),
        Number::RunGuest => Ok(Request::RunGuest { mask: first }),
        Number::SetTimer => Ok(Request::SetTimer { instant: first }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn call(number: Number, arguments: &[u64]) -> Result<Request, Code> {
        let mut registers = Registers { number: number as u64, arguments: [0; 6] };
        registers.arguments[..arguments.len()].copy_from_slice(arguments);
        decode(&registers)
    }

    #[test]
    fn each_argument_has_its_range() {
        assert_eq!(call(Number::Wait, &[0]), Err(Code::BadArgument));
        assert_eq!(call(Number::Wait, &[5]), Ok(Request::Wait { mask: 5 }));
        assert_eq!(call(Number::Log, &[41]), Err(Code::BadArgument));
        assert_eq!(call(Number::Control, &[0, 5]), Err(Code::BadArgument));
        assert_eq!(call(Number::Info, &[5]), Err(Code::BadArgument));
        let stop = Request::Control { right: 2, command: Command::Stop };
        assert_eq!(call(Number::Control, &[2, 1]), Ok(stop));
    }

    #[test]
    fn a_log_line_is_the_bytes_of_the_registers_in_order() {
        let words = [*b"abcdefgh", *b"ijklmnop"].map(u64::from_le_bytes);
        let Ok(Request::Log(line)) = call(Number::Log, &[11, words[0], words[1]]) else { panic!() };
        assert_eq!(line.bytes().collect::<Vec<_>>(), b"abcdefghijk");
        assert!(!line.is_empty());
    }

    proptest! {
        #[test]
        fn every_content_of_the_registers_has_an_answer(
            number in prop_oneof![0_u64..10, any::<u64>()],
            arguments in prop::array::uniform6(prop_oneof![0_u64..70, any::<u64>()]),
        ) {
            let answer = decode(&Registers { number, arguments });
            let unknown = Number::from_number(number).is_none();
            prop_assert_eq!(answer == Err(Code::NoSuchCall), unknown);
            if let Ok(Request::Log(line)) = answer {
                prop_assert_eq!(line.bytes().count(), line.len());
            }
        }
    }
}
