use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

fn loopback(uart: &mut Serial) {
    uart.write(4, control::LOOPBACK | control::OUT_2 | control::REQUEST_TO_SEND);
}

#[test]
fn linux_takes_it_for_a_plain_16550a() {
    let mut uart = Serial::new();
    // Interrupt enable holds four bits.
    uart.write(1, 0);
    assert_eq!(uart.read(1), 0);
    uart.write(1, 0xff);
    assert_eq!(uart.read(1), 0x0f);
    uart.write(1, 0);
    // Loopback shows request-to-send and out 2 as clear-to-send and carrier.
    loopback(&mut uart);
    assert_eq!(uart.read(6) & 0xf0, 0x90);
    uart.write(4, 0);
    // FIFOs answer, and neither an enhanced feature register nor 64 bytes are there.
    uart.write(2, 1);
    assert_eq!(uart.read(2) >> 6, 3);
    for line_control in [0xbf, 0x80] {
        uart.write(3, line_control);
        assert_ne!(uart.read(2), 0);
    }
    uart.write(3, 0);
    uart.write(2, 0x21);
    assert_eq!(uart.read(2) >> 5, 6);
    uart.write(3, 0x80);
    uart.write(2, 0x21);
    assert_eq!(uart.read(2) >> 5, 6);
}

#[test]
fn an_idle_transmitter_interrupts_each_time_it_is_asked_to() {
    let mut uart = Serial::new();
    uart.write(4, control::OUT_2);
    for _ in 0..2 {
        uart.write(1, enable::TRANSMITTER_EMPTY);
        assert!(uart.irq());
        assert_eq!(uart.read(2), identification::TRANSMITTER_EMPTY);
        assert!(!uart.irq());
        assert_eq!(uart.read(2), identification::NONE);
        uart.write(1, 0);
    }
    assert_eq!(uart.read(5), line::HOLDING_EMPTY | line::TRANSMITTER_EMPTY);
}

#[test]
fn output_is_what_the_guest_sent_in_order() {
    let mut uart = Serial::new();
    uart.write(3, 3);
    for byte in *b"hello" {
        uart.write(0, byte);
    }
    let mut taken = [0; 3];
    assert_eq!((uart.take_output(&mut taken), &taken), (3, b"hel"));
    assert_eq!((uart.take_output(&mut taken), &taken[..2]), (2, b"lo".as_slice()));
    assert!(!uart.has_output());
}

#[test]
fn a_full_output_keeps_the_transmitter_busy_until_the_monitor_drains_it() {
    let mut uart = Serial::new();
    uart.write(3, 3);
    uart.write(4, control::OUT_2);
    uart.write(1, enable::TRANSMITTER_EMPTY);
    for _ in 0..OUTPUT_SIZE {
        assert_ne!(uart.read(5) & line::HOLDING_EMPTY, 0);
        uart.write(0, b'x');
    }
    assert_eq!(uart.read(5), 0);
    assert!(!uart.irq());
    uart.write(0, b'y');
    assert_eq!(uart.lost_output(), 1);
    assert_eq!(uart.take_output(&mut [0; 1]), 1);
    assert_ne!(uart.read(5) & line::HOLDING_EMPTY, 0);
    assert!(uart.irq());
}

#[test]
fn input_interrupts_until_it_is_read_and_never_overruns() {
    let mut uart = Serial::new();
    uart.write(4, control::OUT_2);
    uart.write(1, enable::RECEIVED);
    uart.write(2, 0x81);
    assert_eq!(uart.push_input(&[7; INPUT_SIZE * 2]), INPUT_SIZE);
    // What went to the receiver made room.
    assert_eq!(uart.push_input(&[7; INPUT_SIZE * 2]), FIFO_SIZE);
    for _ in 0..INPUT_SIZE + FIFO_SIZE {
        assert!(uart.irq());
        assert_eq!(uart.read(5) & (line::DATA_READY | line::OVERRUN), line::DATA_READY);
        assert_eq!(uart.read(0), 7);
    }
    assert!(!uart.irq());
    assert_eq!(uart.read(0), 0);
}

#[test]
fn fewer_bytes_than_the_trigger_are_told_as_a_timeout() {
    let mut uart = Serial::new();
    uart.write(1, enable::RECEIVED);
    uart.write(2, 0xc1);
    uart.push_input(&[1]);
    assert_eq!(uart.read(2), identification::CHARACTER_TIMEOUT | identification::FIFOS_ENABLED);
    uart.push_input(&[1; 13]);
    assert_eq!(uart.read(2), identification::RECEIVED | identification::FIFOS_ENABLED);
}

#[test]
fn the_seventeenth_byte_of_a_loopback_overruns_once() {
    let mut uart = Serial::new();
    uart.write(3, 3);
    uart.write(2, 1);
    loopback(&mut uart);
    for byte in 0..17 {
        uart.write(0, byte);
    }
    assert_ne!(uart.read(5) & line::OVERRUN, 0);
    assert_eq!(uart.read(5) & line::OVERRUN, 0);
    assert!((0..16).all(|byte| uart.read(0) == byte));
    assert!(!uart.has_output());
}

#[test]
fn loopback_and_a_low_out_2_hold_the_interrupt_back() {
    let mut uart = Serial::new();
    uart.write(1, enable::TRANSMITTER_EMPTY);
    assert!(!uart.irq());
    uart.write(4, control::OUT_2 | control::LOOPBACK);
    assert!(!uart.irq());
    uart.write(4, control::OUT_2);
    assert!(uart.irq());
}

/// What both models do: vm-superio is always ready and knows no FIFO control.
#[derive(Clone, Debug)]
enum Step {
    Read(u8),
    Write(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let read = prop_oneof![Just(0u8), Just(1), Just(3), Just(4), Just(7)].prop_map(Step::Read);
    // Eight data bits; interrupt enable within its four bits; modem control with or without loopback.
    let write = prop_oneof![
        any::<u8>().prop_map(|value| Step::Write(0, value)),
        (0..16u8).prop_map(|value| Step::Write(1, value)),
        prop_oneof![Just(0x03), Just(0x83)].prop_map(|value| Step::Write(3, value)),
        prop_oneof![Just(0x0b), Just(0x1b)].prop_map(|value| Step::Write(4, value)),
        any::<u8>().prop_map(|value| Step::Write(7, value)),
    ];
    prop::collection::vec(prop_oneof![read, write], 0..60)
}

struct Silent;

impl vm_superio::Trigger for Silent {
    type E = std::convert::Infallible;

    fn trigger(&self) -> Result<(), Self::E> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn registers_and_output_agree_with_another_model(steps in steps()) {
        let mut uart = Serial::new();
        uart.write(3, 3);
        uart.write(2, 1);
        let mut sent = Vec::new();
        {
            let mut oracle = vm_superio::Serial::new(Silent, &mut sent);
            oracle.write(3, 3).expect("writes to memory");
            oracle.write(0, 0).expect("writes to memory");
            uart.write(0, 0);
            // Its divisor starts as that of 9,600 baud.
            for (offset, value) in [(3, 0x83), (0, 1), (1, 0), (3, 3), (4, 0)] {
                oracle.write(offset, value).expect("writes to memory");
                uart.write(offset.into(), value);
            }
            let mut waiting = 0;
            for step in steps {
                match step {
                    Step::Read(offset) => {
                        prop_assert_eq!(uart.read(offset.into()), oracle.read(offset));
                        if offset == 0 {
                            waiting = uart.received.len();
                        }
                    }
                    // Past the FIFO's 16 bytes the other model takes more in loopback.
                    Step::Write(0, _) if uart.loopback() && waiting >= FIFO_SIZE => {}
                    Step::Write(offset, value) => {
                        prop_assert!(oracle.write(offset, value).is_ok());
                        uart.write(offset.into(), value);
                        waiting = uart.received.len();
                    }
                }
            }
        }
        let mut output = vec![0; OUTPUT_SIZE];
        let count = uart.take_output(&mut output);
        prop_assert_eq!(&output[..count], sent.as_slice());
    }

    #[test]
    fn any_accesses_leave_it_bounded(accesses in prop::collection::vec((0u16..9, any::<u8>(), 0..4), 0..400)) {
        let mut uart = Serial::new();
        for (offset, value, what) in accesses {
            match what {
                0 => { uart.read(offset); }
                1 => { uart.push_input(&[value; 40]); }
                2 => { uart.take_output(&mut [0; 5]); }
                _ => uart.write(offset, value),
            }
            prop_assert!(uart.received.len() <= FIFO_SIZE);
            // A receiver with room means that no input waits, but for loopback.
            prop_assert!(uart.loopback() || uart.input.is_empty() || uart.received.len() >= uart.capacity());
            prop_assert_eq!(uart.irq() && uart.modem_control & control::OUT_2 == 0, false);
        }
    }
}

#[test]
fn a_break_is_told_once_when_it_begins() {
    let mut serial = Serial::new();
    serial.write(3, 0x03);
    assert!(!serial.take_break());
    serial.write(3, 0x43);
    serial.write(3, 0x43);
    assert_eq!((serial.take_break(), serial.take_break()), (true, false));
    serial.write(3, 0x03);
    assert!(!serial.take_break());
    serial.write(3, 0x43);
    assert!(serial.take_break());
}
