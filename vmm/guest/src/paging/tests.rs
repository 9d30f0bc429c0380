use cloister_device::HostMemory;

use super::*;
use crate::cpu::{
    CR0_PE, CR0_PG, CR0_WP, CR4_LA57, CR4_PAE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_LMA, EFER_NXE,
    State, flags,
};

const USED: u64 = 0x60;
const RIGHTS_USER: u64 = 0b111;

fn system(cr4: u64, efer: u64, cr3: u64) -> System {
    let mut system = State::reset().system;
    system.cr0 = CR0_PE | CR0_PG | CR0_WP;
    (system.cr4, system.efer, system.cr3) = (cr4, efer, cr3);
    system
}

fn page(linear: u64, error_code: u32) -> Result<u64, Fault> {
    Err(Fault::Page { linear, error_code })
}

/// 4-level tables that map linear 0x7f_c030_1000 to 0x5000, and 1 GiB and 2 MiB pages beside it.
fn long() -> (HostMemory, System) {
    let memory = HostMemory::new(0x6000);
    memory.write_u64(0x1000, 0x2000 | RIGHTS_USER).unwrap();
    memory.write_u64(0x2000 + 8 * 511, 0x3000 | RIGHTS_USER).unwrap();
    memory.write_u64(0x2000, 0x8_4000_0000 | 0x80 | RIGHTS_USER).unwrap();
    memory.write_u64(0x3000 + 8, 0x4000 | RIGHTS_USER).unwrap();
    memory.write_u64(0x3000, 0x8020_0000 | 0x80 | RIGHTS_USER).unwrap();
    memory.write_u64(0x4000 + 8 * 0x101, 0x5000 | RIGHTS_USER).unwrap();
    (memory, system(CR4_PAE, EFER_LMA | EFER_NXE, 0x1000))
}

const LEAF: u64 = 0x4000 + 8 * 0x101;
const LINEAR: u64 = 0x7f_c030_1abc;

#[test]
fn without_paging_linear_is_physical() {
    let memory = HostMemory::new(0);
    let reset = State::reset().system;
    assert_eq!(translate(&memory, 2, &reset, 0x1_fee0_0020, Access::Write), Ok(0xfee0_0020));
}

#[test]
fn four_levels_with_pages_of_each_size() {
    let (memory, system) = long();
    let at = |linear| translate(&memory, 2, &system, linear, Access::Read);
    assert_eq!(at(LINEAR), Ok(0x5abc));
    assert_eq!(at(0x7f_c012_3456), Ok(0x8032_3456));
    assert_eq!(at(0x1234_5678), Ok(0x8_5234_5678));
    assert_eq!(at(LINEAR + 0x1000), page(LINEAR + 0x1000, 0));
    assert_eq!(at(0x8000_0000_0000 - 1), page(0x7fff_ffff_ffff, 0));
}

#[test]
fn pae_and_32_bit_tables() {
    let memory = HostMemory::new(0x5000);
    // PAE: four entries at 0x20, a directory at 0x1000, a table at 0x2000.
    memory.write_u64(0x20 + 8 * 3, 0x1001).unwrap();
    memory.write_u64(0x1000 + 8 * 511, 0x2000 | RIGHTS_USER).unwrap();
    memory.write_u64(0x1000, 0x2_0020_0000 | 0x80 | RIGHTS_USER).unwrap();
    memory.write_u64(0x2000 + 8, 0xfee0_0000 | RIGHTS_USER).unwrap();
    let pae = system(CR4_PAE, 0, 0x20);
    assert_eq!(translate(&memory, 2, &pae, 0xffe0_1030, Access::Write), Ok(0xfee0_0030));
    assert_eq!(translate(&memory, 2, &pae, 0xc000_0004, Access::Write), Ok(0x2_0020_0004));
    assert_eq!(memory.read_u64(0x20 + 8 * 3), Ok(0x1001), "the four entries have no accessed bit");
    // 32-bit: a directory at 0x3000, a table at 0x4000.
    memory.write(0x3000 + 4 * 0x3ff, &0x4007_u32.to_le_bytes()).unwrap();
    memory.write(0x3000, &(0x0040_0087_u32 | 0x2000).to_le_bytes()).unwrap();
    memory.write(0x4000 + 4 * 0x3ff, &0xfec0_0007_u32.to_le_bytes()).unwrap();
    let two = system(CR4_PSE, 0, 0x3000);
    assert_eq!(translate(&memory, 2, &two, 0xffff_f010, Access::Read), Ok(0xfec0_0010));
    assert_eq!(translate(&memory, 2, &two, 0x0012_3456, Access::Read), Ok(0x1_0052_3456));
}

#[test]
fn accessed_and_dirty_are_set_as_the_processor_sets_them() {
    let (memory, system) = long();
    translate(&memory, 2, &system, LINEAR, Access::Read).unwrap();
    assert_eq!(memory.read_u64(LEAF).unwrap() & USED, 0x20);
    assert_eq!(memory.read_u64(0x1000).unwrap() & USED, 0x20);
    translate(&memory, 2, &system, LINEAR, Access::Write).unwrap();
    assert_eq!(memory.read_u64(LEAF).unwrap() & USED, 0x60);
    assert_eq!(memory.read_u64(0x3008).unwrap() & USED, 0x20);
    assert_eq!(memory.read_u64(0x2000).unwrap() & USED, 0, "not used");
}

#[test]
fn rights_bind_as_control_registers_and_privilege_say() {
    let (memory, mut system) = long();
    let set = |entry: u64| memory.write_u64(LEAF, 0x5000 | entry).unwrap();
    let at = |system: &System, rflags, access| translate(&memory, rflags, system, LINEAR, access);
    set(0b101);
    assert_eq!(at(&system, 2, Access::Write), page(LINEAR, 0b11), "read-only, CR0.WP");
    system.cr0 &= !CR0_WP;
    assert_eq!(at(&system, 2, Access::Write), Ok(0x5abc));
    system.cpl = 3;
    assert_eq!(at(&system, 2, Access::Write), page(LINEAR, 0b111));
    set(0b011);
    assert_eq!(at(&system, 2, Access::Read), page(LINEAR, 0b101), "supervisor page");
    system.cpl = 0;
    set(0b111);
    system.cr4 |= CR4_SMAP | CR4_SMEP;
    assert_eq!(at(&system, 2, Access::Read), page(LINEAR, 0b1), "SMAP");
    assert_eq!(at(&system, 2 | flags::ACCESS, Access::Read), Ok(0x5abc));
    assert_eq!(at(&system, 2, Access::Fetch), page(LINEAR, 0b1_0001), "SMEP");
    set(0b011 | 1 << 63);
    assert_eq!(at(&system, 2, Access::Fetch), page(LINEAR, 0b1_0001), "no-execute");
    assert_eq!(at(&system, 2, Access::Read), Ok(0x5abc));
    system.efer &= !EFER_NXE;
    assert_eq!(at(&system, 2, Access::Read), page(LINEAR, 0b1001), "reserved without EFER.NXE");
}

#[test]
fn tables_outside_memory_and_five_levels_are_told_apart_from_page_faults() {
    let (memory, mut system) = long();
    memory.write_u64(0x3000 + 8, 0xf000_0000 | RIGHTS_USER).unwrap();
    let at = |system: &System| translate(&memory, 2, system, LINEAR, Access::Read);
    assert_eq!(at(&system), Err(Fault::NoTable(0xf000_0808)));
    system.cr4 |= CR4_LA57;
    assert_eq!(at(&system), Err(Fault::FiveLevels));
}

#[test]
fn a_remembered_translation_follows_every_change() {
    let (memory, mut system) = long();
    let mut remembered = Remembered::new();
    let mut at = |memory: &HostMemory, system: &System| {
        remembered.translate(memory, 2, system, LINEAR, Access::Fetch)
    };
    assert_eq!(at(&memory, &system), Ok(0x5abc));
    assert_eq!(at(&memory, &system), Ok(0x5abc));
    assert_eq!(memory.read_u64(LEAF).unwrap() & USED, 0x20);
    memory.write_u64(LEAF, 0x3000 | RIGHTS_USER).unwrap();
    assert_eq!(at(&memory, &system), Ok(0x3abc), "the last entry");
    memory.write_u64(0x1000, 0).unwrap();
    assert_eq!(at(&memory, &system), page(LINEAR, 0b1_0000), "the first entry");
    memory.write_u64(0x1000, 0x2000 | RIGHTS_USER).unwrap();
    assert_eq!(at(&memory, &system), Ok(0x3abc));
    system.cr4 |= CR4_SMEP;
    assert_eq!(at(&memory, &system), page(LINEAR, 0b1_0001), "a control register");
    system.cr0 &= !CR0_PG;
    assert_eq!(at(&memory, &system), Ok(LINEAR & 0xffff_ffff));
}
