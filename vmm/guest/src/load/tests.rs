use cloister_device::HostMemory;
use std::string::ToString;
use std::vec::Vec;

use super::*;
use crate::paging::{Access, translate};

const MIB: u64 = 1 << 20;
const MEMORY: u64 = 32 * MIB;
const MAP: MemoryMap = MemoryMap::new(MEMORY, 0);

fn memory() -> HostMemory {
    HostMemory::new(MEMORY as usize)
}

fn guest(kernel: &[u8]) -> Guest<'_> {
    Guest {
        kernel,
        initrd: None,
        command_line: b"console=ttyS0",
        map: &MAP,
        rsdp: 0xe_0000,
        framebuffer: None,
    }
}

const SCREEN: Framebuffer = Framebuffer {
    address: 0x1_8000_0000,
    width: 1280,
    height: 800,
    stride: 5120,
    red: 16,
    blue: 0,
};

fn put(bytes: &mut Vec<u8>, offset: usize, value: &[u8]) {
    if bytes.len() < offset + value.len() {
        bytes.resize(offset + value.len(), 0);
    }
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

fn read<const N: usize>(memory: &HostMemory, address: u64) -> [u8; N] {
    let mut bytes = [0; N];
    memory.read(address, &mut bytes).unwrap();
    bytes
}

/// A bzImage with one setup sector and a kernel of 0x1000 bytes, as a Linux of today has it.
fn bz_image() -> Vec<u8> {
    let mut file = Vec::new();
    put(&mut file, 0x1f1, &[1]);
    put(&mut file, 0x1f4, &0x100_u32.to_le_bytes());
    put(&mut file, 0x1fe, &[0x55, 0xaa, 0xeb, 0x6a]);
    put(&mut file, 0x202, b"HdrS");
    put(&mut file, 0x206, &0x020f_u16.to_le_bytes());
    put(&mut file, 0x211, &[1]);
    put(&mut file, 0x22c, &0x7fff_ffff_u32.to_le_bytes());
    put(&mut file, 0x230, &0x20_0000_u32.to_le_bytes());
    put(&mut file, 0x234, &[1]);
    put(&mut file, 0x236, &3_u16.to_le_bytes());
    put(&mut file, 0x238, &2047_u32.to_le_bytes());
    put(&mut file, 0x258, &0x100_0000_u64.to_le_bytes());
    put(&mut file, 0x260, &0x20_0000_u32.to_le_bytes());
    put(&mut file, 0x400, &[0x5a; 0x1000]);
    file
}

#[test]
fn linux_finds_what_the_64_bit_protocol_promises() {
    let (memory, kernel) = (memory(), bz_image());
    let initrd = [7; 5000];
    let mut guest = guest(&kernel);
    (guest.initrd, guest.framebuffer) = (Some(&initrd[..]), Some(SCREEN));
    let state = load(&memory, &guest).unwrap();
    assert_eq!((state.general.rip, state.general.registers[6]), (0x100_0200, 0x7000));
    assert_eq!(
        (state.system.segments.cs.selector, state.system.segments.ds.selector),
        (0x10, 0x18)
    );
    assert_eq!(read::<16>(&memory, 0x100_0ff0), [0x5a; 16]);
    assert_eq!(memory.read_u64(0x100_1000), Ok(0));
    for linear in [0x7000, 0x2_0000, 0x100_0200, 0xffff_fff0] {
        let physical = translate(&memory, 2, &state.system, linear, Access::Fetch);
        assert_eq!(physical, Ok(linear), "memory is mapped to itself");
    }
    assert_eq!(memory.read_u64(0x6010), Ok(0x00af_9b00_0000_ffff));

    let at = |offset: u64| u32::from_le_bytes(read(&memory, 0x7000 + offset));
    assert_eq!(read::<4>(&memory, 0x7202), *b"HdrS");
    assert_eq!(read::<1>(&memory, 0x7210), [0xff]);
    let start = MEMORY - 8192;
    assert_eq!((at(0x218), at(0x21c)), (start as u32, 5000));
    assert_eq!(read::<8>(&memory, start + 4992), [7; 8]);
    assert_eq!(read::<14>(&memory, at(0x228).into()), *b"console=ttyS0\0");
    assert_eq!(memory.read_u64(0x7070), Ok(0xe_0000));
    assert_eq!(read::<1>(&memory, 0x71e8), [4]);
    assert_eq!(memory.read_u64(0x72d0 + 3 * 20), Ok(MIB));
    assert_eq!(memory.read_u64(0x72d0 + 3 * 20 + 8), Ok(MEMORY - MIB));
    assert_eq!(read::<7>(&memory, 0x700f), [0x70, 0, 0, 0, 5, 0x20, 3]);
    assert_eq!((at(0x18), at(0x1c), at(0x3a)), (0x8000_0000, 5120 * 800, 1));
    assert_eq!(read::<8>(&memory, 0x7026), [8, 16, 8, 8, 8, 0, 8, 24]);
}

#[test]
fn linux_is_moved_where_its_preferred_address_has_no_memory() {
    let (kernel, map) = (bz_image(), MemoryMap::new(16 * MIB, 0));
    let mut guest = guest(&kernel);
    guest.map = &map;
    assert_eq!(load(&memory(), &guest).unwrap().general.rip, 0x20_0200);
    let map = MemoryMap::new(3 * MIB, 0);
    guest.map = &map;
    assert_eq!(
        load(&memory(), &guest).unwrap_err().to_string(),
        "the kernel needs 4194304 bytes of memory below 4 GiB and there are 3145728: give the \
         world more memory"
    );
}

#[test]
fn damaged_linux_images_are_refused_by_what_is_wrong() {
    for (offset, bytes, message) in [
        (
            0x206,
            &[0x0b, 0x02][..],
            "the kernel's boot protocol is 2.11, 2.12 or newer is needed (Linux 3.8)",
        ),
        (0x236, &[2, 0], "the kernel has no 64-bit entry"),
        (
            0x211,
            &[0],
            "the kernel's header contradicts itself: it has a 64-bit entry and belongs below 1 MiB",
        ),
        (0x201, &[0x20], "the kernel's header contradicts itself: its length"),
        (0x201, &[0xff], "the kernel's header contradicts itself: its length"),
        (
            0x1f4,
            &[2, 1],
            "the kernel's file ends before what its header promises: it is incomplete",
        ),
        (0x1f1, &[64], "the kernel's file ends before what its header promises: it is incomplete"),
        (
            0x260,
            &[0, 0, 0],
            "the kernel's header contradicts itself: it needs less memory than its own size",
        ),
        (
            0x230,
            &[1],
            "the kernel's header contradicts itself: its alignment is not a power of two",
        ),
    ] {
        let mut file = bz_image();
        put(&mut file, offset, bytes);
        let error = load(&memory(), &guest(&file)).unwrap_err();
        assert_eq!(error.to_string(), message, "{offset:#x}");
    }
    let file = bz_image();
    for length in 0..=file.len() - 16 {
        assert!(load(&memory(), &guest(&file[..length])).is_err(), "{length}");
    }
}

#[test]
fn an_initrd_or_a_command_line_that_does_not_fit_is_refused() {
    let kernel = bz_image();
    let initrd = std::vec![0; 15 * MIB as usize];
    let mut guest = guest(&kernel);
    guest.initrd = Some(&initrd);
    assert_eq!(
        load(&memory(), &guest).unwrap_err().to_string(),
        "the initial RAM disk of 15728640 bytes does not fit behind the kernel: give the world \
         more memory"
    );
    guest.initrd = None;
    let long = [b'x'; 2048];
    guest.command_line = &long;
    assert_eq!(
        load(&memory(), &guest).unwrap_err().to_string(),
        "the command line has 2048 bytes, the kernel takes 2047: shorten it"
    );
    guest.command_line = b"a\0b";
    assert_eq!(
        load(&memory(), &guest).unwrap_err().to_string(),
        "the command line has a zero byte in it: remove it"
    );
}

/// A 32-bit ELF file: one segment to load at `address`, and, where asked for, a PVH note.
fn elf(address: u32, note: bool, content: &[u8]) -> Vec<u8> {
    const CONTENT: usize = 0x1000;
    let mut file = Vec::new();
    put(&mut file, 0, &[0x7f, b'E', b'L', b'F', 1, 1, 1]);
    put(&mut file, 16, &[2, 0, 3, 0, 1, 0, 0, 0]);
    put(&mut file, 24, &(address + 0x10).to_le_bytes());
    put(&mut file, 28, &52_u32.to_le_bytes());
    put(&mut file, 40, &[52, 0, 32, 0, 1 + u8::from(note), 0]);
    let header = |kind: u32, offset: usize, address: u32, size: usize, memory: usize| {
        [kind, offset as u32, address, address, size as u32, memory as u32, 7, 4]
            .map(u32::to_le_bytes)
            .concat()
    };
    put(&mut file, 52, &header(1, CONTENT, address, content.len(), content.len() + 0x1000));
    if note {
        put(&mut file, 84, &header(4, 0x200, 0, 20, 20));
        let entry = (address + 0x20).to_le_bytes();
        put(&mut file, 0x200, &[4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0, b'X', b'e', b'n', 0]);
        put(&mut file, 0x210, &entry);
    }
    put(&mut file, CONTENT, content);
    file
}

#[test]
fn a_pvh_kernel_is_told_of_memory_modules_and_tables() {
    let (memory, kernel) = (memory(), elf(0x10_0000, true, &[0x90; 0x2000]));
    let mut guest = guest(&kernel);
    guest.initrd = Some(b"initrd");
    assert_eq!(Protocol::of(&kernel), Ok(Protocol::Pvh));
    let state = load(&memory, &guest).unwrap();
    assert_eq!((state.general.rip, state.general.registers[3]), (0x10_0020, 0x7000));
    assert_eq!((state.system.cr0, state.system.efer), (0x11, 0));
    assert_eq!(read::<4>(&memory, 0x10_1ffc), [0x90; 4]);
    let word = |offset: u64| memory.read_u64(0x7000 + offset).unwrap();
    assert_eq!(word(0), 0x1_336e_c578);
    assert_eq!((word(8), word(16), word(24)), (1 << 32, 0x7038, 0x2_0000));
    assert_eq!((word(32), word(40), word(48)), (0xe_0000, 0x8000, 4));
    assert_eq!((word(0x38), word(0x40)), (MEMORY - 4096, 6));
    assert_eq!(read::<6>(&memory, MEMORY - 4096), *b"initrd");
    assert_eq!(memory.read_u64(0x8000 + 3 * 24), Ok(MIB));
}

/// A Multiboot header with these flags, and addresses for a file of which it is the first part.
fn multiboot_header(flags: u32, address: u32, length: u32) -> Vec<u8> {
    let checksum = 0_u32.wrapping_sub(0x1bad_b002).wrapping_sub(flags);
    let end = address + length;
    [0x1bad_b002, flags, checksum, address, address, end, end + 0x100, address + 0x40]
        .map(u32::to_le_bytes)
        .concat()
}

#[test]
fn multiboot_kernels_are_loaded_from_elf_and_flat_files() {
    let mut content = multiboot_header(0b111, 0, 0);
    content.resize(0x100, 0xcc);
    let (memory, kernel) = (memory(), elf(0x20_0000, false, &content));
    let mut guest = guest(&kernel);
    (guest.initrd, guest.framebuffer) = (Some(&b"module"[..]), Some(SCREEN));
    let state = load(&memory, &guest).unwrap();
    assert_eq!(state.general.registers[0], 0x2bad_b002);
    assert_eq!((state.general.rip, state.general.registers[3]), (0x20_0010, 0x7000));
    let at = |offset: u64| u32::from_le_bytes(read(&memory, 0x7000 + offset));
    assert_eq!(at(0), 0b1_0010_0100_1101);
    assert_eq!((at(4), at(8)), (639, 31 * 1024));
    assert_eq!((at(20), at(24)), (1, 0x7080));
    assert_eq!((at(0x80), at(0x84)), (MEMORY as u32 - 4096, MEMORY as u32 - 4090));
    assert_eq!((at(44), at(48)), (4 * 24, 0x8000));
    assert_eq!(read::<8>(&memory, at(64).into()), *b"Cloister");
    assert_eq!((memory.read_u64(0x7058), at(96)), (Ok(0x1_8000_0000), 5120));
    assert_eq!(read::<8>(&memory, 0x706c), [32, 1, 16, 8, 8, 8, 0, 8]);

    let mut flat = multiboot_header(1 << 16, 0x30_0000, 0x80);
    flat.resize(0x80, 0xdd);
    let guest = super::Guest { kernel: &flat, ..guest };
    let state = load(&memory, &guest).unwrap();
    assert_eq!(state.general.rip, 0x30_0040);
    assert_eq!(read::<4>(&memory, 0x30_007c), [0xdd; 4]);
}

#[test]
fn damaged_kernels_of_other_kinds_are_refused_by_what_is_wrong() {
    let low = elf(0x8_0000, true, &[0; 16]);
    let mut larger = elf(0x10_0000, true, &[0; 16]);
    put(&mut larger, 52 + 20, &[8, 0]);
    let unoffered = multiboot_header(0b1000, 0, 0);
    let mut early = multiboot_header(1 << 16, 0x10_0000, 0x20);
    put(&mut early, 16, &0x20_0000_u32.to_le_bytes());
    for (kernel, message) in [
        (
            &b"#!/bin/sh"[..],
            "the kernel is neither a Linux bzImage, nor an ELF file with a PVH note, nor a \
             Multiboot kernel",
        ),
        (
            &low,
            "a part of the kernel belongs at 0x80000 to 0x81010, which is not memory from 1 MiB \
             on: give the world more memory, or link the kernel elsewhere",
        ),
        (&larger, "the kernel's ELF file has a segment larger than its memory"),
        (
            &unoffered,
            "the kernel demands something of its loader that is not offered (Multiboot flags 0x8)",
        ),
        (&early, "the kernel's header contradicts itself: it lies before what is to be loaded"),
    ] {
        assert_eq!(load(&memory(), &guest(kernel)).unwrap_err().to_string(), message);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 512, failure_persistence: None, ..Default::default()
    })]

    #[test]
    fn no_damage_makes_a_loader_panic(
        kind in 0_usize..4,
        damage in proptest::collection::vec((0_usize..0x300, proptest::prelude::any::<u8>()), 1..8),
    ) {
        let mut file = match kind {
            0 => bz_image(),
            1 => elf(0x10_0000, true, &[1; 64]),
            2 => elf(0x10_0000, false, &multiboot_header(0, 0, 0)),
            _ => multiboot_header(1 << 16, 0x10_0000, 0x20),
        };
        for (offset, value) in damage {
            let length = file.len();
            file[offset % length] = value;
        }
        let _ = load(&HostMemory::new(2 * MIB as usize), &guest(&file));
    }
}

#[test]
fn conventional_memory_is_said_where_a_bios_says_it() {
    let memory = memory();
    load(&memory, &guest(&bz_image())).unwrap();
    let word = |address| u64::from(u16::from_le_bytes(read(&memory, address)));
    assert_eq!(word(0x40e) << 4, LOW_END, "the segment of the extended data area");
    assert_eq!(word(0x413) << 10, LOW_END, "KiB of conventional memory");
    assert_eq!(read::<1>(&memory, LOW_END), [1], "KiB of the extended data area");
}
