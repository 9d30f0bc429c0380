//! What the processor forbids after lock.

use cloister::{machine::options::Firmware, milestone::Milestone};
use cloister_tests::{page_tables, registers::ControlRegisters, running::Running};
use serde_json::json;

#[test]
fn after_lock_no_page_is_writable_and_executable_and_the_protections_are_on() {
    for firmware in [Firmware::Uefi, Firmware::Pvh] {
        let mut machine = Running::start(firmware);
        machine.reach(Milestone::Locked);
        let pages = page_tables::walk(machine.machine());
        assert!(pages.iter().any(|page| page.executable), "no code: the walk went wrong");
        assert!(pages.iter().any(|page| page.writable), "no data: the walk went wrong");
        let both: Vec<_> = pages.iter().filter(|page| page.writable && page.executable).collect();
        assert!(both.is_empty(), "writable and executable: {both:x?}");

        let registers = ControlRegisters::of(machine.machine());
        let has = |value: u64, bits: u64| value & bits == bits;
        assert!(has(registers.cr0, ControlRegisters::WRITE_PROTECT), "{registers:x?}");
        assert!(has(registers.efer, ControlRegisters::NO_EXECUTE), "{registers:x?}");
        // QEMU's machine has all of them.
        let wanted = ControlRegisters::SMEP | ControlRegisters::SMAP | ControlRegisters::UMIP;
        assert!(has(registers.cr4, wanted), "{registers:x?}");
    }
}

/// Addresses from here on are the kernel's.
const UPPER_HALF: u64 = 1 << 63;

#[test]
fn after_lock_every_processors_tables_map_the_kernel_and_one_component_only() {
    for (name, policy, processors) in [
        ("live-tables-1", include_str!("../../policies/components.toml"), 1),
        ("live-tables-2", include_str!("../../policies/audit.toml"), 2),
        ("live-tables-4", include_str!("../../policies/processors.toml"), 4),
    ] {
        let mut machine = Running::of_policy(name, policy, processors);
        machine.reach(Milestone::Locked);
        let qmp = machine.machine().qmp().expect("a control socket");
        qmp.execute("stop", json!({})).expect("the machine stands still");
        let all = ControlRegisters::of_all(machine.machine());
        assert_eq!(all.len(), usize::from(processors));
        for registers in &all {
            let pages = page_tables::walk_from(machine.machine(), registers);
            assert!(pages.iter().any(|page| page.executable), "{name}: no code in {registers:x?}");
            for page in &pages {
                assert!(!(page.writable && page.executable), "{name}: {page:x?} {registers:x?}");
                // The boot program's half is empty but for what a component has there.
                assert_eq!(page.user, page.address < UPPER_HALF, "{name}: {page:x?}");
            }
        }
    }
}
