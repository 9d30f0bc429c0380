use cloister_device::Width;
use proptest::prelude::*;

use super::*;

const TSC: u64 = 1_000_000_000;
const DEADLINE_MODE: u32 = 2 << 17;
const PERIODIC: u32 = 1 << 17;
const MASKED: u32 = 1 << 16;

fn get(apic: &mut LocalApic, register: u8, now: u64) -> u32 {
    apic.read_memory(u64::from(register) << 4, Width::Four, now) as u32
}

fn set(apic: &mut LocalApic, register: u8, value: u32, now: u64) -> Effect {
    apic.write_memory(u64::from(register) << 4, Width::Four, value.into(), now)
}

/// On, in xAPIC mode.
fn on() -> LocalApic {
    let mut apic = LocalApic::new(1, TSC);
    set(&mut apic, register::SPURIOUS_VECTOR, 0x1ff, 0);
    apic
}

/// On, in x2APIC mode.
fn x2apic(number: u8) -> LocalApic {
    let mut apic = LocalApic::new(number, TSC);
    let base = apic.read_msr(APIC_BASE, 0).expect("readable");
    assert_eq!(apic.write_msr(APIC_BASE, base | 1 << 10, 0), Ok(Effect::None));
    assert_eq!(apic.write_msr(X2APIC + 0x0f, 0x1ff, 0), Ok(Effect::None));
    apic
}

fn x2(apic: &mut LocalApic, register: u8, value: u64) -> Result<Effect, GeneralProtection> {
    apic.write_msr(X2APIC + u32::from(register), value, 0)
}

fn send(destination: Destination, delivery: Delivery, vector: u8) -> Effect {
    Effect::Send(Message { destination, delivery, vector, level_triggered: false })
}

#[test]
fn linux_reads_an_integrated_apic_with_six_local_vectors() {
    let mut apic = LocalApic::new(1, TSC);
    assert_eq!(get(&mut apic, register::VERSION, 0), 0x0005_0014);
    assert_eq!(get(&mut apic, register::IDENTITY, 0), 1 << 24);
    assert!((0x32..=0x37).all(|entry| get(&mut apic, entry, 0) == MASKED));
    assert_eq!(apic.read_msr(APIC_BASE, 0), Ok(0xfee0_0800));
    assert_eq!(LocalApic::new(0, TSC).read_msr(APIC_BASE, 0), Ok(0xfee0_0900));
}

#[test]
fn the_highest_vector_goes_first_and_the_rest_waits_for_its_end() {
    let mut apic = on();
    apic.raise(0x31, false);
    apic.raise(0x52, false);
    apic.raise(0x5f, false);
    assert_eq!(apic.pending_vector(), Some(0x5f));
    apic.take(0x5f);
    // The same class waits too.
    assert_eq!(apic.pending_vector(), None);
    apic.raise(0x60, false);
    assert_eq!(apic.pending_vector(), Some(0x60));
    apic.take(0x60);
    assert_eq!(get(&mut apic, register::IN_SERVICE + 3, 0), 1);
    assert_eq!(get(&mut apic, register::REQUESTED + 1, 0), 1 << 0x11);
    for next in [None, Some(0x52)] {
        assert_eq!(set(&mut apic, register::END_OF_INTERRUPT, 0, 0), Effect::None);
        assert_eq!(apic.pending_vector(), next);
    }
}

#[test]
fn the_task_priority_holds_its_class_and_those_below_back() {
    let mut apic = on();
    apic.raise(0x52, false);
    set(&mut apic, register::TASK_PRIORITY, 0x50, 0);
    assert_eq!(apic.pending_vector(), None);
    assert_eq!(get(&mut apic, register::PROCESSOR_PRIORITY, 0), 0x50);
    apic.set_task_priority(0x4f);
    assert_eq!(apic.pending_vector(), Some(0x52));
}

#[test]
fn only_a_level_triggered_interrupt_tells_its_end() {
    let mut apic = on();
    for (level, effect) in [(true, Effect::EndOfInterrupt(0x41)), (false, Effect::None)] {
        apic.raise(0x41, level);
        apic.take(0x41);
        assert_eq!(set(&mut apic, register::END_OF_INTERRUPT, 0, 0), effect);
    }
    // An end of nothing is nothing.
    assert_eq!(set(&mut apic, register::END_OF_INTERRUPT, 0, 0), Effect::None);
}

#[test]
fn while_it_is_off_interrupts_are_lost_and_entries_stay_masked() {
    let mut apic = LocalApic::new(1, TSC);
    apic.raise(0x41, false);
    assert_eq!(apic.pending_vector(), None);
    set(&mut apic, 0x32, 0x40, 0);
    assert_eq!(get(&mut apic, 0x32, 0), MASKED | 0x40);
    let mut apic = on();
    set(&mut apic, 0x32, 0x40, 0);
    set(&mut apic, register::SPURIOUS_VECTOR, 0xff, 0);
    assert_eq!(get(&mut apic, 0x32, 0), MASKED | 0x40);
}

#[test]
fn a_tsc_deadline_fires_when_it_is_reached() {
    let mut apic = on();
    set(&mut apic, 0x32, DEADLINE_MODE | 0xec, 0);
    assert_eq!(apic.write_msr(TSC_DEADLINE, 1000, 10), Ok(Effect::None));
    assert_eq!((apic.read_msr(TSC_DEADLINE, 10), apic.next_deadline()), (Ok(1000), Some(1000)));
    apic.advance(999);
    assert_eq!(apic.pending_vector(), None);
    apic.advance(1000);
    assert_eq!(apic.pending_vector(), Some(0xec));
    assert_eq!((apic.read_msr(TSC_DEADLINE, 1000), apic.next_deadline()), (Ok(0), None));
}

#[test]
fn a_tsc_deadline_in_the_past_fires_at_once_and_zero_disarms() {
    let mut apic = on();
    set(&mut apic, 0x32, DEADLINE_MODE | 0xec, 0);
    assert_eq!(apic.write_msr(TSC_DEADLINE, 1000, 500), Ok(Effect::None));
    assert_eq!(apic.write_msr(TSC_DEADLINE, 0, 500), Ok(Effect::None));
    apic.advance(2000);
    assert_eq!((apic.pending_vector(), apic.next_deadline()), (None, None));
    assert_eq!(apic.write_msr(TSC_DEADLINE, 1999, 2000), Ok(Effect::None));
    assert_eq!(apic.pending_vector(), Some(0xec));
}

#[test]
fn a_deadline_counts_only_in_its_mode_and_not_while_masked() {
    let mut apic = on();
    set(&mut apic, 0x32, 0xec, 0);
    assert_eq!(apic.write_msr(TSC_DEADLINE, 1000, 0), Ok(Effect::None));
    assert_eq!((apic.read_msr(TSC_DEADLINE, 0), apic.next_deadline()), (Ok(0), None));
    set(&mut apic, 0x32, DEADLINE_MODE | MASKED | 0xec, 0);
    assert_eq!(apic.write_msr(TSC_DEADLINE, 1000, 0), Ok(Effect::None));
    assert_eq!(apic.next_deadline(), None);
    // It passed while it was masked: no interrupt when the mask goes.
    set(&mut apic, 0x32, DEADLINE_MODE | 0xec, 2000);
    apic.advance(2000);
    assert_eq!((apic.pending_vector(), apic.next_deadline()), (None, None));
    // Leaving the mode disarms.
    assert_eq!(apic.write_msr(TSC_DEADLINE, 5000, 2000), Ok(Effect::None));
    set(&mut apic, 0x32, 0xec, 2000);
    set(&mut apic, 0x32, DEADLINE_MODE | 0xec, 2000);
    assert_eq!(apic.next_deadline(), None);
}

#[test]
fn linux_measures_the_timer_against_the_tsc() {
    let mut apic = on();
    set(&mut apic, register::DIVIDE, 3, 0);
    set(&mut apic, 0x32, MASKED | 0xec, 0);
    set(&mut apic, register::INITIAL_COUNT, u32::MAX, 100);
    let before = get(&mut apic, register::CURRENT_COUNT, 1_000_100);
    let after = get(&mut apic, register::CURRENT_COUNT, 1_000_100 + TSC);
    assert_eq!(u64::from(before - after) * 16, TSC);
}

#[test]
fn one_shot_and_periodic_timers_count_down() {
    let mut apic = on();
    set(&mut apic, register::DIVIDE, 0xb, 0);
    set(&mut apic, 0x32, 0xec, 0);
    set(&mut apic, register::INITIAL_COUNT, 50_000, 0);
    assert_eq!(get(&mut apic, register::CURRENT_COUNT, 20_000), 30_000);
    assert_eq!(apic.next_deadline(), Some(50_000));
    apic.advance(50_000);
    assert_eq!((apic.pending_vector(), apic.next_deadline()), (Some(0xec), None));
    assert_eq!(get(&mut apic, register::CURRENT_COUNT, 60_000), 0);
    set(&mut apic, 0x32, PERIODIC | 0xec, 60_000);
    set(&mut apic, register::INITIAL_COUNT, 50_000, 60_000);
    apic.advance(110_000);
    assert_eq!(apic.next_deadline(), Some(160_000));
    apic.advance(1_000_000);
    assert_eq!(apic.next_deadline(), Some(1_010_000));
    assert_eq!(get(&mut apic, register::CURRENT_COUNT, 1_000_000), 10_000);
    set(&mut apic, register::INITIAL_COUNT, 0, 1_000_000);
    assert_eq!(apic.next_deadline(), None);
}

#[test]
fn commands_become_messages() {
    let mut apic = on();
    set(&mut apic, register::COMMAND_HIGH, 3 << 24, 0);
    let one = Destination::Physical(3);
    for (command, effect) in [
        (0x0000_00fd, send(one, Delivery::Fixed, 0xfd)),
        (0x0000_08fd, send(Destination::Logical(3), Delivery::Fixed, 0xfd)),
        (0x0000_0400, send(one, Delivery::NonMaskable, 0)),
        (0x0000_c500, send(one, Delivery::Init, 0)),
        (0x0000_8500, Effect::None),
        (0x0000_0699, send(one, Delivery::Startup, 0x99)),
        (0x000c_00fb, send(Destination::Others, Delivery::Fixed, 0xfb)),
        (0x0008_00fb, send(Destination::All, Delivery::Fixed, 0xfb)),
        (0x0000_0200, Effect::None),
    ] {
        assert_eq!(set(&mut apic, register::COMMAND, command, 0), effect, "{command:#x}");
    }
    assert_eq!(get(&mut apic, register::COMMAND_HIGH, 0), 3 << 24);
    assert_eq!(set(&mut apic, register::COMMAND, 0x0004_00f2, 0), Effect::None);
    assert_eq!(apic.pending_vector(), Some(0xf2));
}

#[test]
fn errors_are_shown_after_a_write_and_interrupt() {
    let mut apic = on();
    set(&mut apic, 0x37, 0xfe, 0);
    set(&mut apic, register::COMMAND, 0x0f, 0);
    assert_eq!(apic.pending_vector(), Some(0xfe));
    assert_eq!(get(&mut apic, register::ERROR_STATUS, 0), 0);
    apic.raise(3, false);
    set(&mut apic, register::ERROR_STATUS, 0, 0);
    assert_eq!(get(&mut apic, register::ERROR_STATUS, 0), 0x60);
    set(&mut apic, register::ERROR_STATUS, 0, 0);
    assert_eq!(get(&mut apic, register::ERROR_STATUS, 0), 0);
    get(&mut apic, 0x3d, 0);
    set(&mut apic, register::ERROR_STATUS, 0, 0);
    assert_eq!(get(&mut apic, register::ERROR_STATUS, 0), 0x80);
}

#[test]
fn the_modes_change_only_as_the_manual_allows() {
    const OFF: u64 = 0xfee0_0000;
    const ON: u64 = OFF | 1 << 11;
    const X2: u64 = ON | 1 << 10;
    for (from, to, legal) in [
        (OFF, ON, true),
        (OFF, X2, false),
        (ON, X2, true),
        (ON, OFF, true),
        (X2, ON, false),
        (X2, OFF, true),
        (X2, X2, true),
        (ON, OFF | 1 << 10, false),
        (ON, ON | 1, false),
        (ON, 0xfef0_0800, false),
        (ON, 1 << 40 | ON, false),
    ] {
        let mut apic = LocalApic::new(1, TSC);
        for step in if from == X2 { [ON, X2] } else { [ON, from] } {
            assert_eq!(apic.write_msr(APIC_BASE, step, 0), Ok(Effect::None));
        }
        let expected = if legal { Ok(Effect::None) } else { Err(GeneralProtection) };
        assert_eq!(apic.write_msr(APIC_BASE, to, 0), expected, "{from:#x} {to:#x}");
        assert_eq!(apic.read_msr(APIC_BASE, 0), Ok(if legal { to } else { from }));
    }
}

#[test]
fn registers_are_in_memory_or_msrs_never_both() {
    let mut apic = on();
    assert_eq!(apic.read_msr(X2APIC + 2, 0), Err(GeneralProtection));
    assert_eq!(x2(&mut apic, register::END_OF_INTERRUPT, 0), Err(GeneralProtection));
    let mut apic = x2apic(3);
    assert_eq!(apic.read_msr(X2APIC + 2, 0), Ok(3));
    assert_eq!(get(&mut apic, register::IDENTITY, 0), u32::MAX);
    set(&mut apic, register::TASK_PRIORITY, 0x50, 0);
    assert_eq!(apic.task_priority(), 0);
}

#[test]
fn in_x2apic_mode_reserved_bits_and_registers_fault() {
    let mut apic = x2apic(3);
    for (register, value) in [
        (register::TASK_PRIORITY, 0x100),
        (register::END_OF_INTERRUPT, 1),
        (register::IDENTITY, 3),
        (register::LOGICAL_DESTINATION, 0),
        (register::DESTINATION_FORMAT, 0),
        (register::COMMAND_HIGH, 0),
        (register::INITIAL_COUNT, 1 << 32),
        (register::CURRENT_COUNT, 0),
        (register::SELF_INTERRUPT, 0x100),
        (0x2f, 0),
    ] {
        assert_eq!(x2(&mut apic, register, value), Err(GeneralProtection), "{register:#x}");
    }
    for register in [
        register::END_OF_INTERRUPT,
        register::DESTINATION_FORMAT,
        register::COMMAND_HIGH,
        register::SELF_INTERRUPT,
        register::ARBITRATION_PRIORITY,
        0x2f,
    ] {
        assert_eq!(apic.read_msr(X2APIC + u32::from(register), 0), Err(GeneralProtection));
    }
    assert_eq!(apic.read_msr(X2APIC + 0x40, 0), Err(GeneralProtection));
    assert_eq!(apic.read_msr(0x1c, 0), Err(GeneralProtection));
}

#[test]
fn an_x2apic_sends_with_all_of_its_destination() {
    let mut apic = x2apic(3);
    let one = Destination::Physical(0x0100_0002);
    assert_eq!(
        x2(&mut apic, register::COMMAND, 0x0100_0002_0000_00fd),
        Ok(send(one, Delivery::Fixed, 0xfd))
    );
    assert_eq!(apic.read_msr(X2APIC + 0x30, 0), Ok(0x0100_0002_0000_00fd));
    assert_eq!(x2(&mut apic, register::SELF_INTERRUPT, 0xf3), Ok(Effect::None));
    assert_eq!(apic.pending_vector(), Some(0xf3));
}

#[test]
fn destinations_match_by_mode() {
    let mut apic = on();
    assert!(
        apic.is_meant(Destination::Physical(1)) && apic.is_meant(Destination::Physical(u32::MAX))
    );
    assert!(!apic.is_meant(Destination::Physical(0x101)));
    // Flat.
    set(&mut apic, register::LOGICAL_DESTINATION, 2 << 24, 0);
    assert_eq!(
        [1, 2, 3, 0xff, 0x102].map(|mask| apic.is_meant(Destination::Logical(mask))),
        [false, true, true, true, false]
    );
    // Clusters.
    set(&mut apic, register::DESTINATION_FORMAT, 0x0fff_ffff, 0);
    set(&mut apic, register::LOGICAL_DESTINATION, 0x12 << 24, 0);
    assert_eq!(
        [0x12, 0x13, 0x22, 0xf2, 0xf1].map(|mask| apic.is_meant(Destination::Logical(mask))),
        [true, true, false, true, false]
    );
    // x2APIC: the number tells cluster and bit.
    let mut apic = x2apic(0x13);
    assert_eq!(apic.read_msr(X2APIC + 0x0d, 0), Ok(0x1_0008));
    assert_eq!(
        [0x1_0008, 0x1_0018, 8, u32::MAX].map(|mask| apic.is_meant(Destination::Logical(mask))),
        [true, true, false, true]
    );
}

#[test]
fn init_resets_all_but_number_and_mode() {
    let mut apic = x2apic(3);
    apic.raise(0x55, true);
    apic.take(0x55);
    assert_eq!(apic.write_msr(X2APIC + 0x38, 1000, 0), Ok(Effect::None));
    apic.initialize();
    assert_eq!(
        (apic.end_of_interrupt(), apic.next_deadline(), apic.enabled()),
        (None, None, false)
    );
    assert_eq!(apic.read_msr(X2APIC + 2, 0), Ok(3));
    assert_eq!(apic.read_msr(X2APIC + 0x0d, 0), Ok(8));
}

#[test]
fn the_8259_passes_through_the_first_pin() {
    let mut apic = LocalApic::new(0, TSC);
    assert!(!apic.takes_external());
    apic.virtual_wire();
    assert!(apic.takes_external() && apic.enabled());
    set(&mut apic, 0x35, MASKED | 0x700, 0);
    assert!(!apic.takes_external());
    assert_eq!(apic.write_msr(APIC_BASE, 0xfee0_0000, 0), Ok(Effect::None));
    assert!(apic.takes_external());
}

proptest! {
    #[test]
    fn any_accesses_keep_priorities_in_order(
        modern: bool,
        steps in prop::collection::vec((0u8..6, any::<u8>(), any::<u64>(), 0usize..4), 0..300),
    ) {
        let mut apic = if modern { x2apic(2) } else { on() };
        let mut now = 0u64;
        for (what, register, value, width) in steps {
            now = now.saturating_add(value >> 32);
            match what {
                0 if modern => { let _ = apic.read_msr(X2APIC + u32::from(register & 0x3f), now); }
                1 if modern => { let _ = apic.write_msr(X2APIC + u32::from(register & 0x3f), value, now); }
                0 => { apic.read_memory(u64::from(register) << 4, Width::ALL[width], now); }
                1 => { apic.write_memory(u64::from(register & 0x3f) << 4, Width::ALL[width], value, now); }
                2 => apic.raise(register, value & 1 != 0),
                3 => { let _ = apic.write_msr(TSC_DEADLINE, value, now); }
                4 => if let Some(vector) = apic.pending_vector() {
                    prop_assert!(vector >= 16);
                    prop_assert!(apic.in_service.highest().is_none_or(|served| served >> 4 < vector >> 4));
                    prop_assert!(vector >> 4 > apic.task_priority >> 4);
                    prop_assert_eq!(apic.take_pending(), Some(vector));
                    prop_assert_eq!(apic.in_service.highest(), Some(vector));
                    let priority = apic.processor_priority();
                    apic.update_priority();
                    prop_assert_eq!(apic.processor_priority(), priority);
                },
                _ => { apic.end_of_interrupt(); }
            }
            apic.advance(now);
            if let Some(deadline) = apic.next_deadline() {
                prop_assert!(deadline > now || deadline == u64::MAX);
            }
        }
    }

    #[test]
    fn interrupts_are_neither_lost_nor_doubled(vectors in prop::collection::btree_set(16u8.., 0..60)) {
        let mut apic = on();
        vectors.iter().for_each(|vector| apic.raise(*vector, false));
        let mut taken = std::vec::Vec::new();
        while let Some(vector) = apic.pending_vector() {
            apic.take(vector);
            apic.end_of_interrupt();
            taken.push(vector);
        }
        prop_assert!(taken.iter().rev().eq(vectors.iter()));
    }
}
