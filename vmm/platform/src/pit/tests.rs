use proptest::prelude::*;

use super::*;

const TSC: u64 = 2_500_000_000;

fn at(clock: u64) -> u64 {
    Rate::new(TSC, HERTZ).ticks(clock)
}

fn program(pit: &mut Pit, channel: u16, mode: u8, count: u16, now: u64) {
    let [low, high] = count.to_le_bytes();
    pit.write(PORT + 3, (channel as u8) << 6 | 0x30 | mode << 1, now);
    pit.write(PORT + channel, low, now);
    pit.write(PORT + channel, high, now);
}

#[test]
fn linux_measures_the_tsc_by_polling_the_output_of_counter_2() {
    let mut pit = Pit::new(TSC);
    // 50 ms in mode 0, as pit_calibrate_tsc does.
    let latch = (HERTZ / 20) as u16;
    let begin = 12_345_678;
    pit.write(SPEAKER_PORT, (pit.speaker & !2) | 1, begin);
    program(&mut pit, 2, 0, latch, begin);
    let mut now = begin;
    while pit.read(SPEAKER_PORT, now) & 0x20 == 0 {
        now += 1000;
    }
    let measured = (now - begin) * 20;
    assert!(measured.abs_diff(TSC) < TSC / 10_000, "{measured}");
}

#[test]
fn linux_measures_the_tsc_by_the_high_byte_of_counter_2() {
    let mut pit = Pit::new(TSC);
    let mut now = 99;
    pit.write(SPEAKER_PORT, 1, now);
    program(&mut pit, 2, 0, 0xffff, now);
    // quick_pit_calibrate waits for one high byte after the other, and reads both bytes each time.
    let mut edges = [0; 2];
    for (edge, byte) in edges.iter_mut().zip([0xfe, 0xee]) {
        loop {
            now += 1500;
            pit.read(PORT + 2, now);
            if pit.read(PORT + 2, now) == byte {
                break;
            }
        }
        *edge = now;
    }
    let measured = (edges[1] - edges[0]) * HERTZ / (16 * 256);
    assert!(measured.abs_diff(TSC) < TSC / 1000, "{measured}");
}

#[test]
fn the_rate_generator_interrupts_at_its_rate() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 2, 11_932, 0);
    let mut count = 0;
    while let Some(deadline) = pit.next_deadline().filter(|deadline| *deadline <= TSC) {
        assert!(!pit.advance(deadline - 1));
        assert!(pit.advance(deadline));
        count += 1;
    }
    // 1,193,182 / 11,932 = 99.998
    assert_eq!(count, 99);
}

#[test]
fn a_late_timer_fires_once_and_goes_on_in_step() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 2, 1000, 0);
    assert!(pit.advance(at(1_000_000_500)));
    assert!(!pit.advance(at(1_000_000_500)));
    assert_eq!(pit.next_deadline(), Some(at(1_000_001_000)));
}

#[test]
fn a_period_that_is_too_short_does_not_keep_the_monitor_busy() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 2, 5, 0);
    assert_eq!(pit.next_deadline(), Some(at(25)));
    assert!(pit.advance(at(25)));
    assert_eq!(pit.next_deadline(), Some(at(50)));
}

#[test]
fn a_one_shot_count_fires_once_and_shows_its_output() {
    let mut pit = Pit::new(TSC);
    assert_eq!(pit.next_deadline(), None);
    program(&mut pit, 0, 0, 100, 0);
    assert!(!pit.irq(at(99)));
    assert_eq!(pit.next_deadline(), Some(at(100)));
    assert!(pit.advance(at(100)) && pit.irq(at(100)));
    assert_eq!(pit.next_deadline(), None);
    // The counter goes on below zero.
    pit.write(PORT + 3, 0, at(101));
    assert_eq!((pit.read(PORT, at(101)), pit.read(PORT, at(101))), (0xff, 0xff));
}

#[test]
fn a_strobe_is_one_clock_low() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 4, 100, 0);
    assert_eq!([99, 100, 101].map(|clock| pit.irq(at(clock))), [true, false, true]);
    assert_eq!(pit.next_deadline(), Some(at(101)));
}

#[test]
fn a_square_wave_is_high_for_the_larger_half() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 3, 5, 0);
    let wave = [0, 1, 2, 3, 4, 5].map(|clock| pit.irq(at(clock)));
    assert_eq!(wave, [true, true, true, false, false, true]);
}

#[test]
fn a_count_of_zero_is_the_largest() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 2, 0, 0);
    assert_eq!(pit.next_deadline(), Some(at(0x1_0000)));
    pit.write(PORT + 3, 0x35, 0);
    pit.write(PORT, 0, 0);
    pit.write(PORT, 0, 0);
    assert_eq!(pit.next_deadline(), Some(at(10_000)));
}

#[test]
fn a_latch_holds_the_count_until_both_bytes_are_read() {
    let mut pit = Pit::new(TSC);
    program(&mut pit, 0, 2, 0x1234, 0);
    pit.write(PORT + 3, 0x00, at(0x34));
    pit.write(PORT + 3, 0x00, at(0x100));
    assert_eq!((pit.read(PORT, at(0x200)), pit.read(PORT, at(0x200))), (0x00, 0x12));
    assert_eq!(pit.read(PORT, at(0x200)), 0x34);
}

#[test]
fn a_read_back_gives_status_then_count() {
    let mut pit = Pit::new(TSC);
    pit.write(PORT + 3, 0x34, 0);
    pit.write(PORT + 3, 0xe2, 0);
    // High, no count yet, both bytes, mode 2.
    assert_eq!(pit.read(PORT, 0), 0xf4);
    pit.write(PORT, 8, 0);
    pit.write(PORT, 0, 0);
    pit.write(PORT + 3, 0xc2, at(3));
    assert_eq!([0; 3].map(|_| pit.read(PORT, at(5))), [0xb4, 5, 0]);
}

#[test]
fn the_gate_of_counter_2_pauses_and_triggers() {
    let mut pit = Pit::new(TSC);
    pit.write(SPEAKER_PORT, 1, 0);
    program(&mut pit, 2, 0, 100, 0);
    pit.write(SPEAKER_PORT, 0, at(60));
    assert_eq!(pit.read(SPEAKER_PORT, at(1000)) & 0x20, 0);
    pit.write(SPEAKER_PORT, 1, at(1000));
    assert_eq!(pit.read(SPEAKER_PORT, at(1039)) & 0x20, 0);
    assert_ne!(pit.read(SPEAKER_PORT, at(1040)) & 0x20, 0);
    // Mode 1 waits for the gate.
    pit.write(SPEAKER_PORT, 0, at(2000));
    program(&mut pit, 2, 1, 100, at(2000));
    assert_ne!(pit.read(SPEAKER_PORT, at(2100)) & 0x20, 0);
    pit.write(SPEAKER_PORT, 1, at(2200));
    assert_eq!(pit.read(SPEAKER_PORT, at(2299)) & 0x20, 0);
    assert_ne!(pit.read(SPEAKER_PORT, at(2300)) & 0x20, 0);
}

#[test]
fn memory_seems_to_be_refreshed() {
    let mut pit = Pit::new(TSC);
    let before = pit.read(SPEAKER_PORT, 0);
    assert_eq!(pit.read(SPEAKER_PORT, at(18)) ^ before, 0x10);
}

proptest! {
    #[test]
    fn any_accesses_at_any_time_are_taken(
        accesses in prop::collection::vec((0u16..5, any::<u8>(), any::<bool>(), any::<u64>()), 0..200),
        ticks_per_second in prop_oneof![Just(0), 1..5u64, any::<u64>()],
    ) {
        let mut pit = Pit::new(ticks_per_second);
        for (register, value, write, now) in accesses {
            let port = if register == 4 { SPEAKER_PORT } else { PORT + register };
            if write { pit.write(port, value, now) } else { pit.read(port, now); }
            pit.advance(now);
            prop_assert!(!pit.advance(now), "an edge is told once");
            let _ = pit.irq(now);
            if let Some(deadline) = pit.next_deadline() {
                // What is due has been told.
                prop_assert!(deadline > now || deadline == u64::MAX || ticks_per_second < HERTZ);
            }
        }
    }
}
