use std::vec;
use std::vec::Vec;

use cloister_device::{Interrupts, Width};
use proptest::prelude::*;

use super::*;
use crate::local_apic::GeneralProtection;

const TSC: u64 = 1_000_000_000;
const IO_APIC: u64 = 0xfec0_0000;
const LOCAL_APIC: u64 = 0xfee0_0000;
const END_OF_INTERRUPT: u32 = 0x80b;

const CONFIGURATION: Configuration = Configuration {
    ticks_per_second: TSC,
    unix_seconds: 1_767_225_600,
    memory_below: 256 << 20,
    memory_above: 0,
};

type Pc = Platform<2>;

fn outb(pc: &mut Pc, port: u16, value: u8) {
    pc.port_write(port, Width::One, value.into(), 0);
}

fn inb(pc: &mut Pc, port: u16) -> u8 {
    pc.port_read(port, Width::One, 0) as u8
}

/// A PC in which both local APICs are on, in x2APIC mode.
fn modern() -> Pc {
    let mut pc = Pc::new(CONFIGURATION);
    for processor in 0..2 {
        let base = pc.msr_read(processor, 0x1b, 0).expect("readable");
        pc.msr_write(processor, 0x1b, base | 0x400, 0).expect("legal");
        pc.msr_write(processor, 0x80f, 0x1ff, 0).expect("legal");
    }
    // No 8259.
    pc.msr_write(0, 0x835, 0x1_0000, 0).expect("legal");
    pc
}

fn route(pc: &mut Pc, input: u64, entry: u64) {
    for (number, value) in [(0x11, entry >> 32), (0x10, entry & 0xffff_ffff)] {
        assert!(pc.memory_write(0, IO_APIC, Width::Four, number + 2 * input, 0));
        assert!(pc.memory_write(0, IO_APIC + 0x10, Width::Four, value, 0));
    }
}

fn end(pc: &mut Pc, processor: usize) {
    pc.msr_write(processor, END_OF_INTERRUPT, 0, 0).expect("legal");
}

/// The 8259 pair as Linux sets it up, all open.
fn set_up_pair(pc: &mut Pc) {
    for (port, value) in [
        (0x20, 0x11),
        (0x21, 0x30),
        (0x21, 4),
        (0x21, 1),
        (0xa0, 0x11),
        (0xa1, 0x38),
        (0xa1, 2),
        (0xa1, 1),
    ] {
        outb(pc, port, value);
    }
}

/// 100 Hz in mode 2.
fn start_timer(pc: &mut Pc) {
    for (port, value) in [(0x43, 0x34), (0x40, 0x9c), (0x40, 0x2e)] {
        outb(pc, port, value);
    }
}

#[test]
fn the_timer_interrupts_through_the_8259_at_first() {
    let mut pc = Pc::new(CONFIGURATION);
    set_up_pair(&mut pc);
    assert_eq!(pc.next_deadline(0), None);
    start_timer(&mut pc);
    // The control word raises the output, which is an edge as on a real 8254.
    assert_eq!(pc.take_interrupt(0), Some(0x30));
    outb(&mut pc, 0x20, 0x60);
    for _ in 0..3 {
        let deadline = pc.next_deadline(0).expect("a deadline");
        pc.advance(deadline - 1);
        assert!(!pc.has_interrupt(0));
        pc.advance(deadline);
        assert_eq!(pc.take_attention() & 1, 1);
        assert_eq!(pc.take_interrupt(0), Some(0x30));
        assert!(!pc.has_interrupt(0));
        outb(&mut pc, 0x20, 0x60);
    }
    assert_eq!(pc.next_deadline(1), None);
}

#[test]
fn the_timer_interrupts_at_input_2_of_the_io_apic() {
    let mut pc = modern();
    start_timer(&mut pc);
    route(&mut pc, 2, 0x0100_0000_0000_0041);
    assert_eq!(pc.take_attention() & 0b10, 0);
    for _ in 0..3 {
        pc.advance(pc.next_deadline(0).expect("a deadline"));
        assert_eq!(pc.take_attention(), 0b10);
        assert_eq!((pc.take_interrupt(0), pc.take_interrupt(1)), (None, Some(0x41)));
        end(&mut pc, 1);
    }
}

#[test]
fn the_8259_interrupts_through_the_io_apic_too() {
    let mut pc = modern();
    set_up_pair(&mut pc);
    route(&mut pc, 0, 0x700);
    outb(&mut pc, 0x3fc, 8);
    for _ in 0..2 {
        outb(&mut pc, 0x3f9, 2);
        assert_eq!(pc.take_interrupt(0), Some(0x34));
        assert!(!pc.has_interrupt(0));
        outb(&mut pc, 0x3f9, 0);
        outb(&mut pc, 0x20, 0x64);
    }
}

#[test]
fn the_serial_port_interrupts_and_its_output_is_taken() {
    let mut pc = modern();
    route(&mut pc, 4, 0x44);
    for (port, value) in [(0x3fb, 3), (0x3fc, 8), (0x3fa, 1), (0x3f9, 1)] {
        outb(&mut pc, port, value);
    }
    outb(&mut pc, 0x3f8, b'!');
    let mut output = [0; 4];
    assert_eq!((pc.take_serial_output(&mut output), output[0]), (1, b'!'));
    assert_eq!(pc.push_serial_input(b"ab"), 2);
    assert_eq!(pc.take_interrupt(0), Some(0x44));
    assert_eq!((inb(&mut pc, 0x3f8), inb(&mut pc, 0x3f8)), (b'a', b'b'));
    end(&mut pc, 0);
    assert!(!pc.has_interrupt(0));
}

#[test]
fn each_byte_of_keyboard_and_mouse_interrupts() {
    let mut pc = modern();
    route(&mut pc, 1, 0x51);
    route(&mut pc, 12, 0x5c);
    // Both interrupts on; the mouse reports.
    for (port, value) in [(0x64, 0x60), (0x60, 0x47), (0x64, 0xd4), (0x60, 0xf4)] {
        outb(&mut pc, port, value);
    }
    assert!(pc.key(Key::Extended(0x48), true, 0));
    pc.mouse(1, 0, 0, 0);
    let mut seen = Vec::new();
    while let Some(vector) = pc.take_interrupt(0) {
        seen.push((vector, inb(&mut pc, 0x60)));
        end(&mut pc, 0);
    }
    assert_eq!(
        seen,
        [(0x5c, 0xfa), (0x51, 0xe0), (0x51, 0x48), (0x5c, 0x08), (0x5c, 1), (0x5c, 0)]
    );
    // The key is still held down.
    pc.advance(pc.next_deadline(0).expect("a repeat"));
    assert_eq!(pc.take_interrupt(0), Some(0x51));
}

#[test]
fn a_level_interrupts_again_after_its_end_until_it_falls() {
    let mut pc = modern();
    route(&mut pc, 17, 0x0100_0000_0000_8061);
    pc.line(17, true);
    for _ in 0..3 {
        assert_eq!(pc.take_interrupt(1), Some(0x61));
        assert!(!pc.has_interrupt(1));
        end(&mut pc, 1);
    }
    assert_eq!(pc.take_interrupt(1), Some(0x61));
    pc.line(17, false);
    end(&mut pc, 1);
    assert!(!pc.has_interrupt(1));
}

#[test]
fn the_power_button_is_a_level_at_input_9() {
    let mut pc = modern();
    route(&mut pc, 9, 0x8049);
    pc.port_write(0x602, Width::Two, 1 << 8, 0);
    pc.press_power_button();
    assert_eq!(pc.take_interrupt(0), Some(0x49));
    pc.port_write(0x600, Width::Two, 1 << 8, 0);
    end(&mut pc, 0);
    assert!(!pc.has_interrupt(0));
}

#[test]
fn lines_of_the_platforms_own_devices_are_not_for_others() {
    let mut pc = modern();
    route(&mut pc, 4, 0x44);
    route(&mut pc, 2, 0x42);
    for line in [0, 2, 4, 24, 255] {
        pc.line(line, true);
    }
    assert!(!pc.has_interrupt(0));
}

#[test]
fn a_devices_message_reaches_its_processor() {
    let mut pc = modern();
    pc.message(0xfee0_1000, 0x71);
    assert_eq!(pc.take_attention(), 0b10);
    assert_eq!((pc.take_interrupt(0), pc.take_interrupt(1)), (None, Some(0x71)));
    end(&mut pc, 1);
    // Logical, lowest priority: processor 0 is busy.
    pc.set_task_priority(0, 0x80);
    pc.message(0xfee0_300c, 0x171);
    assert_eq!((pc.take_interrupt(0), pc.take_interrupt(1)), (None, Some(0x71)));
    pc.message(0xfed0_1000, 0x72);
    assert_eq!(pc.take_attention(), 0b10);
}

#[test]
fn linux_starts_the_second_processor() {
    let mut pc = modern();
    assert!(!pc.waits_for_startup(0) && pc.waits_for_startup(1));
    // INIT, its de-assertion, two starts, to the second processor.
    for command in [0xc500, 0x8500, 0x0699, 0x0699] {
        pc.msr_write(0, 0x830, 1 << 32 | command, 0).expect("legal");
    }
    assert_eq!(pc.take_event(1), Some(Event::Init));
    assert_eq!(pc.take_event(1), Some(Event::Startup(0x99)));
    assert_eq!(pc.take_event(1), None);
    assert!(!pc.waits_for_startup(1) && !pc.has_event(0));
    // An NMI to all but itself.
    pc.msr_write(1, 0x830, 0xc_0400, 0).expect("legal");
    assert_eq!((pc.take_event(0), pc.take_event(1)), (Some(Event::NonMaskable), None));
    // INIT stops a processor that runs.
    pc.msr_write(0, 0x830, 1 << 32 | 0xc500, 0).expect("legal");
    assert!(pc.waits_for_startup(1));
}

#[test]
fn the_path_of_the_timer_interrupt() {
    let mut pc = modern();
    pc.msr_write(1, 0x832, 2 << 17 | 0xec, 0).expect("legal");
    let mut now = 0;
    for _ in 0..3 {
        pc.msr_write(1, 0x6e0, now + 1000, now).expect("legal");
        assert_eq!((pc.next_deadline(1), pc.next_deadline(0)), (Some(now + 1000), None));
        now += 1010;
        pc.advance_processor(1, now);
        assert!(pc.has_interrupt(1));
        assert_eq!(pc.take_interrupt(1), Some(0xec));
        end(&mut pc, 1);
    }
}

#[test]
fn requests_come_from_each_place() {
    let mut pc = modern();
    assert_eq!(pc.take_request(), None);
    outb(&mut pc, 0x64, 0xfe);
    assert_eq!(pc.take_request(), Some(Request::Reset));
    outb(&mut pc, 0xcf9, 6);
    assert_eq!(pc.take_request(), Some(Request::Reset));
    pc.port_write(0x604, Width::Two, 5 << 10 | 1 << 13, 0);
    assert_eq!(pc.take_request(), Some(Request::PowerOff));
    outb(&mut pc, 0xf4, 0x2a);
    assert_eq!(pc.take_request(), Some(Request::DebugExit(0x2a)));
    assert_eq!(pc.take_request(), None);
}

#[test]
fn where_nothing_is_all_ones_are_read_and_counted() {
    let mut pc = modern();
    assert_eq!(pc.port_read(0x1234, Width::Four, 0), 0xffff_ffff);
    pc.port_write(0xffff, Width::Four, 0, 0);
    assert_eq!(pc.unclaimed_accesses(), 2);
    outb(&mut pc, 0x80, 1);
    assert_eq!((pc.unclaimed_accesses(), inb(&mut pc, 0xed)), (2, 0xff));
    assert_eq!(pc.memory_read(0, 0xfed0_0000, Width::Four, 0), None);
    assert_eq!(pc.msr_read(2, 0x802, 0), Err(GeneralProtection));
    assert_eq!(pc.msr_read(0, 0xc000_0080, 0), Err(GeneralProtection));
}

#[test]
fn a_wider_access_is_one_of_each_byte() {
    let mut pc = modern();
    // Divisor latch on; both bytes of the divisor at once.
    outb(&mut pc, 0x3fb, 0x80);
    pc.port_write(0x3f8, Width::Two, 0x1234, 0);
    assert_eq!(pc.port_read(0x3f8, Width::Two, 0), 0x1234);
    // Index and data of the clock's memory at once.
    pc.port_write(0x70, Width::Two, 0x5a40, 0);
    assert_eq!(inb(&mut pc, 0x71), 0x5a);
    // The last byte of the range and one where nothing is.
    assert_eq!(pc.port_read(0x3ff, Width::Two, 0), 0xff00);
}

#[test]
fn each_processor_sees_its_own_local_apic() {
    let mut pc = Pc::new(CONFIGURATION);
    assert_eq!(pc.memory_read(0, LOCAL_APIC + 0x20, Width::Four, 0), Some(0));
    assert_eq!(pc.memory_read(1, LOCAL_APIC + 0x20, Width::Four, 0), Some(1 << 24));
    assert_eq!(pc.memory_read(2, LOCAL_APIC + 0x20, Width::Four, 0), None);
}

#[derive(Clone, Debug)]
enum Step {
    In(u16, usize),
    Out(u16, usize, u64),
    Load(u64, usize),
    Store(u64, usize, u64),
    ReadMsr(u32),
    WriteMsr(u32, u64),
    Line(u8, bool),
    Message(u64, u32),
    Take,
    Input(u8),
    Time(u64),
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let port = prop_oneof![
        any::<u16>(),
        prop::sample::select(vec![
            0x20, 0x21, 0x40, 0x41, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x92, 0xa0, 0xa1,
            0xf4, 0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x4d0, 0x4d1, 0x600, 0x602, 0x604,
            0x608, 0xcf9,
        ]),
    ];
    let address = prop_oneof![
        (0u64..0x40).prop_map(|number| LOCAL_APIC + number * 0x10),
        prop::sample::select(vec![IO_APIC, IO_APIC + 0x10, IO_APIC + 0x40]),
        any::<u64>(),
    ];
    let value = prop_oneof![any::<u64>(), 0u64..0x100, 0u64..0x1_0000];
    let msr = prop_oneof![0x800u32..0x840, Just(0x1b), Just(0x6e0), any::<u32>()];
    let step = prop_oneof![
        (port.clone(), 0usize..4).prop_map(|(port, width)| Step::In(port, width)),
        (port, 0usize..4, value.clone())
            .prop_map(|(port, width, value)| Step::Out(port, width, value)),
        (address.clone(), 0usize..4).prop_map(|(address, width)| Step::Load(address, width)),
        (address, 0usize..4, value.clone())
            .prop_map(|(address, width, value)| Step::Store(address, width, value)),
        msr.clone().prop_map(Step::ReadMsr),
        (msr, value).prop_map(|(msr, value)| Step::WriteMsr(msr, value)),
        (0u8..32, any::<bool>()).prop_map(|(line, level)| Step::Line(line, level)),
        (0u64..0x10_0000, any::<u32>())
            .prop_map(|(low, data)| Step::Message(LOCAL_APIC | low, data)),
        Just(Step::Take),
        any::<u8>().prop_map(Step::Input),
        prop_oneof![0u64..10_000, 0..100 * TSC].prop_map(Step::Time),
    ];
    prop::collection::vec((0usize..3, step), 0..200)
}

proptest! {
    #[test]
    fn whatever_a_guest_does_the_platform_goes_on(steps in steps(), modern_mode: bool) {
        let mut pc = if modern_mode { modern() } else { Pc::new(CONFIGURATION) };
        let mut now = 0u64;
        for (processor, step) in steps {
            match step {
                Step::In(port, width) => {
                    let width = Width::ALL[width];
                    prop_assert_eq!(pc.port_read(port, width, now) & !width.mask(), 0);
                }
                Step::Out(port, width, value) => pc.port_write(port, Width::ALL[width], value, now),
                Step::Load(address, width) => {
                    let width = Width::ALL[width];
                    let value = pc.memory_read(processor, address, width, now);
                    prop_assert_eq!(value.unwrap_or(0) & !width.mask(), 0);
                }
                Step::Store(address, width, value) => {
                    pc.memory_write(processor, address, Width::ALL[width], value, now);
                }
                Step::ReadMsr(msr) => { let _ = pc.msr_read(processor, msr, now); }
                Step::WriteMsr(msr, value) => { let _ = pc.msr_write(processor, msr, value, now); }
                Step::Line(line, level) => pc.line(line, level),
                Step::Message(address, data) => pc.message(address, data),
                Step::Take => {
                    let had = pc.has_interrupt(processor);
                    prop_assert_eq!(pc.take_interrupt(processor).is_some(), had);
                    while pc.take_event(processor).is_some() {}
                    let _ = (pc.take_attention(), pc.take_request(), pc.take_serial_output(&mut [0; 9]));
                }
                Step::Input(byte) => {
                    pc.push_serial_input(&[byte]);
                    pc.key(Key::Plain(byte), byte & 1 != 0, now);
                    pc.mouse(byte.into(), 0, 0, byte);
                    pc.press_power_button();
                }
                Step::Time(ticks) => now += ticks,
            }
            // What is due is done, and then is not due any more.
            pc.advance(now);
            for processor in 0..2 {
                prop_assert!(pc.next_deadline(processor).is_none_or(|deadline| deadline > now));
            }
        }
    }
}
