//! Functions of the machine's as a guest finds them, and functions that lie.

use cloister_device::{HostMemory, Raised, Recorder};
use proptest::prelude::*;

use super::*;
use crate::pci::{Bus, Layout};

const LAYOUT: Layout = Layout {
    ecam: 0xe000_0000,
    low: Window { base: 0xc000_0000, size: 0x1000_0000 },
    high: Window { base: 0x40_0000_0000, size: 1 << 38 },
};
const CONFIGURATION: u64 = LAYOUT.ecam + (6 << 15);
const NONE: Window = Window { base: 0, size: 0 };

struct Machine {
    bus: Bus<Assigned, 8>,
    memory: HostMemory,
    recorder: Recorder,
}

impl Machine {
    fn new(description: &Description<'_>) -> Self {
        let mut bus = Bus::new(LAYOUT);
        bus.insert(6, Assigned::new(description)).unwrap();
        Self { bus, memory: HostMemory::new(16), recorder: Recorder::default() }
    }

    fn read(&mut self, address: u64) -> u32 {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        self.bus.read(address, Width::Four, &mut environment) as u32
    }

    fn write(&mut self, address: u64, value: u32) {
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        let _ = self.bus.write(address, Width::Four, value.into(), &mut environment);
    }

    fn signal(&mut self, message: u32) {
        self.bus.function(6).unwrap().signal(message);
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.recorder };
        let _ = self.bus.process(&mut environment);
    }

    /// Where the guest finds a capability.
    fn capability(&mut self, kind: u32) -> Option<u64> {
        let mut at = self.read(CONFIGURATION + 0x34) & 0xff;
        while at != 0 {
            let header = self.read(CONFIGURATION + u64::from(at));
            if header & 0xff == kind {
                return Some(CONFIGURATION + u64::from(at));
            }
            at = header >> 8 & 0xff;
        }
        None
    }
}

/// A virtio function: power management, a vendor's capability, MSI-X behind base address 1, registers of 64 bits behind
/// base address 4, ports behind 0.
fn modern() -> [u32; 64] {
    let mut words = [0; 64];
    for (register, word) in [
        (0x00, 0x1044_1af4),
        (0x04, 0x0010_0406),
        (0x08, 0x00ff_0001),
        (0x10, 0x0000_c001),
        (0x14, 0xfebd_1000),
        (0x20, 0xfebd_400c),
        (0x2c, 0x1100_1af4),
        (0x34, 0x40),
        (0x3c, 0x010b),
        (0x40, 0x0003_5001),
        (0x50, 0x0110_6009),
        (0x54, 0x0000_0004),
        (0x58, 0x0000_1000),
        (0x5c, 0x0000_0800),
        (0x60, 0x8001_0011),
        (0x64, 0x0000_0001),
        (0x68, 0x0000_0801),
    ] {
        words[register / 4] = word;
    }
    words
}

const MEMORY: [Window; 6] = [
    NONE,
    Window { base: 0xc800_0000, size: 0x1000 },
    NONE,
    NONE,
    Window { base: 0x70_0000_0000, size: 0x4000 },
    NONE,
];

#[test]
fn a_guest_finds_who_it_is_and_moves_nothing() {
    let words = modern();
    let description = Description { configuration: &words, memory: MEMORY, messages: 4 };
    let mut machine = Machine::new(&description);
    for register in [0x00, 0x08, 0x2c] {
        assert_eq!(machine.read(CONFIGURATION + register), words[register as usize / 4]);
    }
    let bars = |machine: &mut Machine| {
        [0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30].map(|at| machine.read(CONFIGURATION + at))
    };
    let placed = [0, 0xc800_0000, 0, 0, 0x0000_000c, 0x70, 0];
    assert_eq!(bars(&mut machine), placed, "ports and expansion ROM are hidden");
    for at in (0x10..0x28).step_by(4) {
        machine.write(CONFIGURATION + at, u32::MAX);
    }
    assert_eq!(bars(&mut machine), [0, 0xffff_f000, 0, 0, 0xffff_c00c, u32::MAX, 0]);
    for at in (0..256).step_by(4) {
        machine.write(CONFIGURATION + at, 0x1234_5678);
    }
    assert_eq!(bars(&mut machine), placed);
    assert_eq!(machine.read(CONFIGURATION), words[0]);
    assert_eq!(machine.read(CONFIGURATION + 0x3c) >> 8, 0, "there is no pin");
    assert!(machine.recorder.0.is_empty());
}

#[test]
fn capabilities_of_the_vendor_are_shown_and_others_hidden() {
    let words = modern();
    let description = Description { configuration: &words, memory: MEMORY, messages: 4 };
    let mut machine = Machine::new(&description);
    assert_eq!((machine.capability(0x01), machine.capability(0x05)), (None, None));
    let vendor = machine.capability(0x09).unwrap();
    assert_eq!(machine.read(vendor) >> 16, 0x0110);
    for (offset, register) in [(4, 0x54), (8, 0x58), (12, 0x5c)] {
        assert_eq!(machine.read(vendor + offset), words[register / 4]);
        machine.write(vendor + offset, u32::MAX);
        assert_eq!(machine.read(vendor + offset), words[register / 4]);
    }
}

#[test]
fn messages_go_where_the_guest_says_and_the_table_is_not_the_machine_s() {
    let words = modern();
    let description = Description { configuration: &words, memory: MEMORY, messages: 4 };
    let mut machine = Machine::new(&description);
    let capability = machine.capability(0x11).unwrap();
    assert_eq!(machine.read(capability) >> 16, 1, "off, and two messages as the function has");
    machine.write(CONFIGURATION + 4, 6);
    machine.signal(1);
    machine.write(capability, 1 << 31);
    for (offset, value) in [(16, 0xfee0_0000), (20, 0), (24, 0x51), (28, 0)] {
        machine.write(0xc800_0000 + offset, value);
    }
    assert_eq!(machine.read(0xc800_0018), 0x51);
    for message in [1, 2, 3, 31, 32] {
        machine.signal(message);
    }
    assert_eq!(machine.recorder.0, [Raised::Message(0xfee0_0000, 0x51)]);
    machine.signal(0);
    machine.write(0xc800_0008, 0x52);
    machine.write(0xc800_000c, 0);
    assert_eq!(machine.recorder.0.last(), Some(&Raised::Message(0, 0x52)), "masked until then");
}

/// QEMU's `edu`: MSI only.
#[test]
fn a_function_with_one_message_sends_it_when_the_guest_wants_it() {
    let mut words = [0; 64];
    (words[0], words[1], words[4], words[13]) = (0x11e8_1234, 0x0010_0000, 0xfea0_0000, 0x40);
    words[16] = 0x0080_0005;
    let memory = [Window { base: 0xc810_0000, size: 0x10_0000 }, NONE, NONE, NONE, NONE, NONE];
    let description = Description { configuration: &words, memory, messages: 1 };
    let mut machine = Machine::new(&description);
    let capability = machine.capability(0x05).unwrap();
    assert_eq!(machine.read(capability) >> 16, 0x0080);
    for (offset, value) in [(4, 0xfee0_1003), (8, 0), (12, 0xffff_4061)] {
        machine.write(capability + offset, value);
    }
    machine.signal(0);
    machine.write(capability, 0xffff_0000);
    assert_eq!(machine.read(capability) >> 16, 0x0081, "one message, and no other bits");
    machine.signal(0);
    assert!(machine.recorder.0.is_empty(), "off, then no bus master");
    machine.write(CONFIGURATION + 4, 6);
    machine.signal(1);
    machine.signal(0);
    assert_eq!(machine.recorder.0, [Raised::Message(0xfee0_1000, 0x4061)]);

    let mut silent = Machine::new(&Description { messages: 0, ..description });
    assert_eq!(silent.capability(0x05), None);
}

proptest! {
    /// Whatever a function says of itself and a guest writes: nothing fails, nothing moves.
    #[test]
    fn lies_of_a_function_change_nothing_else(
        words in proptest::array::uniform32(any::<u32>()),
        list in proptest::array::uniform32(any::<u32>()),
        messages in 0_usize..9,
        writes in proptest::collection::vec((0_u64..256, any::<u32>()), 0..40),
    ) {
        let mut configuration = [0; 64];
        let all = words.into_iter().chain(list);
        configuration.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        configuration[1] |= 1 << 20;
        let description = Description { configuration: &configuration, memory: MEMORY, messages };
        let mut machine = Machine::new(&description);
        for (register, value) in writes {
            machine.write(CONFIGURATION + (register & !3), value);
            machine.read(0xc800_0000 + register);
            machine.write(0xc800_0000 + (register & !3), value);
        }
        (0..40).for_each(|message| machine.signal(message));
        prop_assert_eq!(machine.read(CONFIGURATION), configuration[0]);
        for at in (0x10..0x28).step_by(4) {
            machine.write(CONFIGURATION + at, 0);
        }
        prop_assert_eq!(machine.read(CONFIGURATION + 0x14) & !0xf, 0xc800_0000);
        prop_assert!(machine.recorder.0.iter().all(|raised| matches!(raised, Raised::Message(..))));
    }
}
