//! Configuration space of PCI functions, by ports (PCI Local Bus 3.0, section 3.2.2.3.2). What PCI Express has
//! beyond the first 256 bytes is not used, so the window in memory is not needed, only kept from all.

use cloister_hardware::handoff::Range;
use cloister_policy_format::PciAddress;
use x86_64::instructions::port::Port;

use crate::acpi;
use crate::boot_info::BootInfo;

/// The ports by which functions are configured.
pub const PORTS: core::ops::RangeInclusive<u16> = 0xcf8..=0xcff;

/// The number by which a function signs its requests: bus, device, function.
pub fn requester(place: PciAddress) -> u16 {
    u16::from(place.bus) << 8 | u16::from(place.device) << 3 | u16::from(place.function)
}

/// Reads the word at `register`, a multiple of 4.
pub fn read(place: PciAddress, register: u8) -> u32 {
    // SAFETY: choosing and reading a register changes nothing; nobody else uses these ports now.
    unsafe { select(place, register).read() }
}

/// Writes that word.
pub fn write(place: PciAddress, register: u8, value: u32) {
    // SAFETY: what is written takes abilities from a function, or gives them to one whose registers and
    // requests are confined to its owner.
    unsafe { select(place, register).write(value) }
}

/// Writes the word with the bits of `clear` cleared and those of `set` set.
pub fn change(place: PciAddress, register: u8, clear: u32, set: u32) {
    write(place, register, read(place, register) & !clear | set);
}

/// Where the capability of this kind is (section 6.7), if the function has it.
pub fn capability(place: PciAddress, kind: u8) -> Option<u8> {
    /// More than fit into the space, in case that the list is a circle.
    const MOST: usize = 48;
    let has_list = read(place, 4) >> 20 & 1 == 1;
    let first = has_list.then(|| read(place, 0x34) as u8 & !3);
    let next = |at: &u8| Some((read(place, *at) >> 8) as u8 & !3);
    let mut all = core::iter::successors(first, next).take(MOST).take_while(|at| *at >= 0x40);
    all.find(|at| read(place, *at) as u8 == kind)
}

/// The window on configuration space in memory, if ACPI says where it is (PCI Firmware 3.3, table MCFG).
pub fn window(info: &BootInfo) -> Option<Range> {
    let at = acpi::find(info, *b"MCFG")?.start + 44;
    let bus = |offset| acpi::read::<u64>(at) + (u64::from(acpi::read::<u8>(at + offset)) << 20);
    Some(Range { start: bus(10), end: bus(11) + (1 << 20) })
}

fn select(place: PciAddress, register: u8) -> Port<u32> {
    let address = 1 << 31 | u32::from(requester(place)) << 8 | u32::from(register);
    // SAFETY: as above.
    unsafe { Port::new(*PORTS.start()).write(address) }
    Port::new(*PORTS.start() + 4)
}
