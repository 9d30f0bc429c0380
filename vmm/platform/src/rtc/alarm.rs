//! When an alarm matches.

use super::calendar::Format;

/// One field of an alarm: a number, or any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    Any,
    Exactly(u8),
}

impl Field {
    fn from_register(register: u8, decode: impl Fn(u8) -> u8) -> Self {
        if register >= 0xc0 { Self::Any } else { Self::Exactly(decode(register)) }
    }

    /// The first match that is not before `from`, below `limit`.
    fn next(self, from: u8, limit: u8) -> Option<u8> {
        match self {
            Self::Any => (from < limit).then_some(from),
            Self::Exactly(value) => (from <= value && value < limit).then_some(value),
        }
    }
}

/// A time of day, parts of which may be anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Alarm {
    hour: Field,
    minute: Field,
    second: Field,
}

impl Alarm {
    /// Seconds of a day.
    pub(super) const DAY: u64 = 86_400;

    pub(super) fn new(registers: [u8; 3], format: Format) -> Self {
        let [second, minute, hour] = registers;
        Self {
            hour: Field::from_register(hour, |register| format.decode_hour(register)),
            minute: Field::from_register(minute, |register| format.decode(register)),
            second: Field::from_register(second, |register| format.decode(register)),
        }
    }

    /// Seconds from a time of day (0 to 86,399) until it matches: nothing if now, none if never.
    pub(super) fn wait(self, from: u64) -> Option<u64> {
        let (hour, minute, second) =
            ((from / 3600 % 24) as u8, (from / 60 % 60) as u8, (from % 60) as u8);
        let found = self
            .within_hour(hour, minute, second)
            .or_else(|| self.first_of_day(hour + 1))
            .or_else(|| self.first_of_day(0))?;
        Some((found + Self::DAY - from % Self::DAY) % Self::DAY)
    }

    /// In this hour, from a minute and second on.
    fn within_hour(self, hour: u8, minute: u8, second: u8) -> Option<u64> {
        self.hour.next(hour, 24).filter(|&next| next == hour)?;
        let same_minute = self.minute.next(minute, 60).filter(|&next| next == minute);
        let in_minute = same_minute.and_then(|_| self.second.next(second, 60));
        match in_minute {
            Some(second) => Some(seconds(hour, minute, second)),
            None => {
                let minute = self.minute.next(minute + 1, 60)?;
                Some(seconds(hour, minute, self.second.next(0, 60)?))
            }
        }
    }

    /// The first from the beginning of an hour on, until midnight.
    fn first_of_day(self, hour: u8) -> Option<u64> {
        let hour = self.hour.next(hour, 24)?;
        Some(seconds(hour, self.minute.next(0, 60)?, self.second.next(0, 60)?))
    }
}

fn seconds(hour: u8, minute: u8, second: u8) -> u64 {
    u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_wait_is_that_of_looking_at_every_second(
            second in prop_oneof![0u8..62, Just(0xff)], minute in prop_oneof![0u8..62, Just(0xff)],
            hour in prop_oneof![0u8..26, Just(0xff)], from in 0..Alarm::DAY,
        ) {
            let alarm = Alarm::new([second, minute, hour], Format { binary: true, hours_24: true });
            let matches = |at: u64, register: u8, divisor, modulus| {
                register >= 0xc0 || at / divisor % modulus == u64::from(register)
            };
            let expected = (0..Alarm::DAY).find(|wait| {
                let at = (from + wait) % Alarm::DAY;
                matches(at, second, 1, 60) && matches(at, minute, 60, 60) && matches(at, hour, 3600, 24)
            });
            prop_assert_eq!(alarm.wait(from), expected);
        }
    }
}
