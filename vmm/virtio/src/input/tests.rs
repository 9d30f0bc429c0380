//! Events as a driver gets them.

use std::vec::Vec;

use cloister_device::Width;

use super::*;
use crate::{queue::Malformed, testing::Guest, transport::NEEDS_RESET};

const BUFFER: u64 = 0x10_0000;

/// Gives the device buffers and returns the events in those that come back.
fn events(guest: &mut Guest<Input>, buffers: u64) -> Vec<(u16, u16, i32)> {
    for index in 0..buffers {
        guest.add(0, &[(BUFFER + 8 * index, 8, true)]);
    }
    guest.kick(0);
    guest.process();
    let used = guest.used(0).len();
    guest
        .bytes(BUFFER, 8 * used)
        .chunks(8)
        .map(|event| {
            let field = |at| u16::from_le_bytes([event[at], event[at + 1]]);
            let value = i32::from_le_bytes([event[4], event[5], event[6], event[7]]);
            (field(0), field(2), value)
        })
        .collect()
}

#[test]
fn keys_become_reports() {
    let mut guest = Guest::started(Input::new(Kind::Keyboard), 0);
    guest.device().key(30, true);
    guest.device().key(30, false);
    guest.device().key(0x110, true);
    guest.device().report();
    assert_eq!(events(&mut guest, 8), [(1, 30, 1), (0, 0, 0), (1, 30, 0), (0, 0, 0)]);
}

#[test]
fn a_mouse_moves_in_one_report() {
    let mut guest = Guest::started(Input::new(Kind::Mouse), 0);
    guest.device().relative(Axis::X, 3);
    guest.device().relative(Axis::X, 4);
    guest.device().relative(Axis::Wheel, -1);
    guest.device().absolute(Axis::X, 5);
    guest.device().key(0x110, true);
    guest.device().report();
    assert_eq!(events(&mut guest, 8), [(2, 0, 7), (2, 8, -1), (1, 0x110, 1), (0, 0, 0)]);
}

#[test]
fn a_tablet_says_where_it_is() {
    let mut guest = Guest::started(Input::new(Kind::Tablet), 0);
    guest.device().absolute(Axis::X, 0);
    guest.device().absolute(Axis::Y, u32::MAX);
    guest.device().absolute(Axis::Wheel, 1);
    guest.device().report();
    assert_eq!(events(&mut guest, 8), [(3, 0, 0), (3, 1, 0x7fff), (0, 0, 0)]);
}

#[test]
fn no_key_stays_down_when_the_driver_is_slow() {
    let mut guest = Guest::started(Input::new(Kind::Keyboard), 0);
    for _ in 0..100 {
        for code in 1..=60 {
            guest.device().key(code, true);
            guest.device().report();
        }
        for code in 1..=60 {
            guest.device().key(code, false);
            guest.device().report();
        }
    }
    let mut pressed = [false; 256];
    for _ in 0..40 {
        for (kind, code, value) in events(&mut guest, 8) {
            if kind == 1 {
                pressed[usize::from(code)] = value == 1;
            }
        }
    }
    assert_eq!(pressed, [false; 256]);
    assert!(events(&mut guest, 1).is_empty());
}

#[test]
fn a_new_driver_gets_what_is_held_down_only() {
    let mut guest = Guest::new(Input::new(Kind::Mouse));
    guest.device().key(0x111, true);
    guest.device().relative(Axis::X, 100);
    guest.device().report();
    let device = guest.device().clone();
    let mut guest = Guest::started(device, 0);
    assert_eq!(events(&mut guest, 8), [(1, 0x111, 1), (0, 0, 0)]);
}

#[test]
fn lights_are_swallowed() {
    let mut guest = Guest::started(Input::new(Kind::Keyboard), 0);
    let head = guest.add(1, &[(BUFFER, 8, false)]);
    guest.kick(1);
    assert_eq!(guest.used(1), [(head, 0)]);
}

#[test]
fn a_buffer_too_small_for_an_event_stops_the_device() {
    let mut guest = Guest::started(Input::new(Kind::Keyboard), 0);
    guest.add(0, &[(BUFFER, 7, true)]);
    guest.device().key(1, true);
    guest.process();
    assert_ne!(guest.status() & u64::from(NEEDS_RESET), 0);
    assert_eq!(guest.bus.function(1).unwrap().take_fault(), Some(Malformed::Room));
}

#[test]
fn the_configuration_answers_through_the_bus() {
    let mut guest = Guest::new(Input::new(Kind::Keyboard));
    let _ = guest.write(crate::testing::REGISTERS + 0x2000, Width::One, 1);
    assert_eq!(guest.configuration(2, Width::One), 25);
    assert_eq!(guest.configuration(8, Width::Four), u64::from(u32::from_le_bytes(*b"Cloi")));
}
