//! Puts the guest into its memory, which holds nothing else: kernel, initial RAM disk, the machine's
//! description.

use core::fmt;

use cloister_device::GuestMemory;
use cloister_guest::acpi::{self, Devices, Identity, Link, LinkKind, Pci, Power};
use cloister_guest::cpu::State;
use cloister_guest::load::{self, Framebuffer, Guest, MemoryMap, Region};
use cloister_platform::{io_apic, local_apic, power};
use cloister_runtime::abi::{
    Direction, InfoPage, MAX_ADAPTERS, MAX_WORLD_CHANNELS, NAME_BYTES, WorldPage,
};
use cloister_virtio::pci::{ECAM_SIZE, interrupt_of_slot};

use crate::memory::MappedMemory;
use crate::peripherals::{FIRST_ADAPTER, FIRST_CHANNEL, LAYOUT};
use crate::{screen, world};

/// Why the guest cannot be loaded.
pub enum Error {
    /// The world has no kernel.
    NoKernel,
    /// Its memory is not where it is said to be.
    Memory,
    /// The machine cannot be described.
    Description(acpi::Error),
    /// The kernel's file is not one that can be started.
    Kernel(load::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKernel => formatter.write_str("its image has no kernel"),
            Self::Memory => formatter.write_str("its memory is not there"),
            Self::Description(error) => error.fmt(formatter),
            Self::Kernel(error) => error.fmt(formatter),
        }
    }
}

/// Loads the guest, and gives the state in which its first processor starts.
pub fn load(
    info: &'static InfoPage,
    page: &'static WorldPage,
    memory: MappedMemory,
) -> Result<State, Error> {
    let scrub = |start, length| memory.zero(start, length).map_err(|_| Error::Memory);
    scrub(0, page.memory_low)?;
    scrub(1 << 32, page.memory_high)?;
    screen::clear(info, page);
    let rsdp = describe(info, page, memory).map_err(Error::Description)?;
    let configuration = Region { start: LAYOUT.ecam, size: ECAM_SIZE };
    let map = MemoryMap::new(page.memory_low, page.memory_high).with_reserved(configuration);
    let guest = Guest {
        kernel: world::content(&page.kernel).ok_or(Error::NoKernel)?,
        initrd: world::content(&page.initrd),
        command_line: page.command_line(),
        map: &map,
        rsdp,
        framebuffer: framebuffer(page),
    };
    load::load(&memory, &guest).map_err(Error::Kernel)
}

/// The screen that the world has, pixels of blue, green, red and nothing.
fn framebuffer(page: &WorldPage) -> Option<Framebuffer> {
    let [width, height] = page.framebuffer.map(|size| u16::try_from(size).unwrap_or(0));
    let stride = width.checked_mul(4)?;
    (width != 0 && height != 0).then_some(Framebuffer {
        address: page.framebuffer_address,
        width,
        height,
        stride,
        red: 16,
        blue: 0,
    })
}

const NO_LINK: Link<'_> = Link {
    name: &[],
    kind: LinkKind::Network,
    mac: [0; 6],
    sends: false,
    receives: false,
    slot: None,
};

/// Writes the tables that describe the machine.
fn describe(
    info: &'static InfoPage,
    page: &'static WorldPage,
    memory: MappedMemory,
) -> Result<u64, acpi::Error> {
    let mut links = [NO_LINK; MAX_ADAPTERS + MAX_WORLD_CHANNELS];
    let count = (page.adapter_count as usize).min(MAX_ADAPTERS);
    let (adapters, behind) = links.split_at_mut(count);
    for ((slot, adapter), link) in (FIRST_ADAPTER as u8..).zip(&page.adapters).zip(adapters) {
        *link = Link {
            name: named(&adapter.link),
            kind: LinkKind::Network,
            mac: adapter.mac,
            sends: adapter.sends != 0,
            receives: adapter.receives != 0,
            slot: Some(slot),
        };
    }
    for ((slot, entry), link) in (FIRST_CHANNEL as u8..).zip(page.channels()).zip(behind) {
        let Some(channel) = info.channels().get(entry.channel as usize) else { continue };
        *link = Link {
            name: named(&channel.name),
            kind: LinkKind::Channel,
            mac: [0; 6],
            sends: channel.direction == Direction::Write as u32,
            receives: channel.direction == Direction::Read as u32,
            slot: Some(slot),
        };
    }
    let count = count + page.channels().len();
    let identity = Identity {
        name: named(&info.name),
        level: named(&page.level),
        links: links.get(..count).unwrap_or_default(),
    };
    let machine = acpi::Machine {
        processors: page.processors as u32,
        local_apic: local_apic::ADDRESS as u32,
        io_apic: io_apic::ADDRESS as u32,
        power: Power {
            event_port: power::EVENT_PORT,
            control_port: power::CONTROL_PORT,
            timer_port: power::TIMER_PORT,
            reset_port: power::RESET_PORT,
            reset_value: power::RESET_VALUE,
            sleep_type_off: power::SLEEP_TYPE_OFF,
            interrupt: power::INTERRUPT,
        },
        pci: Pci {
            configuration: LAYOUT.ecam as u32,
            low: Region { start: LAYOUT.low.base, size: LAYOUT.low.size },
            high: Region { start: LAYOUT.high.base, size: LAYOUT.high.size },
            interrupt_of_slot,
        },
        devices: Devices { serial: true, keyboard_and_mouse: true },
        identity: &identity,
    };
    acpi::write(&memory, &machine)
}

/// A name without the zeros at its end.
fn named(bytes: &[u8]) -> &[u8] {
    let length =
        bytes.iter().take_while(|byte| **byte != 0).count().min(NAME_BYTES.max(bytes.len()));
    bytes.get(..length).unwrap_or_default()
}
