//! The bus, as a guest enumerates it.

use cloister_device::{GuestMemory, HostMemory, Raised, Recorder, SharedBytes, Width};

use super::*;
use crate::{
    Environment, Progress,
    console::Console,
    network::{HEAD, Link, RECORD, Sent},
    peripheral::Peripheral,
    queue::{Cursor, Malformed},
    random::{Entropy, Random},
    testing::LAYOUT,
    transport::Virtio,
};

#[derive(Debug)]
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&mut self, _: &mut [u8]) -> usize {
        0
    }
}

#[derive(Debug)]
enum Never {}

impl crate::block::Disk for Never {
    fn size(&self) -> u64 {
        match *self {}
    }
    fn is_read_only(&self) -> bool {
        match *self {}
    }
    fn read(&self, _: u64, _: u64) -> Result<crate::block::Run<'_>, crate::block::DiskError> {
        match *self {}
    }
    fn write(&mut self, _: u64, _: u64) -> Result<&mut [u8], crate::block::DiskError> {
        match *self {}
    }
    fn flush(&mut self) -> Result<(), crate::block::DiskError> {
        match *self {}
    }
}

impl crate::channel::Bell for Never {
    fn ring(&mut self) {
        match *self {}
    }
}

impl Link for Never {
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        _: &mut [u8],
        _: &Cursor<'_>,
        _: &M,
    ) -> Result<Sent, Malformed> {
        match *self {}
    }
    fn look(&mut self, _: &mut [u8; HEAD]) -> Option<usize> {
        match *self {}
    }
    fn rest(&self) -> [SharedBytes<'_>; 2] {
        match *self {}
    }
    fn pass(&mut self) -> bool {
        match *self {}
    }
    fn take(&mut self) -> Option<usize> {
        match *self {}
    }
    fn room(&mut self) -> &mut [u8; RECORD] {
        match *self {}
    }
}

struct Machine {
    bus: Bus<Peripheral<Never, Never, NoEntropy, Never>, 8>,
    memory: HostMemory,
    recorder: Recorder,
}

impl Machine {
    fn new() -> Self {
        let mut bus = Bus::new(LAYOUT);
        bus.insert(0, Peripheral::HostBridge(HostBridge::new())).unwrap();
        bus.insert(1, Peripheral::Console(Virtio::new(Console::new(80, 25)))).unwrap();
        bus.insert(5, Peripheral::Random(Virtio::new(Random::new(NoEntropy)))).unwrap();
        Self { bus, memory: HostMemory::new(4096), recorder: Recorder::default() }
    }

    fn read(&mut self, address: u64, width: Width) -> u64 {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        self.bus.read(address, width, &mut environment)
    }

    fn write(&mut self, address: u64, width: Width, value: u64) {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        assert_eq!(self.bus.write(address, width, value, &mut environment), Progress::Done);
    }

    fn port_read(&mut self, port: u16, width: Width) -> u64 {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        self.bus.read_port(port, width, &mut environment)
    }

    fn port_write(&mut self, port: u16, width: Width, value: u64) {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        self.bus.write_port(port, width, value, &mut environment);
    }
}

#[test]
fn both_mechanisms_show_the_same() {
    let mut machine = Machine::new();
    for slot in 0..32 {
        for offset in (0..256).step_by(4) {
            machine.port_write(ADDRESS_PORT, Width::Four, 0x8000_0000 | slot << 11 | offset);
            let port = machine.port_read(DATA_PORT, Width::Four);
            let memory = machine.read(LAYOUT.ecam + (slot << 15) + offset, Width::Four);
            assert_eq!(port, memory, "slot {slot} offset {offset:#x}");
        }
    }
}

#[test]
fn functions_are_where_they_were_put() {
    let mut machine = Machine::new();
    let found: [u64; 32] =
        core::array::from_fn(|slot| machine.read(LAYOUT.ecam + ((slot as u64) << 15), Width::Four));
    for (slot, identity) in found.into_iter().enumerate() {
        let expected = match slot {
            0 => 0x0001_1209,
            1 => 0x1043_1af4,
            5 => 0x1044_1af4,
            _ => 0xffff_ffff,
        };
        assert_eq!(identity, expected, "slot {slot}");
    }
    assert_eq!(machine.read(LAYOUT.ecam + 0x1000, Width::Four), 0xffff_ffff, "function 1");
    assert_eq!(machine.read(LAYOUT.ecam + 0x100, Width::Four), 0xffff_ffff, "extended space");
    assert_eq!(machine.read(LAYOUT.ecam, Width::Eight), u64::MAX);
    assert_eq!(machine.read(LAYOUT.ecam + 0x8000 + 0x3c, Width::Two), 0x0111, "pin A, line 17");
}

#[test]
fn memory_answers_when_it_may_and_where_it_is_moved() {
    let mut machine = Machine::new();
    let (at, registers) = (LAYOUT.ecam + (1 << 15), LAYOUT.low.base);
    assert_eq!(machine.read(registers + 0x12, Width::Two), 0xffff, "memory space is off");
    machine.write(at + 4, Width::Two, 2);
    assert_eq!(machine.read(registers + 0x12, Width::Two), 2);
    let moved = LAYOUT.low.base + 0x8_0000;
    machine.write(at + 0x10, Width::Four, moved);
    assert_eq!(machine.read(registers + 0x12, Width::Two), 0xffff);
    assert_eq!(machine.read(moved + 0x12, Width::Two), 2);
    machine.write(at + 0x10, Width::Four, 0x1000_0000);
    assert_eq!(machine.read(0x1000_0012, Width::Two), 0xffff, "outside the window");
    assert!(!machine.bus.claims(0x1000_0012) && machine.bus.claims(registers));
}

#[test]
fn an_access_over_the_end_is_nowhere() {
    let mut machine = Machine::new();
    machine.write(LAYOUT.ecam + (1 << 15) + 4, Width::Two, 2);
    let end = LAYOUT.low.base + 0x4000;
    assert_eq!(machine.read(end - 8, Width::Eight), 0);
    assert_eq!(machine.read(end - 7, Width::Eight), u64::MAX);
    assert_eq!(machine.read(end - 1, Width::Two), 0xffff);
}

#[test]
fn the_reset_register_is_not_the_buss() {
    let machine = Machine::new();
    assert!(!machine.bus.claims_port(0xcf9, Width::One));
    assert!(
        machine.bus.claims_port(0xcf8, Width::Four) && machine.bus.claims_port(0xcff, Width::One)
    );
}

#[test]
fn a_slot_holds_one_function() {
    let mut machine = Machine::new();
    let bridge = || Peripheral::HostBridge(HostBridge::new());
    assert_eq!(machine.bus.insert(0, bridge()), Err(InsertError::Slot));
    assert_eq!(machine.bus.insert(8, bridge()), Err(InsertError::Slot));
    let mut small = Bus::<_, 2>::new(Layout { low: Window { base: 0, size: 0x4000 }, ..LAYOUT });
    let console = Virtio::new(Console::new(1, 1));
    let console = Peripheral::<Never, Never, NoEntropy, Never>::Console(console);
    assert_eq!(small.insert(0, console), Err(InsertError::Window));
}

#[test]
fn nothing_is_raised_by_looking() {
    let mut machine = Machine::new();
    machine.write(LAYOUT.ecam + (1 << 15) + 4, Width::Two, 6);
    for address in (0..0x1_0000).step_by(2) {
        let _ = machine.read(LAYOUT.low.base + address, Width::Two);
    }
    assert_eq!(machine.recorder.0, [] as [Raised; 0]);
}

#[test]
fn what_was_written_to_or_went_on_has_worked_and_what_was_read_has_not() {
    let mut machine = Machine::new();
    let configuration = LAYOUT.ecam + (1 << 15);
    let registers = machine.read(configuration + 0x10, Width::Four) & !0xf;
    machine.write(configuration + 4, Width::Two, 0b110);
    assert_eq!((machine.bus.take_worked(), machine.bus.take_worked()), (1 << 1, 0));
    machine.read(registers, Width::Four);
    machine.read(configuration, Width::Four);
    assert_eq!(machine.bus.take_worked(), 0);
    machine.write(registers, Width::Four, 0);
    assert_eq!(machine.bus.take_worked(), 1 << 1);
    assert!(machine.bus.function(5).is_some() && machine.bus.is_busy());
    let mut environment =
        Environment { memory: &machine.memory, interrupts: &mut machine.recorder };
    assert_eq!(machine.bus.process(&mut environment), Progress::Done);
    assert_eq!((machine.bus.take_worked(), machine.bus.is_busy()), (1 << 5, false));
}
