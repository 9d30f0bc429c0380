//! Describes the machine to its guest: ACPI tables (ACPI 6.5), in the memory below 1 MiB where firmware
//! of a PC has them.
//!
//! Nothing in them can be changed: there is no system management mode, no ACPI mode to be switched on,
//! and no method that does anything; devices are where the tables say, always.

mod aml;
mod differentiated;
mod fixed;
mod identity;
mod interrupts;
mod table;

use cloister_device::GuestMemory;

use crate::load::{Region, TABLES, TABLES_END};
use table::{Table, Writer};

pub use identity::{Identity, LEVEL_BYTES, Link, LinkKind, MAX_LINKS, NAME_BYTES};

/// Most virtual processors.
pub const MAX_PROCESSORS: u32 = 64;

/// Ports and registers of power management.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Power {
    /// PM1a event block, 4 bytes.
    pub event_port: u16,
    /// PM1a control block, 2 bytes.
    pub control_port: u16,
    /// Power management timer, 32 bits.
    pub timer_port: u16,
    /// Reset register, 8 bits.
    pub reset_port: u16,
    /// What is written there to reset.
    pub reset_value: u8,
    /// Sleep type of S5, off.
    pub sleep_type_off: u8,
    /// ISA interrupt of events, level-triggered.
    pub interrupt: u8,
}

/// PCI, one bus.
#[derive(Clone, Copy, Debug)]
pub struct Pci {
    /// Configuration space, 1 MiB below 4 GiB.
    pub configuration: u32,
    /// Where registers of devices are, below 4 GiB.
    pub low: Region,
    /// Where memory of devices is; of size 0 where there is none.
    pub high: Region,
    /// The global system interrupt of a slot's pin A.
    pub interrupt_of_slot: fn(u8) -> u8,
}

/// Devices with fixed ports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Devices {
    /// The serial line COM1, at 0x3f8, interrupt 4.
    pub serial: bool,
    /// Keyboard and mouse at the i8042, at 0x60 and 0x64, interrupts 1 and 12.
    pub keyboard_and_mouse: bool,
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// Virtual processors, 1 to [`MAX_PROCESSORS`]; the local APIC of each has its number for an
    /// identifier.
    pub processors: u32,
    /// Where local APICs are.
    pub local_apic: u32,
    /// Where the I/O APIC is, whose first input is global system interrupt 0.
    pub io_apic: u32,
    /// Power management.
    pub power: Power,
    /// PCI.
    pub pci: Pci,
    /// Other devices.
    pub devices: Devices,
    /// Who the world is.
    pub identity: &'a Identity<'a>,
}

/// Why there are no tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// They do not fit into their memory.
    TooLarge,
    /// There is no memory at their place.
    NoMemory,
    /// The machine has no processor, or too many.
    Processors,
}

impl core::fmt::Display for Error {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooLarge => formatter.write_str("the machine's tables do not fit: fewer links"),
            Self::NoMemory => formatter.write_str(
                "the world has no memory at 0xe0000 to 0x100000, where the machine's tables belong: \
                 give it 1 MiB at least",
            ),
            Self::Processors => {
                write!(formatter, "a world has 1 to {MAX_PROCESSORS} virtual processors")
            }
        }
    }
}

/// Writes all tables and gives the guest-physical address of the first one, the RSDP.
///
/// # Errors
/// See [`Error`].
pub fn write(memory: &impl GuestMemory, machine: &Machine<'_>) -> Result<u64, Error> {
    if !(1..=MAX_PROCESSORS).contains(&machine.processors) {
        return Err(Error::Processors);
    }
    let mut writer = Writer::new(memory, TABLES, TABLES_END);
    let root = writer.reserve(table::ROOT_BYTES)?;
    let control = writer.write_bytes(&fixed::control_structure(), fixed::CONTROL_ALIGN)?;
    let mut buffer = [0; table::MAX_BYTES];
    let differentiated = {
        let mut table = Table::new(&mut buffer, *b"DSDT", 2);
        let length = differentiated::write(table.rest(), machine).map_err(|_| Error::TooLarge)?;
        table.advance(length);
        writer.write(table)?
    };
    let fixed = fixed::description(&mut buffer, machine, control, differentiated);
    let fixed = writer.write(fixed)?;
    let interrupts = writer.write(interrupts::description(&mut buffer, machine))?;
    let configuration = writer.write(configuration_space(&mut buffer, machine))?;
    let identity = writer.write(identity::table(&mut buffer, machine.identity))?;
    let mut all = Table::new(&mut buffer, *b"XSDT", 1);
    for address in [fixed, interrupts, configuration, identity] {
        all.bytes(&address.to_le_bytes());
    }
    let all = writer.write(all)?;
    writer.write_root(root, all)?;
    Ok(root)
}

/// Where PCI's configuration space is (PCI Firmware Specification 3.2, section 4.1.2).
fn configuration_space<'a>(buffer: &'a mut [u8], machine: &Machine<'_>) -> Table<'a> {
    let mut table = Table::new(buffer, *b"MCFG", 1);
    table.bytes(&[0; 8]);
    table.bytes(&u64::from(machine.pci.configuration).to_le_bytes());
    // Segment 0, bus 0 to 0, reserved.
    table.bytes(&[0; 8]);
    table
}
