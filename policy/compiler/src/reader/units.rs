//! Units of memory, time and rates, read and shown.

use cloister_policy_format::Rate;

/// Units of memory.
pub const SIZES: [(&str, u64); 5] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

/// Units of time.
pub const DURATIONS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Units of rates.
pub const PERIODS: [(&str, u64); 4] = [
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("day", 86_400_000_000_000),
];

/// A whole number and a unit.
pub fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// An amount of memory in the largest unit that divides it.
pub fn show_size(bytes: u64) -> String {
    show_amount(bytes, &SIZES)
}

/// A time in the largest unit that divides it.
pub fn show_duration(nanoseconds: u64) -> String {
    show_amount(nanoseconds, &DURATIONS)
}

/// A rate, such as `10/min`.
pub fn show_rate(rate: Rate) -> String {
    let unit = PERIODS.iter().find(|(_, period)| *period == rate.per).map_or("?", |(unit, _)| unit);
    format!("{}/{unit}", rate.count)
}

fn show_amount(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = |factor: u64| factor == 1 || (amount >= factor && amount.is_multiple_of(factor));
    let (unit, factor) =
        units.iter().rev().find(|(_, factor)| fits(*factor)).copied().unwrap_or(("", 1));
    format!("{} {unit}", amount / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_numbers_with_a_unit_and_never_wrap() {
        assert_eq!(amount("256 MiB", &SIZES), Some(256 << 20));
        assert_eq!(amount("1GiB", &SIZES), Some(1 << 30));
        for wrong in ["", "256", "MiB", "1.5 MiB", "-1 MiB", "1 MB", "1  MiB", "99999999 TiB"] {
            assert_eq!(amount(wrong, &SIZES), None, "{wrong}");
        }
    }

    #[test]
    fn amounts_are_shown_as_they_are_written() {
        for text in ["256 MiB", "3 KiB", "1 TiB", "7 B", "0 B"] {
            assert_eq!(show_size(amount(text, &SIZES).unwrap()), text);
        }
        assert_eq!(show_duration(20_000_000), "20 ms");
    }
}
