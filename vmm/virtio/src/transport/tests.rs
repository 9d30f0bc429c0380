//! Negotiation, interrupts and access through configuration space.

use std::vec;

use cloister_device::{Raised, Width};

use super::*;
use crate::{
    random::{Entropy, Random},
    testing::{CONFIGURATION, Guest, MESSAGES, REGISTERS},
};

/// Bytes that count up.
#[derive(Default)]
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, into: &mut [u8]) -> usize {
        for byte in &mut *into {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        into.len()
    }
}

fn started() -> Guest<Random<Counting>> {
    Guest::started(Random::new(Counting::default()), EVENT_INDEX)
}

fn set_message(guest: &mut Guest<Random<Counting>>, entry: u64, data: u64) {
    for (field, value) in [(0, 0xfee0_0000), (4, 0), (8, data), (12, 0)] {
        let _ = guest.write(MESSAGES + 16 * entry + field, Width::Four, value);
    }
}

/// Follows the list of capabilities: kind and offset of virtio's.
fn capability(guest: &mut Guest<Random<Counting>>, kind: u64) -> u64 {
    let mut at = guest.read(CONFIGURATION + 0x34, Width::One);
    while at != 0 {
        let vendor = guest.read(CONFIGURATION + at, Width::One) == 9;
        if vendor && guest.read(CONFIGURATION + at + 3, Width::One) == kind {
            return at;
        }
        at = guest.read(CONFIGURATION + at + 1, Width::One);
    }
    0
}

#[test]
fn randomness_comes_in_pieces() {
    let mut guest = started();
    let head = guest.add(0, &[(0x10_0000, 3, true), (0x10_0010, 5, true)]);
    guest.kick(0);
    assert_eq!(guest.used(0), [(head, 8)]);
    assert_eq!(guest.bytes(0x10_0000, 3), [1, 2, 3]);
    assert_eq!(guest.bytes(0x10_0010, 5), [4, 5, 6, 7, 8]);
}

#[test]
fn capabilities_lead_to_the_structures() {
    let mut guest = started();
    for (kind, offset) in [(1, COMMON), (2, NOTIFY), (3, INTERRUPT_STATUS)] {
        let at = capability(&mut guest, kind);
        assert_eq!(guest.read(CONFIGURATION + at + 4, Width::One), 0, "register");
        assert_eq!(guest.read(CONFIGURATION + at + 8, Width::Four), offset);
    }
    assert_eq!(capability(&mut guest, 4), 0, "this kind has no configuration");
    assert_ne!(capability(&mut guest, 5), 0);
}

#[test]
fn messages_go_to_the_vector_of_the_queue() {
    let mut guest = started();
    set_message(&mut guest, 1, 0x51);
    let msix = guest.read(CONFIGURATION + 0x34, Width::One);
    let mut at = msix;
    while guest.read(CONFIGURATION + at, Width::One) != 0x11 {
        at = guest.read(CONFIGURATION + at + 1, Width::One);
    }
    let _ = guest.write(CONFIGURATION + at + 2, Width::Two, 0x8000);
    guest.common(0x1a, Width::Two, 2);
    assert_eq!(guest.read(REGISTERS + 0x1a, Width::Two), 0xffff, "there are only two");
    guest.common(0x1a, Width::Two, 1);
    assert_eq!(guest.read(REGISTERS + 0x1a, Width::Two), 1);
    guest.add(0, &[(0x10_0000, 3, true)]);
    guest.kick(0);
    assert_eq!(guest.raised(), [Raised::Message(0xfee0_0000, 0x51)]);
    assert_eq!(guest.read(REGISTERS + INTERRUPT_STATUS, Width::One), 0);
}

#[test]
fn the_pin_is_up_until_the_status_is_read() {
    let mut guest = started();
    guest.add(0, &[(0x10_0000, 3, true)]);
    guest.kick(0);
    assert_eq!(guest.raised(), [Raised::Line(17, true)]);
    assert_eq!(guest.read(CONFIGURATION + 6, Width::Two), 0x18);
    assert_eq!(guest.read(REGISTERS + INTERRUPT_STATUS, Width::One), 1);
    assert_eq!(guest.raised(), [Raised::Line(17, false)]);
    assert_eq!(guest.read(REGISTERS + INTERRUPT_STATUS, Width::One), 0);
}

#[test]
fn nothing_happens_before_the_driver_is_ready_or_without_bus_mastering() {
    let mut guest = Guest::new(Random::new(Counting::default()));
    guest.negotiate(VERSION_1);
    guest.set_queue(0, 16, [0x1_0000, 0x1_1000, 0x1_2000]);
    guest.add(0, &[(0x10_0000, 3, true)]);
    guest.kick(0);
    assert!(guest.used(0).is_empty());
    let _ = guest.write(CONFIGURATION + 4, Width::Two, 2);
    guest.common(0x14, Width::One, 15);
    assert!(guest.used(0).is_empty());
    let _ = guest.write(CONFIGURATION + 4, Width::Two, 6);
    assert_eq!(guest.used(0).len(), 1, "it looks as soon as it may");
}

#[test]
fn queues_are_set_up_after_agreement_only() {
    let mut guest = Guest::new(Random::new(Counting::default()));
    guest.set_queue(0, 16, [0x1_0000, 0x1_1000, 0x1_2000]);
    assert_eq!(guest.read(REGISTERS + 0x1c, Width::Two), 0);
    guest.negotiate(VERSION_1);
    guest.common(0x1c, Width::Two, 1);
    assert_eq!(guest.read(REGISTERS + 0x1c, Width::Two), 1);
    assert_eq!(guest.read(REGISTERS + 0x20, Width::Four), 0x1_0000);
}

#[test]
fn a_queue_that_cannot_be_stops_the_device() {
    let mut guest = Guest::new(Random::new(Counting::default()));
    guest.negotiate(VERSION_1);
    guest.set_queue(0, 16, [0x1_0001, 0x1_1000, 0x1_2000]);
    assert_eq!(guest.status(), 11 | u64::from(NEEDS_RESET));
    assert_eq!(guest.raised(), vec![], "no driver to tell yet");
}

#[test]
fn a_queue_that_does_not_exist_reads_as_zero() {
    let mut guest = started();
    for queue in [1, 2, 3, 0xffff] {
        guest.set_queue(queue, 16, [0x1_0000; 3]);
        assert_eq!(guest.read(REGISTERS + 0x16, Width::Two), queue);
        let fields = [0x18, 0x1c, 0x1e, 0x20].map(|at| guest.read(REGISTERS + at, Width::Two));
        assert_eq!(fields, [0; 4]);
    }
    assert_eq!(guest.status(), 15);
}

#[test]
fn registers_have_their_own_widths() {
    let mut guest = started();
    assert_eq!(guest.read(REGISTERS + 0x12, Width::Two), 1, "queues");
    guest.common(0x16, Width::Four, 5);
    guest.common(0x14, Width::Four, 0);
    assert_eq!(guest.status(), 15);
    assert_eq!(guest.read(REGISTERS + 0x13, Width::Two), 0);
    assert_eq!(guest.read(REGISTERS + 0x38, Width::Eight), 0);
}

#[test]
fn registers_are_reached_through_configuration_space() {
    let mut guest = started();
    let at = CONFIGURATION + capability(&mut guest, 5);
    let aim = |guest: &mut Guest<_>, bar, offset, length| {
        let _ = guest.write(at + 4, Width::One, bar);
        let _ = guest.write(at + 8, Width::Four, offset);
        let _ = guest.write(at + 12, Width::Four, length);
    };
    aim(&mut guest, 0, 0x14, 1);
    assert_eq!(guest.read(at + 16, Width::One), 15);
    guest.add(0, &[(0x10_0000, 3, true)]);
    aim(&mut guest, 0, NOTIFY, 2);
    let _ = guest.write(at + 16, Width::Two, 0);
    assert_eq!(guest.used(0).len(), 1, "a kick");
    aim(&mut guest, 0, INTERRUPT_STATUS, 1);
    assert_eq!(guest.read(at + 16, Width::Four), 1);
    assert_eq!(guest.raised(), [Raised::Line(17, true), Raised::Line(17, false)]);
    // What is nowhere does nothing.
    for (bar, offset, length) in
        [(0, 0x3fff, 2), (0, 0x14, 3), (0, 0x14, 8), (5, 0, 4), (0, u64::MAX, 4)]
    {
        aim(&mut guest, bar, offset, length);
        let _ = guest.write(at + 16, Width::Four, 0);
        let _ = guest.read(at + 16, Width::Four);
    }
    assert_eq!(guest.status(), 15);
}
