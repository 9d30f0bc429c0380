//! Debian's unmodified kernel starts from what the loader and the ACPI tables put into memory.
//!
//! The memory and the processor's state go into an emulated PC, whose power management is at the same
//! ports: by a small program that QEMU starts by PVH, moves the first MiB into place and enters the
//! kernel in the state that the loader gave. What Linux then finds, it finds in our tables alone.

use std::fs;
use std::path::PathBuf;

use cloister::doctor::{self, requirement::Purpose};
use cloister_device::{GuestMemory, HostMemory};
use cloister_guest::acpi::{self, Devices, Pci};
use cloister_guest::cpu::State;
use cloister_guest::load::{self, Framebuffer, Guest, MemoryMap, Region};
use cloister_guests::{Progress, Variant, debian_world, default_cache};

#[path = "../../../guests/debian/tests/machine/mod.rs"]
mod machine;
use machine::Machine;

mod description;
use description::{IDENTITY, power};

const MIB: u64 = 1 << 20;
const MEMORY: u64 = 256 * MIB;
/// Where the program is, and where it finds the first MiB: beyond the memory that Linux is told of.
const PROGRAM: u64 = 288 * MIB;
const FIRST_MIB: u64 = 304 * MIB;
/// PCI's configuration space, where SeaBIOS has put it.
const CONFIGURATION: u64 = 0xb000_0000;

/// A screen in memory that Linux is not told of otherwise.
const SCREEN: Framebuffer =
    Framebuffer { address: 320 * MIB, width: 1024, height: 768, stride: 4096, red: 16, blue: 0 };

/// QEMU's q35.
const MACHINE: acpi::Machine<'_> = acpi::Machine {
    processors: 1,
    local_apic: 0xfee0_0000,
    io_apic: 0xfec0_0000,
    power: power(0),
    pci: Pci {
        configuration: CONFIGURATION as u32,
        low: Region { start: 0xc000_0000, size: 0x3ec0_0000 },
        high: Region { start: 0, size: 0 },
        interrupt_of_slot: |slot| 16 + slot % 4,
    },
    devices: Devices { serial: true, keyboard_and_mouse: true },
    identity: &IDENTITY,
};

/// The program that enters the kernel.
fn program(state: &State) -> Vec<u8> {
    let system = &state.system;
    let mut code = Vec::new();
    let low = |value: u64| (value as u32).to_le_bytes();
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| code.extend_from_slice(part));
    put(&[&[0xfa, 0xfc]]);
    // The firmware's shadow from 0xc0000 to 0x100000 becomes writable memory (PAM registers).
    for (register, value) in [(0x8000_0090_u32, 0x3333_3330_u32), (0x8000_0094, 0x0033_3333)] {
        put(&[&[0xb8], &register.to_le_bytes(), &[0x66, 0xba, 0xf8, 0x0c, 0xef]]);
        put(&[&[0xb8], &value.to_le_bytes(), &[0x66, 0xba, 0xfc, 0x0c, 0xef]]);
    }
    for (start, end) in [(0x6000, 0x9_fc00), (0xe_0000, 0x10_0000)] {
        // mov esi, edi, ecx; rep movsd
        put(&[&[0xbe], &low(FIRST_MIB + start), &[0xbf], &low(start)]);
        put(&[&[0xb9], &low((end - start) / 4), &[0xf3, 0xa5]]);
    }
    // The descriptor table's register, which lies behind the program.
    put(&[&[0x0f, 0x01, 0x15], &low(PROGRAM + 0x800)]);
    put(&[&[0xb8], &low(system.cr4), &[0x0f, 0x22, 0xe0]]);
    put(&[&[0xb8], &low(system.cr3), &[0x0f, 0x22, 0xd8]]);
    // EFER but for LMA, which the processor sets itself.
    put(&[&[0xb9], &low(0xc000_0080), &[0xb8], &low(system.efer & !(1 << 10))]);
    put(&[&[0x31, 0xd2, 0x0f, 0x30, 0xb8], &low(system.cr0), &[0x0f, 0x22, 0xc0]]);
    let long = PROGRAM + 0x400;
    put(&[&[0xea], &low(long), &system.segments.cs.selector.to_le_bytes()]);
    code.resize(0x400, 0x90);
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| code.extend_from_slice(part));
    put(&[&[0xb8], &low(system.segments.ds.selector.into())]);
    put(&[&[0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0x8e, 0xe0, 0x8e, 0xe8]]);
    put(&[&[0x48, 0xbe], &state.general.registers[6].to_le_bytes()]);
    put(&[&[0x48, 0xb8], &state.general.rip.to_le_bytes(), &[0xff, 0xe0]]);
    code.resize(0x800, 0x90);
    code.extend((system.segments.gdtr.limit as u16).to_le_bytes());
    code.extend(low(system.segments.gdtr.base));
    code
}

/// An ELF file with a PVH note that puts each of these where it belongs and starts the program.
fn elf(parts: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let word = |value: u64| (value as u32).to_le_bytes();
    let mut headers = Vec::new();
    let mut contents = Vec::new();
    let mut part = |kind: u64, address: u64, content: &[u8]| {
        let (offset, size) = (0x1000 + contents.len() as u64, content.len() as u64);
        for field in [kind, offset, address, address, size, size, 7, 4] {
            headers.extend(word(field));
        }
        contents.extend_from_slice(content);
    };
    let note = [word(4), word(4), word(18), *b"Xen\0", word(PROGRAM)].concat();
    part(4, 0, &note);
    parts.iter().for_each(|(address, content)| part(1, *address, content));
    let mut file = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend([2, 0, 3, 0, 1, 0, 0, 0]);
    file.extend([word(PROGRAM), word(52), word(0), word(0)].concat());
    file.extend([52, 0, 32, 0, parts.len() as u8 + 1, 0, 40, 0, 0, 0, 0, 0]);
    file.extend(headers);
    assert!(file.len() <= 0x1000);
    file.resize(0x1000, 0);
    file.extend(contents);
    file
}

/// What lies in memory from 1 MiB on, in runs of whole MiB.
fn occupied(memory: &HostMemory) -> Vec<(u64, Vec<u8>)> {
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut bytes = vec![0; MIB as usize];
    for start in (MIB..MEMORY).step_by(MIB as usize) {
        memory.read(start, &mut bytes).unwrap();
        if bytes.iter().all(|byte| *byte == 0) {
            continue;
        }
        match runs.last_mut() {
            Some((first, run)) if *first + run.len() as u64 == start => run.extend(&bytes),
            _ => runs.push((start, bytes.clone())),
        }
    }
    runs
}

/// Debian's kernel and a world's initial RAM disk.
fn images() -> (PathBuf, PathBuf) {
    doctor::ensure(&[Purpose::Build, Purpose::Run])
        .expect("everything needed is there or can be installed");
    let mut show = |step: Progress| eprintln!("{step}");
    let images = debian_world(&default_cache(), &Variant::plain(), &mut show)
        .unwrap_or_else(|error| panic!("{error}"));
    (images.kernel, images.initrd)
}

#[test]
fn debians_kernel_boots_and_finds_the_machine_in_our_tables() {
    let (kernel, initrd) = images();
    let (kernel, initrd) = (fs::read(kernel).unwrap(), fs::read(initrd).unwrap());
    let memory = HostMemory::new(MEMORY as usize);
    let map = MemoryMap::new(MEMORY, 0).with_reserved(Region { start: CONFIGURATION, size: MIB });
    let rsdp = acpi::write(&memory, &MACHINE).unwrap();
    let guest = Guest {
        kernel: &kernel,
        initrd: Some(&initrd),
        command_line: b"console=ttyS0 cloister.world=alpha panic=-1",
        map: &map,
        rsdp,
        framebuffer: Some(SCREEN),
    };
    let state = load::load(&memory, &guest).unwrap();
    assert_eq!(state.general.rip % MIB, 0x200);

    let mut parts = occupied(&memory);
    let mut first = vec![0; MIB as usize];
    memory.read(0, &mut first).unwrap();
    parts.extend([(FIRST_MIB, first), (PROGRAM, program(&state))]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("started.elf");
    fs::write(&file, elf(&parts)).unwrap();

    let arguments = ["-M", "q35", "-m", "512", "-kernel", file.to_str().unwrap()];
    let mut machine = Machine::start(&arguments);
    machine.wait_for("world: ready");
    assert_eq!(machine.run("hostname"), "alpha\n");
    let memory = machine.run("head -n 1 /proc/meminfo | tr -dc 0-9");
    assert!((200_000..262_144).contains(&memory.trim().parse::<u64>().unwrap()), "{memory}");
    let tables = machine.run("ls -1 /sys/firmware/acpi/tables");
    for table in ["APIC", "CLST", "DSDT", "FACP", "FACS", "MCFG"] {
        assert!(tables.lines().any(|line| line == table), "{tables}");
    }
    // Name, level and link of the world, as the layout says.
    let field = |skip: u32, count: u32| {
        format!(
            "dd if=/sys/firmware/acpi/tables/CLST bs=1 skip={skip} count={count} 2>/dev/null | tr -d '\\0'; echo"
        )
    };
    assert_eq!(machine.run(&field(44, 32)), "alpha\n");
    assert_eq!(machine.run(&field(76, 128)), "SECRET//CRYPTO\n");
    assert_eq!(machine.run(&field(204, 32)), "corridor\n");
    let complaints = machine.run("dmesg | grep -iE 'ACPI.*(error|warning)|firmware bug|BIOS bug'");
    assert_eq!(complaints, "");
    let log = machine.run("dmesg");
    for expected in [
        "ACPI: Interpreter enabled",
        "ACPI: PM: (supports S0 S5)",
        "PCI Root Bridge [PCI0]",
        "MMCONFIG",
    ] {
        assert!(log.contains(expected), "{expected} in\n{log}");
    }
    for device in ["PNP0501", "PNP0b00", "PNP0303", "PNP0f13", "PNP0c02"] {
        let count = machine.run(&format!("grep -l {device} /sys/bus/pnp/devices/*/id | wc -l"));
        assert_eq!(count, "1\n", "{device}");
    }
    let screen = "cd /sys/class/graphics/fb0 && cat name virtual_size bits_per_pixel stride; cd /";
    assert_eq!(machine.run(screen), "EFI VGA\n1024,768\n32\n4096\n");
    // Off by our \_S5 and our FADT.
    machine.type_line("poweroff");
    assert!(machine.wait_for_end().success());
}
