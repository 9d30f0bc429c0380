//! What a monitor is told of an exit: the same for every vendor's processors.

use cloister_abi::{ExitReason, MemoryAccess, PortAccess};

use super::SvmExit;

/// What an AMD processor leaves of an exit (AMD APM volume 2, section 15.6 and appendix C).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SvmInformation {
    /// What EXITCODE says.
    pub exit: SvmExit,
    /// EXITINFO1.
    pub first: u64,
    /// EXITINFO2.
    pub second: u64,
    /// The guest's RAX, RCX and RDX.
    pub registers: [u64; 3],
    /// Address of the next instruction, where the processor says it; else 0.
    pub next_rip: u64,
    /// Whether the control register's number and operand are in EXITINFO1 (decode assists).
    pub decoded: bool,
}

impl SvmInformation {
    /// What `WRMSR` and `XSETBV` write: the lower halves of EDX and EAX.
    #[must_use]
    pub const fn operand(&self) -> u64 {
        let [rax, _, rdx] = self.registers;
        low(rax) | rdx << 32
    }
}

/// What a monitor is told of an exit; see the fields of the same names of [`Exit`](cloister_abi::Exit).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "see there")]
pub struct Report {
    pub reason: ExitReason,
    pub detail: u64,
    pub value: u64,
    pub next_rip: u64,
}

impl Report {
    /// That there is nothing to tell.
    pub const NOTHING: Self = Self { reason: ExitReason::None, detail: 0, value: 0, next_rip: 0 };
}

/// What the monitor is told; nothing of exits that are not for it.
#[must_use]
pub fn report(exit: &SvmInformation) -> Report {
    let [_, rcx, _] = exit.registers;
    let (reason, detail, value, next_rip) = match exit.exit {
        SvmExit::Port => (ExitReason::Port, port(exit.first).to_detail(), 0, exit.second),
        SvmExit::NestedPageFault => {
            (ExitReason::Memory, exit.second, memory(exit.first).to_value(), 0)
        }
        SvmExit::ModelSpecific if exit.first & 1 == 0 => {
            (ExitReason::ReadRegister, low(rcx), 0, exit.next_rip)
        }
        SvmExit::ModelSpecific => {
            (ExitReason::WriteRegister, low(rcx), exit.operand(), exit.next_rip)
        }
        SvmExit::VirtualInterrupt => (ExitReason::InterruptWindow, 0, 0, 0),
        SvmExit::ControlRead(number) => {
            (ExitReason::ReadControl, number.into(), register(exit), exit.next_rip)
        }
        SvmExit::ControlWrite(number) => {
            (ExitReason::WriteControl, number.into(), register(exit), exit.next_rip)
        }
        SvmExit::Pause => (ExitReason::Pause, 0, 0, exit.next_rip),
        _ => return Report::NOTHING,
    };
    Report { reason, detail, value, next_rip }
}

const fn low(register: u64) -> u64 {
    register & 0xffff_ffff
}

/// For a control register: the number of the general register, and in bit 63 whether it is known.
const fn register(exit: &SvmInformation) -> u64 {
    if exit.decoded { exit.first & 0xf | 1 << 63 } else { 0 }
}

/// EXITINFO1 of a port access (AMD APM volume 2, section 15.10.2).
fn port(information: u64) -> PortAccess {
    let bit = |position: u32| information >> position & 1 != 0;
    PortAccess {
        port: (information >> 16) as u16,
        bytes: if bit(4) {
            1
        } else if bit(5) {
            2
        } else {
            4
        },
        read: bit(0),
        string: bit(2),
        repeat: bit(3),
        address_bytes: if bit(7) {
            2
        } else if bit(8) {
            4
        } else {
            8
        },
        segment: (information >> 10) as u8 & 0b111,
    }
}

/// EXITINFO1 of a nested page fault (AMD APM volume 2, section 15.25.6).
const fn memory(information: u64) -> MemoryAccess {
    /// The fault came up when the processor read the guest's page tables.
    const TABLE_WALK: u64 = 1 << 33;
    MemoryAccess {
        write: information & 1 << 1 != 0,
        fetch: information & 1 << 4 != 0,
        walk: information & TABLE_WALK != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of the exit with this code, EXITINFO1, EXITINFO2 and registers.
    fn told(code: u64, first: u64, second: u64, registers: [u64; 3]) -> Report {
        let exit = SvmExit::decode(code);
        report(&SvmInformation { exit, first, second, registers, next_rip: 0, decoded: false })
    }

    #[test]
    fn a_port_access_is_told_with_its_width_and_the_next_instruction() {
        let Report { reason, detail, next_rip, .. } =
            told(0x7b, 0x3f8 << 16 | 1 << 4 | 1, 0x1002, [0; 3]);
        assert_eq!((reason, next_rip), (ExitReason::Port, 0x1002));
        let access = PortAccess::from_detail(detail);
        assert_eq!((access.port, access.bytes, access.read), (0x3f8, 1, true));
        assert!(!access.string && !access.repeat);
    }

    #[test]
    fn a_register_write_is_told_with_its_value_whatever_the_upper_halves_are() {
        let registers = [0xffff_ffff_0000_0001, 0xffff_ffff_0000_0830, 2];
        let written = told(0x7c, 1, 0, registers);
        assert_eq!((written.reason, written.detail), (ExitReason::WriteRegister, 0x830));
        assert_eq!((written.value, written.next_rip), (2 << 32 | 1, 0));
        assert_eq!(told(0x7c, 0, 0, registers).reason, ExitReason::ReadRegister);
    }

    #[test]
    fn a_fault_is_told_with_its_address() {
        let Report { reason, detail, value, .. } = told(0x400, 1 << 1, 0xfee0_0020, [0; 3]);
        assert_eq!((reason, detail), (ExitReason::Memory, 0xfee0_0020));
        let access = MemoryAccess::from_value(value);
        assert!(access.write && !access.fetch && !access.walk);
    }

    #[test]
    fn exits_that_are_not_for_the_monitor_tell_nothing() {
        for code in [0x60, 0x72, 0x78, 0x7f, u64::MAX] {
            assert_eq!(told(code, 0, 0, [0; 3]), Report::NOTHING);
        }
    }
}
