use std::vec::Vec;

use proptest::prelude::*;

use super::*;

const TSC: u64 = 1_000_000_000;
/// 31 December 2025, 23:59:58.
const START: u64 = 1_767_225_598;

fn clock() -> Rtc {
    Rtc::new(TSC, START, 0x1_0000_0000, 0x4000_0000)
}

fn get(clock: &mut Rtc, index: u8, now: u64) -> u8 {
    clock.write(PORT, index, now);
    clock.read(PORT + 1, now)
}

fn set(clock: &mut Rtc, index: u8, value: u8, now: u64) {
    clock.write(PORT, index, now);
    clock.write(PORT + 1, value, now);
}

/// Century, year, month, day, hour, minute, second.
fn date(clock: &mut Rtc, now: u64) -> Vec<u8> {
    [0x32, 9, 8, 7, 4, 2, 0].into_iter().map(|index| get(clock, index, now)).collect()
}

#[test]
fn it_shows_the_time_in_decimal_digits_and_goes_on() {
    let mut clock = clock();
    assert_eq!(date(&mut clock, 0), [0x20, 0x25, 0x12, 0x31, 0x23, 0x59, 0x58]);
    assert_eq!(get(&mut clock, 6, 0), 4);
    assert_eq!(date(&mut clock, 2 * TSC), [0x20, 0x26, 0x01, 0x01, 0, 0, 0]);
}

#[test]
fn it_shows_the_time_in_plain_numbers_and_twelve_hours() {
    let mut clock = clock();
    set(&mut clock, 0x0b, b::BINARY, 0);
    assert_eq!(date(&mut clock, 0), [20, 25, 12, 31, 0x80 | 11, 59, 58]);
}

#[test]
fn what_is_read_while_no_update_is_announced_is_one_time() {
    // As Linux: read the second, see that no update is coming, read all, see that none came.
    let mut now = TSC - TSC / 1000;
    let mut seen = Vec::new();
    while now < TSC + TSC / 1000 {
        let mut clock = clock();
        let calm = get(&mut clock, 0x0a, now) & a::UPDATE_IN_PROGRESS == 0;
        if calm {
            // The reads take up to 240 microseconds.
            let first = get(&mut clock, 0, now);
            let again = get(&mut clock, 0, now + 200_000);
            assert_eq!(first, again);
        }
        seen.push(calm);
        now += 10_000;
    }
    assert!(seen.contains(&false));
    // 244 microseconds before the second, then never.
    let busy = seen.iter().filter(|calm| !**calm).count();
    assert!((24..=25).contains(&busy), "{busy}");
}

#[test]
fn it_can_be_set_as_linux_does() {
    let mut clock = clock();
    let now = 5 * TSC + TSC / 3;
    set(&mut clock, 0x0b, b::SET | b::HOURS_24, now);
    set(&mut clock, 0x0a, 0x70, now);
    for (index, value) in
        [(9, 0x30), (8, 0x02), (7, 0x28), (4, 0x23), (2, 0x59), (0, 0x59), (0x32, 0x20)]
    {
        set(&mut clock, index, value, now);
    }
    assert_eq!(get(&mut clock, 0, now + 9 * TSC), 0x59);
    set(&mut clock, 0x0a, 0x26, now);
    set(&mut clock, 0x0b, b::HOURS_24, now);
    // The next second follows after half a one.
    assert_eq!(
        date(&mut clock, now + TSC / 2 - 100_000),
        [0x20, 0x30, 0x02, 0x28, 0x23, 0x59, 0x59]
    );
    assert_eq!(date(&mut clock, now + TSC / 2 + 100_000), [0x20, 0x30, 0x03, 0x01, 0, 0, 0]);
}

#[test]
fn the_periodic_interrupt_waits_for_its_acknowledgement() {
    let mut clock = clock();
    assert_eq!(clock.next_deadline(), None);
    set(&mut clock, 0x0b, b::HOURS_24 | b::PERIODIC, 0);
    // 1024 Hz.
    let deadline = clock.next_deadline().expect("a deadline");
    assert_eq!(deadline, TSC.div_ceil(1024));
    clock.advance(deadline - 1);
    assert!(!clock.irq());
    clock.advance(7 * TSC);
    assert!(clock.irq());
    assert_eq!(clock.next_deadline(), None);
    assert_eq!(get(&mut clock, 0x0c, 7 * TSC) & (INTERRUPT | b::PERIODIC), INTERRUPT | b::PERIODIC);
    assert!(!clock.irq());
    assert_eq!(get(&mut clock, 0x0c, 7 * TSC), 0);
    assert_eq!(clock.next_deadline(), Some(7 * TSC + TSC.div_ceil(1024)));
}

#[test]
fn the_alarm_rings_at_its_time_and_not_before() {
    let mut clock = clock();
    for (index, value) in [(1, 0x30), (3, 0xff), (5, 0x00)] {
        set(&mut clock, index, value, 0);
    }
    set(&mut clock, 0x0b, b::HOURS_24 | b::ALARM, 0);
    // 00:00:30 is 32 seconds ahead.
    assert_eq!(clock.next_deadline(), Some(32 * TSC));
    clock.advance(32 * TSC - 1);
    assert!(!clock.irq());
    clock.advance(32 * TSC);
    assert!(clock.irq());
}

#[test]
fn each_second_can_interrupt() {
    let mut clock = clock();
    set(&mut clock, 0x0b, b::HOURS_24 | b::UPDATED, TSC / 4);
    assert_eq!(clock.next_deadline(), Some(TSC));
    clock.advance(TSC);
    assert!(clock.irq());
    set(&mut clock, 0x0b, b::HOURS_24 | b::SET | b::UPDATED, TSC);
    assert!(!clock.irq(), "setting the clock disables it");
}

#[test]
fn memory_tells_the_guests_size() {
    let mut clock = clock();
    let mut word =
        |low: u8| u16::from_le_bytes([get(&mut clock, low, 0), get(&mut clock, low + 1, 0)]);
    assert_eq!([word(0x15), word(0x17), word(0x34)], [640, 0xfc00, 0xff00]);
    assert_eq!(word(0x5b), 0x4000);
    set(&mut clock, 0x0f, 0x0a, 0);
    assert_eq!(get(&mut clock, 0x8f, 0), 0x0a);
}

proptest! {
    #[test]
    fn any_accesses_at_any_time_are_taken(
        accesses in prop::collection::vec((any::<u8>(), any::<u8>(), any::<bool>(), any::<u64>()), 0..200),
        ticks_per_second in prop_oneof![Just(0), 1..5u64, any::<u64>()], start: u64,
    ) {
        let mut clock = Rtc::new(ticks_per_second, start, 0, u64::MAX);
        for (index, value, write, now) in accesses {
            // Mostly the clock's own registers.
            let index = if index & 0x80 == 0 { index & 0x0f } else { index };
            if write { set(&mut clock, index, value, now) } else { get(&mut clock, index, now); }
            clock.advance(now);
            if clock.irq() {
                get(&mut clock, 0x0c, now);
                prop_assert!(!clock.irq());
            }
            let _ = clock.next_deadline();
        }
    }

    #[test]
    fn a_deadline_that_is_kept_raises_an_interrupt(
        status_b in any::<u8>().prop_map(|bits| bits & !b::SET), rate in 0x20u8..0x30,
        alarm: [u8; 3], now in 0..100 * TSC,
    ) {
        let mut clock = clock();
        for (index, value) in [1, 3, 5].into_iter().zip(alarm) {
            set(&mut clock, index, value, 0);
        }
        set(&mut clock, 0x0a, rate, 0);
        get(&mut clock, 0x0c, now);
        set(&mut clock, 0x0b, status_b, now);
        if let (false, Some(deadline)) = (clock.irq(), clock.next_deadline()) {
            prop_assert!(deadline > now);
            clock.advance(deadline - 1);
            prop_assert!(!clock.irq());
            clock.advance(deadline);
            prop_assert!(clock.irq());
        }
    }
}
