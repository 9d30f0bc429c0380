//! What the processor forbids after lock.

use cloister::{machine::options::Firmware, milestone::Milestone};
use cloister_tests::{page_tables, registers::ControlRegisters, running::Running};

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
