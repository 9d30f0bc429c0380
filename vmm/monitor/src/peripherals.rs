//! What is on the guest's PCI bus, by the policy's list of devices.

use cloister_runtime::abi::{CHANNEL_RANGE, InfoPage, MAX_ADAPTERS, MAX_WORLD_CHANNELS, WorldPage};
use cloister_runtime::log;
use cloister_virtio::Peripheral;
use cloister_virtio::block::{BLOCK, Block, Overlay};
use cloister_virtio::console::Console;
use cloister_virtio::input::{Input, Kind};
use cloister_virtio::network::Network;
use cloister_virtio::pci::{Bus, ECAM_SIZE, HostBridge, Layout, Window};
use cloister_virtio::random::Random;
use cloister_virtio::transport::Virtio;

use crate::channel::{self, Signal};
use crate::device;
use crate::entropy::Processor;
use crate::link::Ends;
use crate::world::{self, WorkingMemory};

/// Slots of the bus.
pub const SLOTS: usize = 32;
/// Where each device is.
pub const CONSOLE: usize = 1;
pub const DISK: usize = 2;
pub const RANDOM: usize = 3;
pub const KEYBOARD: usize = 4;
pub const POINTER: usize = 5;
pub const FIRST_ADAPTER: usize = 8;
pub const FIRST_CHANNEL: usize = 16;

const _: () = assert!(FIRST_ADAPTER + MAX_ADAPTERS <= FIRST_CHANNEL);
const _: () = assert!(FIRST_CHANNEL + MAX_WORLD_CHANNELS <= SLOTS);

/// Where the guest finds the bus, between its low and its high memory. The framebuffer lies at
/// 3.25 GiB, behind the registers.
pub const LAYOUT: Layout = Layout {
    ecam: 0xe000_0000,
    low: Window { base: 0xc000_0000, size: 0x1000_0000 },
    high: Window { base: CHANNEL_RANGE.0, size: CHANNEL_RANGE.1 },
};

const _: () = assert!(LAYOUT.ecam + ECAM_SIZE <= 0xfec0_0000);

/// Bits of the policy's set of virtual devices.
const HAS_CONSOLE: u64 = 1 << 0;
const HAS_INPUT: u64 = 1 << 2;
const HAS_RANDOM: u64 = 1 << 6;

/// A device on the bus.
pub type Function = Peripheral<Overlay<'static>, Ends, Processor, Signal>;
/// The bus.
pub type PciBus = Bus<Function, SLOTS>;

/// Makes the devices that the world has.
pub fn bus(info: &'static InfoPage, page: &'static WorldPage, working: WorkingMemory) -> PciBus {
    let mut bus = PciBus::new(LAYOUT);
    let mut add = |slot, function| {
        if bus.insert(slot, function).is_err() {
            log!("no room for the device in slot {slot}");
        }
    };
    add(0, Peripheral::HostBridge(HostBridge::new()));
    if page.devices & HAS_CONSOLE != 0 {
        add(CONSOLE, Peripheral::Console(Virtio::new(Console::new(80, 25))));
    }
    if let Some(disk) = disk(page, working) {
        add(DISK, Peripheral::Block(Virtio::new(Block::new(disk, "cloister"))));
    }
    let random = Processor::new();
    if page.devices & HAS_RANDOM != 0 && random.is_present() {
        add(RANDOM, Peripheral::Random(Virtio::new(Random::new(random))));
    }
    if page.devices & HAS_INPUT != 0 {
        add(KEYBOARD, Peripheral::Input(Virtio::new(Input::new(Kind::Keyboard))));
        add(POINTER, Peripheral::Input(Virtio::new(Input::new(Kind::Mouse))));
    }
    let adapters = page.adapters.iter().take(page.adapter_count as usize);
    for (number, adapter) in adapters.enumerate() {
        let Some(ends) = Ends::of(info, adapter, number) else { continue };
        let network = Network::new(ends, adapter.mac);
        add(FIRST_ADAPTER + number, Peripheral::Network(Virtio::new(network)));
    }
    for (number, entry) in (0_u16..).zip(page.channels()) {
        if let Some(device) = channel::device(info, entry, number) {
            add(FIRST_CHANNEL + usize::from(number), Peripheral::Channel(device));
        }
    }
    device::add(info, page, &mut bus);
    bus
}

/// The disk: the image's, read-only, with what the guest changes in the monitor's own memory until it
/// ends.
fn disk(page: &'static WorldPage, working: WorkingMemory) -> Option<Overlay<'static>> {
    let base = world::content(&page.disk)?;
    let size = (base.len() as u64).next_multiple_of(BLOCK as u64);
    let entries = base.len().div_ceil(BLOCK);
    let (store, map) = working.into_blocks(entries)?;
    Overlay::new(size, base, store, map).ok()
}
