//! The devices: the DSDT's machine language.

use super::Machine;
use super::aml::{Aml, Overflow, Resources};

/// Slots of the bus.
const SLOTS: u8 = 32;
/// Configuration space of one bus.
const CONFIGURATION_BYTES: u32 = 1 << 20;

/// Writes the machine language and says how long it is.
pub(super) fn write(buffer: &mut [u8], machine: &Machine<'_>) -> Result<usize, Overflow> {
    let mut aml = Aml::new(buffer);
    aml.name(b"_S5_", |aml| {
        let off = machine.power.sleep_type_off.into();
        aml.package(4, |aml| {
            aml.integer(off);
            aml.integer(off);
            aml.integer(0);
            aml.integer(0);
        });
    });
    aml.scope(b"_SB_", |aml| {
        aml.device(b"PCI0", |aml| host_bridge(aml, machine));
        // What the board itself uses up: without it, Linux does not trust the MCFG.
        aml.device(b"BORD", |aml| {
            aml.identifier(b"_HID", b"PNP0C02");
            aml.resources(Resources::new().memory(machine.pci.configuration, CONFIGURATION_BYTES));
        });
        isa_devices(aml, machine);
    });
    aml.finish()
}

/// The PCI Express host bridge.
fn host_bridge(aml: &mut Aml<'_>, machine: &Machine<'_>) {
    let pci = &machine.pci;
    aml.identifier(b"_HID", b"PNP0A08");
    aml.identifier(b"_CID", b"PNP0A03");
    for name in [b"_SEG", b"_BBN", b"_UID"] {
        aml.number(name, 0);
    }
    // It uses up the configuration ports and passes all others on.
    aml.resources(
        Resources::new()
            .produces_buses(0, 0)
            .ports(0xcf8, 8)
            .produces_ports(0, 0xcf7)
            .produces_ports(0xd00, 0xffff)
            .produces_memory(pci.low.start, pci.low.size)
            .produces_memory(pci.high.start, pci.high.size),
    );
    // Functions have pin A only. Each entry: address, pin, no link device, interrupt.
    aml.name(b"_PRT", |aml| {
        aml.package(SLOTS, |aml| {
            for slot in 0..SLOTS {
                aml.package(4, |aml| {
                    aml.integer(u64::from(slot) << 16 | 0xffff);
                    aml.integer(0);
                    aml.integer(0);
                    aml.integer((pci.interrupt_of_slot)(slot).into());
                });
            }
        });
    });
}

/// Devices with fixed ports and interrupts.
fn isa_devices(aml: &mut Aml<'_>, machine: &Machine<'_>) {
    aml.device(b"RTC_", |aml| {
        aml.identifier(b"_HID", b"PNP0B00");
        aml.resources(Resources::new().ports(0x70, 2).interrupt(8));
    });
    if machine.devices.serial {
        aml.device(b"COM1", |aml| {
            aml.identifier(b"_HID", b"PNP0501");
            aml.number(b"_UID", 1);
            aml.name(b"_DDN", |aml| aml.string(b"COM1"));
            aml.resources(Resources::new().ports(0x3f8, 8).interrupt(4));
        });
    }
    if machine.devices.keyboard_and_mouse {
        aml.device(b"KBD_", |aml| {
            aml.identifier(b"_HID", b"PNP0303");
            aml.resources(Resources::new().ports(0x60, 1).ports(0x64, 1).interrupt(1));
        });
        aml.device(b"MOU_", |aml| {
            aml.identifier(b"_HID", b"PNP0F13");
            aml.resources(Resources::new().interrupt(12));
        });
    }
}
