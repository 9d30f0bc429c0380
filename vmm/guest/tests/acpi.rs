//! Debian's `iasl` understands the ACPI tables, as Linux does: both are made from ACPICA.

use std::fs;
use std::process::Command;

use cloister::doctor::{self, requirement::Purpose};
use cloister_device::{GuestMemory, HostMemory};
use cloister_guest::acpi::{self, Devices, Identity, Machine, Pci};
use cloister_guest::load::Region;

mod description;
use description::{IDENTITY, power};

const MACHINE: Machine<'_> = Machine {
    processors: 2,
    local_apic: 0xfee0_0000,
    io_apic: 0xfec0_0000,
    power: power(5),
    pci: Pci {
        configuration: 0xe000_0000,
        low: Region { start: 0xe100_0000, size: 0x0f00_0000 },
        high: Region { start: 1 << 38, size: 1 << 32 },
        interrupt_of_slot: |slot| 16 + slot % 4,
    },
    devices: Devices { serial: true, keyboard_and_mouse: true },
    identity: &IDENTITY,
};

/// A table: its signature and all its bytes.
type Found = (String, Vec<u8>);

/// Follows the tables from the RSDP on, as an operating system does.
fn tables(memory: &HostMemory, root: u64) -> Vec<Found> {
    let table = |address: u64| {
        let mut head = [0; 8];
        memory.read(address, &mut head).unwrap();
        let length = u32::from_le_bytes(head[4..].try_into().unwrap());
        let mut bytes = vec![0; length as usize];
        memory.read(address, &mut bytes).unwrap();
        (String::from_utf8(head[..4].to_vec()).unwrap(), bytes)
    };
    let mut pointer = [0; 36];
    memory.read(root, &mut pointer).unwrap();
    assert_eq!((&pointer[..8], sum(&pointer[..20]), sum(&pointer)), (&b"RSD PTR "[..], 0, 0));
    let all = table(memory.read_u64(root + 24).unwrap());
    let mut found: Vec<Found> = all.1[36..]
        .chunks(8)
        .map(|address| table(u64::from_le_bytes(address.try_into().unwrap())))
        .collect();
    let fixed = found.iter().find(|(signature, _)| signature == "FACP").unwrap().1.clone();
    assert_eq!(fixed.len(), 276);
    let at = |offset: usize| u32::from_le_bytes(fixed[offset..offset + 4].try_into().unwrap());
    found.push(table(at(40).into()));
    found.push(all);
    for (signature, bytes) in &found {
        assert_eq!(sum(bytes), 0, "checksum of {signature}");
    }
    assert_eq!(at(36) % 64, 0);
    found.push(table(at(36).into()));
    found
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// What `iasl` makes of a table, without a complaint.
fn disassembled((signature, bytes): &Found) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.aml");
    fs::write(&path, bytes).unwrap();
    let run = |arguments: &[&str], input: &str| {
        let output = Command::new("iasl")
            .args(arguments)
            .arg(directory.path().join(input))
            .output()
            .expect("the doctor found it");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{signature}: {said}");
        said
    };
    let said = run(&["-d"], "table.aml");
    for complaint in ["Warning", "Error", "Invalid"] {
        assert!(!said.contains(complaint), "{signature}: {said}");
    }
    let text = fs::read_to_string(directory.path().join("table.dsl")).unwrap();
    assert!(!text.contains("**** "), "{signature}:\n{text}");
    // What was understood can be said again, and is the same.
    if signature == "DSDT" {
        let said = run(&["-oa"], "table.dsl");
        assert!(said.contains(" 0 Errors, 0 Warnings"), "{said}");
        let again = fs::read(directory.path().join("table.aml")).unwrap();
        assert_eq!(again[36..], bytes[36..], "compiled again, it differs");
    }
    text
}

#[test]
fn iasl_understands_every_table() {
    doctor::ensure(&[Purpose::AcpiTables]).expect("iasl is there or can be installed");
    let memory = HostMemory::new(1 << 20);
    let root = acpi::write(&memory, &MACHINE).unwrap();
    assert!((0xe_0000..0x10_0000).contains(&root) && root.is_multiple_of(16));
    let found = tables(&memory, root);
    let text = |wanted: &str| {
        disassembled(found.iter().find(|(signature, _)| signature == wanted).unwrap())
    };
    let devices = text("DSDT");
    for expected in [
        "Device (PCI0)",
        r#"EisaId ("PNP0A08")"#,
        r#"EisaId ("PNP0501")"#,
        "Name (_S5, Package (0x04)",
        "0x00000000E1000000, // Range Minimum",
        "0x00000000EFFFFFFF, // Range Maximum",
        "0x0000004000000000, // Range Minimum",
        "0x001FFFFF",
    ] {
        assert!(devices.contains(expected), "{expected} in\n{devices}");
    }
    let fixed = text("FACP");
    for expected in [
        "PM1A Event Block Address : 00000600",
        "PM1A Control Block Address : 00000604",
        "PM Timer Block Address : 00000608",
        "32-bit PM Timer (V1) : 1",
        "Reset Register Supported (V2) : 1",
        "Hardware Reduced (V5) : 0",
        "Address : 0000000000000CF9",
        "Value to cause reset : 06",
    ] {
        assert!(fixed.contains(expected), "{expected} in\n{fixed}");
    }
    let interrupts = text("APIC");
    for expected in
        ["Processor Local APIC", "I/O APIC", "Interrupt Source Override", "Local APIC NMI"]
    {
        assert!(interrupts.contains(expected), "{expected} in\n{interrupts}");
    }
    assert!(text("MCFG").contains("Base Address : 00000000E0000000"));
    disassembled(found.last().unwrap());
}

#[test]
fn the_world_finds_its_identity() {
    let memory = HostMemory::new(1 << 20);
    let root = acpi::write(&memory, &MACHINE).unwrap();
    let found = tables(&memory, root);
    let (_, bytes) = found.iter().find(|(signature, _)| signature == "CLST").unwrap();
    let text = |at: usize, size: usize| {
        String::from_utf8(bytes[at..at + size].to_vec()).unwrap().trim_end_matches('\0').to_owned()
    };
    assert_eq!(bytes[36..44], [1, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!((text(44, 32), text(76, 128)), ("alpha".to_owned(), "SECRET//CRYPTO".to_owned()));
    assert_eq!(text(204, 32), "corridor");
    assert_eq!(bytes[236..252], [2, 0, 0, 0, 0, 1, 1, 3, 3, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes.len(), 252);
}

#[test]
fn what_does_not_fit_is_refused() {
    let memory = HostMemory::new(1 << 20);
    let refused = |machine: Machine<'_>| acpi::write(&memory, &machine).unwrap_err().to_string();
    let links = [IDENTITY.links[0]; acpi::MAX_LINKS + 10];
    let identity = Identity { links: &links, ..IDENTITY };
    assert_eq!(
        refused(Machine { identity: &identity, ..MACHINE }),
        "the machine's tables do not fit: fewer links"
    );
    for processors in [0, 65] {
        assert_eq!(
            refused(Machine { processors, ..MACHINE }),
            "a world has 1 to 64 virtual processors"
        );
    }
    assert_eq!(acpi::write(&HostMemory::new(4096), &MACHINE), Err(acpi::Error::NoMemory));
}
