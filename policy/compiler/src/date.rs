//! Days since 1970-01-01, in the proleptic Gregorian calendar.

use std::time::{SystemTime, UNIX_EPOCH};

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u32);

impl Day {
    /// Today by the machine's clock, in UTC.
    pub fn today() -> Self {
        let seconds =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self(u32::try_from(seconds / 86_400).unwrap_or(u32::MAX))
    }

    /// The day of a date, if there is such a date from 1970 on.
    pub fn from_date(year: u16, month: u8, day: u8) -> Option<Self> {
        if year < 1970 || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return None;
        }
        // Years begin in March here, so that the leap day is the last of its year.
        let (year, month) = (i64::from(year), i64::from(month));
        let shifted = if month > 2 { year } else { year - 1 };
        let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        u32::try_from(days).ok().map(Self)
    }

    /// The date, as `2027-06-30`.
    pub fn iso(self) -> String {
        let days = i64::from(self.0) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverse() {
        assert_eq!(Day::from_date(1970, 1, 1), Some(Day(0)));
        assert_eq!(Day::from_date(2000, 3, 1), Some(Day(11_017)));
        for day in (0..60_000).step_by(7) {
            let iso = Day(day).iso();
            let mut parts = iso.split('-').map(|part| part.parse::<u16>().unwrap());
            let (year, month, date) =
                (parts.next().unwrap(), parts.next().unwrap() as u8, parts.next().unwrap() as u8);
            assert_eq!(Day::from_date(year, month, date), Some(Day(day)), "{iso}");
        }
    }

    #[test]
    fn days_that_no_calendar_has_are_refused() {
        for (year, month, day) in
            [(1969, 12, 31), (2026, 2, 29), (2100, 2, 29), (2026, 13, 1), (2026, 4, 31)]
        {
            assert_eq!(Day::from_date(year, month, day), None);
        }
        assert!(Day::from_date(2028, 2, 29).is_some());
    }
}
