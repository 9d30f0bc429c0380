//! Dates of the Gregorian calendar, and how the clock's registers hold them.

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// Days from the first of March of year 0 to the first of January 1970.
const EPOCH: i64 = 719_468;
/// The last second of the year 9999, in seconds since 1970.
const LAST: i64 = 253_402_300_799;

/// A date and time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Time {
    pub(super) year: u16,
    /// 1 to 12.
    pub(super) month: u8,
    /// 1 to 31.
    pub(super) day: u8,
    /// 1 to 7, Sunday first.
    pub(super) weekday: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
}

impl Time {
    /// From seconds since 1970, up to the end of the year 9999.
    pub(super) fn from_seconds(seconds: u64) -> Self {
        let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
        let (days, of_day) = (seconds / DAY, seconds % DAY);
        // Years that begin in March put the leap day last.
        let shifted = days + EPOCH;
        let (era, of_era) = (shifted / ERA, shifted % ERA);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
            // 1 January 1970 was a Thursday.
            weekday: ((days + 4) % 7 + 1) as u8,
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
        }
    }

    /// Seconds since 1970. A month or a day that does not exist counts on from the nearest that does;
    /// what is before 1970 is 1970.
    pub(super) fn to_seconds(self) -> u64 {
        let month = i64::from(self.month.clamp(1, 12));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let march_month = (month + 9) % 12;
        let of_year = (153 * march_month + 2) / 5 + i64::from(self.day.max(1)) - 1;
        let of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + of_year;
        let days = era * ERA + of_era - EPOCH;
        let of_day =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        u64::try_from(days * DAY + of_day).unwrap_or(0)
    }
}

/// How registers hold numbers: bits of status register B.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Format {
    /// Plain numbers, not two decimal digits.
    pub(super) binary: bool,
    /// Hours from 0 to 23, not 1 to 12 with the highest bit for the afternoon.
    pub(super) hours_24: bool,
}

impl Format {
    /// The highest bit of an hour after noon.
    const AFTERNOON: u8 = 0x80;

    pub(super) fn encode(self, value: u8) -> u8 {
        if self.binary { value } else { ((value / 10 % 10) << 4) | (value % 10) }
    }

    pub(super) fn decode(self, register: u8) -> u8 {
        if self.binary { register } else { (register >> 4) * 10 + (register & 0x0f) }
    }

    pub(super) fn encode_hour(self, hour: u8) -> u8 {
        if self.hours_24 {
            return self.encode(hour);
        }
        let twelve = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
        self.encode(twelve) | if hour >= 12 { Self::AFTERNOON } else { 0 }
    }

    pub(super) fn decode_hour(self, register: u8) -> u8 {
        if self.hours_24 {
            return self.decode(register);
        }
        let hour = self.decode(register & !Self::AFTERNOON) % 12;
        if register & Self::AFTERNOON != 0 { hour + 12 } else { hour }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(seconds: u64) -> [u16; 7] {
        let time = Time::from_seconds(seconds);
        let rest = [time.month, time.day, time.weekday, time.hour, time.minute, time.second];
        let [a, b, c, d, e, f] = rest.map(u16::from);
        [time.year, a, b, c, d, e, f]
    }

    #[test]
    fn known_dates() {
        assert_eq!(time(0), [1970, 1, 1, 5, 0, 0, 0]);
        assert_eq!(time(951_827_696), [2000, 2, 29, 3, 12, 34, 56]);
        assert_eq!(time(1_767_225_599), [2025, 12, 31, 4, 23, 59, 59]);
        assert_eq!(time(4_107_542_400), [2100, 3, 1, 2, 0, 0, 0]);
        assert_eq!(time(u64::MAX), [9999, 12, 31, 6, 23, 59, 59]);
    }

    #[test]
    fn noon_and_midnight_on_a_clock_of_twelve_hours() {
        let format = Format { binary: false, hours_24: false };
        let hours = [(0, 0x12), (1, 0x01), (11, 0x11), (12, 0x92), (13, 0x81), (23, 0x91)];
        for (hour, register) in hours {
            assert_eq!((format.encode_hour(hour), format.decode_hour(register)), (register, hour));
        }
    }

    proptest! {
        #[test]
        fn a_time_is_its_seconds(seconds in 0..=LAST as u64) {
            prop_assert_eq!(Time::from_seconds(seconds).to_seconds(), seconds);
        }

        #[test]
        fn any_registers_are_a_time(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) {
            let time = Time { year, month, day, weekday: 0, hour, minute, second };
            let _ = Time::from_seconds(time.to_seconds());
        }

        #[test]
        fn a_format_gives_back_what_it_took(value in 0u8..100, hour in 0u8..24, binary: bool, hours_24: bool) {
            let format = Format { binary, hours_24 };
            prop_assert_eq!(format.decode(format.encode(value)), value);
            prop_assert_eq!(format.decode_hour(format.encode_hour(hour)), hour);
        }
    }
}
