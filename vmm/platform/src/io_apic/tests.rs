use proptest::prelude::*;

use super::*;
use crate::message::{Delivery, Destination};

fn write(apic: &mut IoApic, number: u8, value: u32) {
    apic.write(offset::SELECT, Width::Four, number.into());
    apic.write(offset::WINDOW, Width::Four, value.into());
}

fn read(apic: &mut IoApic, number: u8) -> u32 {
    apic.write(offset::SELECT, Width::Four, number.into());
    apic.read(offset::WINDOW, Width::Four) as u32
}

fn entry(apic: &mut IoApic, input: u8, value: u64) {
    write(apic, 0x11 + 2 * input, (value >> 32) as u32);
    write(apic, 0x10 + 2 * input, value as u32);
}

fn vector(apic: &mut IoApic) -> Option<u8> {
    apic.take_message().map(|message| message.vector)
}

#[test]
fn linux_reads_its_version_and_masks_all_entries() {
    let mut apic = IoApic::new();
    assert_eq!(read(&mut apic, 1), 0x0017_0020);
    for input in 0..24 {
        assert_eq!(read(&mut apic, 0x10 + 2 * input), 0x1_0000);
    }
    write(&mut apic, 0, 0x0200_0000);
    assert_eq!((read(&mut apic, 0), read(&mut apic, 0x40)), (0x0200_0000, u32::MAX));
}

#[test]
fn an_edge_is_one_message() {
    let mut apic = IoApic::new();
    entry(&mut apic, 4, 0x0200_0000_0000_0031);
    apic.line(4, true);
    apic.line(4, true);
    let message = apic.take_message().expect("a message");
    assert_eq!(message.destination, Destination::Physical(2));
    assert_eq!(
        (message.delivery, message.vector, message.level_triggered),
        (Delivery::Fixed, 0x31, false)
    );
    assert_eq!(apic.take_message(), None);
    apic.line(4, false);
    apic.line(4, true);
    assert_eq!(vector(&mut apic), Some(0x31));
}

#[test]
fn an_edge_at_a_masked_input_is_lost() {
    let mut apic = IoApic::new();
    entry(&mut apic, 4, 0x1_0031);
    apic.line(4, true);
    entry(&mut apic, 4, 0x31);
    assert_eq!(apic.take_message(), None);
}

#[test]
fn a_level_interrupts_again_after_its_end_until_it_falls() {
    let mut apic = IoApic::new();
    entry(&mut apic, 9, 0x8039);
    apic.line(9, true);
    assert_eq!(vector(&mut apic), Some(0x39));
    assert_eq!(read(&mut apic, 0x10 + 18) & 0x4000, 0x4000);
    apic.line(9, true);
    assert_eq!(vector(&mut apic), None);
    apic.end_of_interrupt(0x38);
    assert_eq!(vector(&mut apic), None);
    apic.end_of_interrupt(0x39);
    assert_eq!(vector(&mut apic), Some(0x39));
    apic.line(9, false);
    apic.write(offset::END_OF_INTERRUPT, Width::Four, 0x39);
    assert_eq!(vector(&mut apic), None);
    assert_eq!(read(&mut apic, 0x10 + 18) & 0x4000, 0);
}

#[test]
fn a_level_waits_behind_the_mask() {
    let mut apic = IoApic::new();
    entry(&mut apic, 9, 0x1_8039);
    apic.line(9, true);
    assert_eq!(vector(&mut apic), None);
    entry(&mut apic, 9, 0x8039);
    assert_eq!(vector(&mut apic), Some(0x39));
}

#[test]
fn making_an_entry_an_edge_ends_its_interrupt() {
    let mut apic = IoApic::new();
    entry(&mut apic, 9, 0x8039);
    apic.line(9, true);
    assert_eq!(vector(&mut apic), Some(0x39));
    entry(&mut apic, 9, 0x1_0039);
    entry(&mut apic, 9, 0x8039);
    assert_eq!(vector(&mut apic), Some(0x39));
}

#[test]
fn two_inputs_of_one_vector_end_together() {
    let mut apic = IoApic::new();
    entry(&mut apic, 16, 0x8050);
    entry(&mut apic, 17, 0x8050);
    apic.line(16, true);
    apic.line(17, true);
    assert_eq!(
        [vector(&mut apic), vector(&mut apic), vector(&mut apic)],
        [Some(0x50), Some(0x50), None]
    );
    apic.line(17, false);
    apic.end_of_interrupt(0x50);
    assert_eq!([vector(&mut apic), vector(&mut apic)], [Some(0x50), None]);
}

proptest! {
    #[test]
    fn no_level_is_sent_twice_before_its_end(
        steps in prop::collection::vec((0u8..5, any::<u8>(), any::<u32>(), 0usize..4), 0..400),
    ) {
        let mut apic = IoApic::new();
        for (what, number, value, width) in steps {
            match what {
                0 => apic.line(number & 0x1f, value & 1 != 0),
                1 => apic.end_of_interrupt(number),
                2 => apic.write(u64::from(number & 0x70), Width::ALL[width], value.into()),
                3 => prop_assert!(apic.read(number.into(), Width::ALL[width]) <= Width::ALL[width].mask()),
                _ => write(&mut apic, number & 0x3f, value),
            }
            let before = apic.entries;
            let mut count = 0;
            while let Some(message) = apic.take_message() {
                count += 1;
                if message.level_triggered {
                    let newly = before.iter().zip(apic.entries).filter(|(a, b)| a.open_level() && !b.open_level());
                    prop_assert!(newly.count() > 0);
                }
            }
            prop_assert!(count <= 24);
        }
    }
}
