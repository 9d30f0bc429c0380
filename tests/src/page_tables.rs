//! The page tables that a machine's processor uses (Intel SDM volume 3A section 4.5), read from its
//! memory from outside.

use cloister::machine::Machine;

use crate::{memory, registers::ControlRegisters};

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// A page that is mapped, of any size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MappedPage {
    /// Virtual address.
    pub address: u64,
    /// Size in bytes.
    pub size: u64,
    /// Whether it can be written to.
    pub writable: bool,
    /// Whether it can be executed.
    pub executable: bool,
    /// Whether programs in user mode reach it.
    pub user: bool,
}

/// Every page that the first processor's tables map.
///
/// # Panics
/// If the memory cannot be read, or the tables have another form than four levels.
#[must_use]
pub fn walk(machine: &mut Machine) -> Vec<MappedPage> {
    let registers = ControlRegisters::of(machine);
    walk_from(machine, &registers)
}

/// Every page that the tables map which a processor with these registers uses.
///
/// # Panics
/// As [`walk`].
#[must_use]
pub fn walk_from(machine: &mut Machine, registers: &ControlRegisters) -> Vec<MappedPage> {
    assert_eq!(registers.cr4 & ControlRegisters::FIVE_LEVELS, 0, "tables of five levels");
    let mut pages = Vec::new();
    let all =
        MappedPage { address: 0, size: 1 << 48, writable: true, executable: true, user: true };
    walk_table(machine, registers.cr3 & ADDRESS, 4, all, &mut pages);
    pages
}

/// `above` is the part of the address space that this table is for, with the rights that the
/// tables above give.
fn walk_table(
    machine: &mut Machine,
    table: u64,
    level: u32,
    above: MappedPage,
    pages: &mut Vec<MappedPage>,
) {
    for (index, entry) in (0_u64..).zip(read_table(machine, table)) {
        if entry & PRESENT == 0 {
            continue;
        }
        let size = above.size / 512;
        let address = above.address + index * size;
        // Addresses are sign-extended from bit 47.
        let address = if address & 1 << 47 != 0 { address | 0xffff << 48 } else { address };
        let page = MappedPage {
            address,
            size,
            writable: above.writable && entry & WRITABLE != 0,
            executable: above.executable && entry & NO_EXECUTE == 0,
            user: above.user && entry & USER != 0,
        };
        if level == 1 || (level < 4 && entry & LARGE != 0) {
            pages.push(page);
        } else {
            walk_table(machine, entry & ADDRESS, level - 1, page, pages);
        }
    }
}

fn read_table(machine: &mut Machine, address: u64) -> Vec<u64> {
    let bytes = memory::read(machine, address, 4096);
    bytes.as_chunks::<8>().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect()
}
