//! The time of day, from the clock that every PC has (MC146818).

use x86_64::instructions::port::Port;

/// Registers of the clock.
const SECONDS: u8 = 0;
const MINUTES: u8 = 2;
const HOURS: u8 = 4;
const DAY: u8 = 7;
const MONTH: u8 = 8;
const YEAR: u8 = 9;
const STATUS_A: u8 = 0x0a;
const STATUS_B: u8 = 0x0b;

/// How often the clock is asked while it changes; it does so for 2 ms at most.
const PATIENCE: u32 = 100_000;

/// Seconds since 1970, UTC, if the clock runs on UTC; 0 if it shows no date.
pub fn unix_seconds() -> u64 {
    for _ in 0..PATIENCE {
        let first = read_all();
        if read(STATUS_A) & 0x80 == 0 && first == read_all() {
            return decode(first).unwrap_or(0);
        }
    }
    0
}

fn read(register: u8) -> u8 {
    // SAFETY: reading the clock changes nothing; no other code uses it meanwhile.
    unsafe {
        Port::<u8>::new(0x70).write(register);
        Port::<u8>::new(0x71).read()
    }
}

/// Second, minute, hour, day, month, year, format.
fn read_all() -> [u8; 7] {
    [SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR, STATUS_B].map(read)
}

fn decode([second, minute, hour, day, month, year, format]: [u8; 7]) -> Option<u64> {
    const BINARY: u8 = 1 << 2;
    const DAY_HOURS: u8 = 1 << 1;
    const AFTERNOON: u8 = 1 << 7;
    let number = |value: u8| {
        u64::from(if format & BINARY != 0 { value } else { (value >> 4) * 10 + (value & 0xf) })
    };
    let hour = match format & DAY_HOURS {
        0 => number(hour & !AFTERNOON) % 12 + if hour & AFTERNOON != 0 { 12 } else { 0 },
        _ => number(hour),
    };
    let days = days_since_1970(2000 + number(year), number(month), number(day))?;
    Some(((days * 24 + hour) * 60 + number(minute)) * 60 + number(second))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar from 2000 on.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    const BEFORE_MONTH: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let before = *BEFORE_MONTH.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let leap_days = (1970..year).filter(|year| leap(*year)).count() as u64;
    let this_year = before + u64::from(month > 2 && leap(year));
    Some((year - 1970) * 365 + leap_days + this_year + day.checked_sub(1)?)
}
