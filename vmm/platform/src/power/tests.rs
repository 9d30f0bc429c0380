use proptest::prelude::*;

use super::*;

const TSC: u64 = 3_000_000_000;

#[test]
fn the_timer_counts_at_its_frequency_in_32_bits() {
    let mut power = Power::new(TSC);
    assert_eq!(power.read(TIMER_PORT, Width::Four, TSC), HERTZ);
    assert_eq!(power.read(TIMER_PORT, Width::Four, 1200 * TSC), (1200 * HERTZ) & 0xffff_ffff);
    assert_eq!(power.read(TIMER_PORT + 1, Width::One, TSC), (HERTZ >> 8) & 0xff);
}

#[test]
fn linux_sees_acpi_enabled_and_keeps_it() {
    let mut power = Power::new(TSC);
    assert_eq!(power.read(CONTROL_PORT, Width::Two, 0) & 1, 1);
    power.write(CONTROL_PORT, Width::Two, 0, 0);
    assert_eq!(power.read(CONTROL_PORT, Width::Two, 0) & 1, 1);
}

#[test]
fn off_is_a_sleep_of_its_type() {
    let mut power = Power::new(TSC);
    let kind = u64::from(SLEEP_TYPE_OFF) << 10;
    // Linux writes the type first, then the type with the enable.
    power.write(CONTROL_PORT, Width::Two, kind, 0);
    assert_eq!(power.take_request(), None);
    power.write(CONTROL_PORT, Width::Two, kind | 1 << 13, 0);
    assert_eq!(power.take_request(), Some(Request::PowerOff));
    assert_eq!(power.take_request(), None);
    power.write(CONTROL_PORT, Width::Two, 3 << 10 | 1 << 13, 0);
    assert_eq!(power.take_request(), None);
}

#[test]
fn each_reset_register_resets() {
    for (port, values) in [
        (RESET_PORT, [0x02, RESET_VALUE]),
        (RESET_PORT, [0x0a, 0x0e]),
        (SYSTEM_CONTROL_PORT, [0x02, 0x03]),
    ] {
        let mut power = Power::new(TSC);
        let [first, second] = values.map(u64::from);
        power.write(port, Width::One, first, 0);
        assert_eq!(power.take_request(), None);
        assert_eq!(power.read(port, Width::One, 0), first);
        power.write(port, Width::One, second, 0);
        assert_eq!(power.take_request(), Some(Request::Reset));
    }
}

#[test]
fn the_debug_exit_carries_its_value() {
    let mut power = Power::new(TSC);
    power.write(DEBUG_EXIT_PORT, Width::Four, 0xffff_1234_5678, 0);
    assert_eq!(power.take_request(), Some(Request::DebugExit(0x1234_5678)));
}

#[test]
fn the_power_button_interrupts_until_it_is_acknowledged() {
    let mut power = Power::new(TSC);
    power.press_power_button();
    assert!(!power.irq());
    power.write(EVENT_PORT + 2, Width::Two, status::POWER_BUTTON.into(), 0);
    assert!(power.irq());
    power.write(EVENT_PORT, Width::Two, status::TIMER.into(), 0);
    assert!(power.irq());
    assert_eq!(power.read(EVENT_PORT, Width::Two, 0), status::POWER_BUTTON.into());
    power.write(EVENT_PORT, Width::Two, status::POWER_BUTTON.into(), 0);
    assert!(!power.irq());
}

#[test]
fn the_timer_interrupts_when_its_highest_bit_changes() {
    let mut power = Power::new(TSC);
    assert_eq!(power.next_deadline(), None);
    power.write(EVENT_PORT + 2, Width::Two, status::TIMER.into(), 0);
    let deadline = power.next_deadline().expect("a deadline");
    power.advance(deadline - 1);
    assert!(!power.irq());
    power.advance(deadline);
    assert!(power.irq());
    assert_eq!(power.read(TIMER_PORT, Width::Four, deadline), 1 << 31);
    assert_eq!(power.next_deadline(), None);
}

proptest! {
    #[test]
    fn any_accesses_at_any_time_are_taken(
        accesses in prop::collection::vec((0u16..16, 0usize..4, any::<u64>(), any::<bool>(), any::<u64>()), 0..200),
        ticks_per_second in prop_oneof![Just(0), 1..5u64, any::<u64>()],
    ) {
        let mut power = Power::new(ticks_per_second);
        for (offset, width, value, write, now) in accesses {
            let width = Width::ALL[width];
            let port = match offset {
                13 => RESET_PORT,
                14 => SYSTEM_CONTROL_PORT,
                15 => DEBUG_EXIT_PORT,
                _ => EVENT_PORT + offset,
            };
            if write {
                power.write(port, width, value, now);
            } else {
                prop_assert_eq!(power.read(port, width, now) & !width.mask(), 0);
            }
            power.advance(now);
            if power.irq() {
                power.write(EVENT_PORT, Width::Two, 0xffff, now);
                prop_assert!(!power.irq());
            }
            let _ = (power.next_deadline(), power.take_request());
        }
    }
}
