//! Bytes in both directions.

use std::vec;

use cloister_device::{GuestMemory, Raised, Width};

use super::*;
use crate::testing::Guest;

const BUFFER: u64 = 0x10_0000;

fn guest() -> Guest<Console> {
    Guest::started(Console::new(80, 25), 1)
}

#[test]
fn output_arrives_in_order() {
    let mut guest = guest();
    guest.memory.write(BUFFER, b"hello, world").unwrap();
    let head = guest.add(1, &[(BUFFER, 7, false), (BUFFER + 7, 5, false)]);
    guest.kick(1);
    let mut output = [0; 64];
    assert_eq!(guest.device().take_output(&mut output), 12);
    assert_eq!(&output[..12], b"hello, world");
    assert_eq!(guest.used(1), [(head, 0)]);
    assert_eq!(guest.raised(), [Raised::Line(17, true)]);
}

#[test]
fn output_waits_while_nobody_takes_it() {
    let mut guest = guest();
    let long = vec![b'x'; OUTPUT + 100];
    guest.memory.write(BUFFER, &long).unwrap();
    guest.add(1, &[(BUFFER, long.len() as u32, false)]);
    guest.kick(1);
    assert!(guest.used(1).is_empty());
    let mut output = vec![0; OUTPUT * 2];
    assert_eq!(guest.device().take_output(&mut output), OUTPUT);
    guest.process();
    assert_eq!(guest.device().take_output(&mut output), 100);
    assert_eq!(guest.used(1).len(), 1);
}

#[test]
fn a_reset_forgets_half_taken_output() {
    let mut guest = guest();
    guest.add(1, &[(BUFFER, OUTPUT as u32 + 1, false)]);
    guest.kick(1);
    guest.common(0x14, Width::One, 0);
    let mut output = vec![0; OUTPUT * 2];
    assert_eq!(guest.device().take_output(&mut output), OUTPUT);
    guest.process();
    assert_eq!(guest.device().take_output(&mut output), 0);
}

#[test]
fn input_fills_the_drivers_buffers() {
    let mut guest = guest();
    let first = guest.add(0, &[(BUFFER, 4, true)]);
    let second = guest.add(0, &[(BUFFER + 16, 16, true)]);
    guest.kick(0);
    assert!(guest.used(0).is_empty());
    assert_eq!(guest.device().put_input(b"keys typed"), 10);
    guest.process();
    assert_eq!(guest.used(0), [(first, 4), (second, 6)]);
    assert_eq!(
        (guest.bytes(BUFFER, 4), guest.bytes(BUFFER + 16, 6)),
        (b"keys".to_vec(), b" typed".to_vec())
    );
    assert_eq!(guest.device().put_input(&[0; INPUT + 1]), INPUT, "the rest does not fit");
}

#[test]
fn a_new_size_is_told() {
    let mut guest = guest();
    assert_eq!(guest.configuration(0, Width::Four), 25 << 16 | 80);
    guest.device().resize(132, 50);
    guest.process();
    assert_eq!(guest.raised(), [Raised::Line(17, true)]);
    assert_eq!(guest.configuration(0, Width::Two), 132);
    assert_eq!(guest.read(crate::testing::REGISTERS + 0x15, Width::One), 1, "generation");
    assert_eq!(guest.read(crate::testing::REGISTERS + 0x1000, Width::One), 2, "interrupt status");
    assert_eq!(guest.raised(), [Raised::Line(17, false)]);
    guest.device().resize(132, 50);
    guest.process();
    assert!(guest.raised().is_empty());
}
