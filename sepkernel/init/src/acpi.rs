//! Which processors there are, from ACPI's table of interrupt controllers (ACPI 6.5, section 5.2.12), and how
//! the machine is switched off.
//! The tables are the firmware's, which is trusted; they are read carefully all the same, so that a
//! defect in them ends in a message.

use cloister_abi::PowerOff;
use cloister_hardware::handoff::{MAX_PROCESSORS, Range};
use heapless::Vec;

use crate::boot_info::BootInfo;
use crate::stop;

/// Bytes of a table's header.
const HEADER: u64 = 36;

/// Local APIC numbers of the processors that can be used, the running one first.
pub fn processors(info: &BootInfo) -> Vec<u8, MAX_PROCESSORS> {
    let own = core::arch::x86_64::__cpuid(1).ebx.to_be_bytes()[0];
    let mut found = Vec::new();
    // One is always there, so there is room.
    let _ = found.push(own);
    let Some(table) = info.rsdp.and_then(|rsdp| table(rsdp, *b"APIC")) else { return found };
    for (kind, address) in entries(table) {
        /// Processor Local APIC structure, and its flag that says that the processor can be used.
        const LOCAL_APIC: u8 = 0;
        const ENABLED: u32 = 1;
        if kind == LOCAL_APIC && read::<u32>(address + 4) & ENABLED != 0 {
            let number = read::<u8>(address + 3);
            // More processors than can be used stay asleep.
            if !found.contains(&number) {
                let _ = found.push(number);
            }
        }
    }
    found
}

/// How the machine is switched off, if its tables say it in the usual form.
pub fn power_off(info: &BootInfo) -> Option<PowerOff> {
    /// Offsets in the fixed description table (ACPI 6.5, section 5.2.9).
    const DSDT: u64 = 40;
    const CONTROL_PORT: u64 = 64;
    /// Sets off the change to the state whose number is in the bits from 10 on (section 4.8.3.2.1).
    const SLEEP_ENABLE: u16 = 1 << 13;
    let fixed = table(info.rsdp?, *b"FACP")?;
    let port = u16::try_from(read::<u32>(fixed + CONTROL_PORT)).ok().filter(|port| *port != 0)?;
    let definitions = u64::from(read::<u32>(fixed + DSDT));
    if definitions == 0 {
        return None;
    }
    let end = definitions + u64::from(read::<u32>(definitions + 4));
    let names = definitions + HEADER..end.saturating_sub(16);
    let found = names.into_iter().find_map(|at| soft_off(at, read::<[u8; 4]>(at)))?;
    Some(PowerOff { port, value: u16::from(found & 7) << 10 | SLEEP_ENABLE })
}

/// The first number of the package `_S5_` (section 7.4.2.6), if its name is at this place: the code of
/// the state in which the machine is off. Its encoding is that of sections 20.2.3 to 20.2.5.
fn soft_off(at: u64, name: [u8; 4]) -> Option<u8> {
    const PACKAGE: u8 = 0x12;
    const BYTE: u8 = 0x0a;
    if name != *b"_S5_" || read::<u8>(at + 4) != PACKAGE {
        return None;
    }
    // The length takes up to four bytes, as its first one says; the number of elements follows.
    let first = at + 7 + u64::from(read::<u8>(at + 5) >> 6);
    match read::<u8>(first) {
        BYTE => Some(read::<u8>(first + 1)),
        small @ (0 | 1) => Some(small),
        _ => None,
    }
}

/// Where a table lies.
pub fn find(info: &BootInfo, signature: [u8; 4]) -> Option<Range> {
    let start = table(info.rsdp?, signature)?;
    Some(Range { start, end: start + u64::from(read::<u32>(start + 4)) })
}

/// Address of a table.
fn table(rsdp: u64, signature: [u8; 4]) -> Option<u64> {
    let revision = read::<u8>(rsdp + 15);
    let (root, size) = match revision {
        0 => (u64::from(read::<u32>(rsdp + 16)), 4),
        _ => (read::<u64>(rsdp + 24), 8),
    };
    let length = u64::from(read::<u32>(root + 4));
    let mut at = root + HEADER;
    while at + size <= root + length {
        let table = if size == 4 { u64::from(read::<u32>(at)) } else { read::<u64>(at) };
        if read::<[u8; 4]>(table) == signature {
            return Some(table);
        }
        at += size;
    }
    None
}

/// The entries of the table: kind and address of each that lies inside it.
fn entries(table: u64) -> impl Iterator<Item = (u8, u64)> {
    let end = table + u64::from(read::<u32>(table + 4));
    let mut at = table + HEADER + 8;
    core::iter::from_fn(move || {
        if at + 8 > end {
            return None;
        }
        let (kind, length) = (read::<u8>(at), u64::from(read::<u8>(at + 1)));
        if length < 2 {
            stop!("ACPI: the table of interrupt controllers is malformed");
        }
        let entry = at;
        at += length;
        Some((kind, entry))
    })
}

/// Reads from a table.
pub fn read<T: Copy>(address: u64) -> T {
    // SAFETY: the firmware's tables lie in memory that the page tables in use (the firmware's or the
    // early ones) map to itself; integers and bytes may have any content.
    unsafe { (address as *const T).read_unaligned() }
}
