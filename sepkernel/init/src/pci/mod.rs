//! The PCI functions of the machine: found, kept from doing anything, and one by one allowed what the
//! policy says (PCI Local Bus 3.0, chapter 6).

pub mod configuration;
mod messages;
mod reset;

use core::ops::RangeInclusive;

use cloister_hardware::handoff::Range;
use cloister_policy_format::{DeviceSelector, PciAddress};
use heapless::Vec;

use crate::stop;
use configuration::{capability, change, read, write};

/// Base addresses of a function.
const BARS: usize = 6;
/// The largest number of functions.
const MAX_FUNCTIONS: usize = 96;

const COMMAND: u8 = 0x04;
const BASE_ADDRESSES: RangeInclusive<u8> = 0x10..=0x24;
const DECODE_MEMORY: u32 = 1 << 1;
const DECODE: u32 = DECODE_MEMORY | 1 << 0;
const BUS_MASTER: u32 = 1 << 2;
const INTERRUPT_DISABLE: u32 = 1 << 10;

/// Capabilities for one message, and for a table of them.
const MSI: u8 = 0x05;
const MSI_X: u8 = 0x11;

/// All functions.
pub type Functions = Vec<Function, MAX_FUNCTIONS>;

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Where.
    pub place: PciAddress,
    /// Vendor in the lower half, device in the upper.
    identity: u32,
    /// Base class and subclass.
    class: u16,
    /// The memory of its registers, by base address; empty where there is none.
    pub memory: [Range; BARS],
    /// The first and the last bus behind it, if it is a bridge to some.
    buses: Option<(u8, u8)>,
}

/// Finds all functions, and takes from each what lets it act by itself: bus mastering and interrupts. Also
/// its registers, but where the machine would not go on without them: bridges lead to others and
/// to the devices of the old PC (serial port, clock, power), and the `screen` is drawn on.
pub fn take_over(screen: Option<Range>) -> Functions {
    let mut functions = Functions::new();
    for place in places() {
        let function = Function::new(place);
        let decodes = function.is_platform() || function.has(screen);
        function.disable(if decodes { 0 } else { DECODE });
        if functions.push(function).is_err() {
            stop!("this machine has more than {MAX_FUNCTIONS} PCI functions");
        }
    }
    functions
}

/// Where there are functions.
fn places() -> impl Iterator<Item = PciAddress> {
    let devices = (0..=255_u8).flat_map(|bus| (0..32).map(move |device| (bus, device)));
    let is_there = |place: &PciAddress| read(*place, 0) != u32::MAX;
    devices.flat_map(move |(bus, device)| {
        let at = move |function| PciAddress { segment: 0, bus, device, function };
        // A device without function 0 is none; one without the bit has no other.
        let count = match (is_there(&at(0)), read(at(0), 0xc) >> 23 & 1) {
            (false, _) => 0,
            (true, 0) => 1,
            (true, _) => 8,
        };
        (0..count).map(at).filter(is_there)
    })
}

impl Function {
    /// What is at this place. Finds out how large its memory is, while it decodes nothing.
    fn new(place: PciAddress) -> Self {
        let kind = read(place, 0xc) >> 16 & 0x7f;
        let [_, secondary, subordinate, _] = read(place, 0x18).to_le_bytes();
        let buses = (kind == 1).then_some((secondary, subordinate));
        let (identity, class) = (read(place, 0), (read(place, 8) >> 16) as u16);
        let memory = [Range { start: 0, end: 0 }; BARS];
        let mut function = Self { place, identity, class, memory, buses };
        if kind == 0 && !function.is_platform() {
            let command = read(place, COMMAND) & 0xffff;
            write(place, COMMAND, command & !DECODE);
            function.find_memory();
            write(place, COMMAND, command);
        }
        function
    }

    /// Section 6.2.5.1. Memory without an address was not placed by the firmware, and is not here either.
    fn find_memory(&mut self) {
        const PORTS: u32 = 1;
        const WIDE: u32 = 0b100;
        const FLAGS: u64 = 0xf;
        let place = self.place;
        let value_and_mask = |register| {
            let value = read(place, register);
            write(place, register, u32::MAX);
            let mask = read(place, register);
            write(place, register, value);
            (u64::from(value), u64::from(mask))
        };
        let mut is_upper_half = false;
        for (memory, register) in self.memory.iter_mut().zip(BASE_ADDRESSES.step_by(4)) {
            let kind = read(place, register);
            if core::mem::take(&mut is_upper_half) || kind & PORTS != 0 {
                continue;
            }
            let (value, mask) = value_and_mask(register);
            let (mut start, mut fixed) = (value & !FLAGS, !mask & 0xffff_ffff | FLAGS);
            if kind & WIDE != 0 && register < *BASE_ADDRESSES.end() {
                is_upper_half = true;
                let (value, mask) = value_and_mask(register + 4);
                start |= value << 32;
                fixed |= !mask << 32;
            }
            if start != 0 && fixed < start {
                *memory = Range { start, end: start.saturating_add(fixed + 1) };
            }
        }
    }

    /// Whether it is one of those that make the machine: a bridge (to the processor, to other buses, to
    /// the devices of the old PC), or the IOMMU.
    pub const fn is_platform(&self) -> bool {
        self.class >> 8 == 0x06 || self.class == 0x0806
    }

    /// Whether its memory holds any of `range`.
    pub fn has(&self, range: Option<Range>) -> bool {
        range.is_some_and(|range| self.memory.iter().any(|own| own.overlaps(range)))
    }

    /// Whether it is a bridge that leads to `place`.
    pub fn leads_to(&self, place: PciAddress) -> bool {
        self.buses.is_some_and(|(first, last)| (first..=last).contains(&place.bus))
    }

    /// Whether the policy means it.
    pub fn is_meant(&self, selector: DeviceSelector) -> bool {
        match selector {
            DeviceSelector::Class { base, sub } => self.class == u16::from_be_bytes([base, sub]),
            DeviceSelector::Identity { vendor, device } => {
                self.identity == u32::from(device) << 16 | u32::from(vendor)
            }
            DeviceSelector::Address(address) => address == self.place,
            DeviceSelector::Legacy(_) => false,
        }
    }

    /// Takes bus mastering and interrupts from it, and what else of its command register is `taken`.
    fn disable(&self, taken: u32) {
        /// The processor itself, and the IOMMU, which is no subject to itself.
        const KEPT: [u16; 2] = [0x0600, 0x0806];
        if !KEPT.contains(&self.class) {
            // A one in the upper half would clear what is noted there.
            change(self.place, COMMAND, !0xffff | BUS_MASTER | taken, INTERRUPT_DISABLE);
        }
        for (kind, enable) in [(MSI, 1 << 16), (MSI_X, 1 << 31)] {
            if let Some(at) = capability(self.place, kind) {
                change(self.place, at, enable, 0);
            }
        }
    }

    /// Lets it write memory, or pass on what others behind it write.
    pub fn let_master(&self) {
        change(self.place, COMMAND, !0xffff, BUS_MASTER);
    }

    /// Lets it decode its memory.
    pub fn enable(&self) {
        change(self.place, COMMAND, !0xffff, DECODE_MEMORY);
    }

    /// The first 256 bytes of its configuration space.
    pub fn configuration(&self) -> [u32; 64] {
        core::array::from_fn(|word| read(self.place, (word * 4) as u8))
    }
}

impl core::fmt::Display for Function {
    fn fmt(&self, text: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let PciAddress { bus, device, function, .. } = self.place;
        let [vendor, kind] = [self.identity & 0xffff, self.identity >> 16];
        write!(text, "{bus:02x}:{device:02x}.{function} {vendor:04x}:{kind:04x}")?;
        write!(text, " class {:02x}:{:02x}", self.class >> 8, self.class & 0xff)
    }
}
