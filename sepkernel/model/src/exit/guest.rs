//! Who handles an exit of a world: the kernel, the world's monitor, or nobody.
//!
//! The kernel handles what must be right for the machine (physical interrupts), what the machine
//! alone can do, and what is so frequent and simple that a monitor would only cost time. An exit
//! that was never asked for stops the world: the kernel does not guess.

use super::{SvmExit, is_handled};

/// Who handles an exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// The kernel; the world goes on afterwards, unless the work is [`KernelWork::Halt`].
    Kernel(KernelWork),
    /// The kernel, by making the guest take the exception with this vector.
    Inject(u8),
    /// The world's monitor.
    Monitor,
    /// Nobody: the world stops.
    Stop(GuestStop),
    /// The machine is broken.
    Fatal,
}

/// What the kernel does about an exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KernelWork {
    /// Takes the physical interrupt.
    Interrupt,
    /// Answers `CPUID` from the filtered table.
    Cpuid,
    /// Reads or writes a register of [`HANDLED_REGISTERS`](super::HANDLED_REGISTERS).
    ModelSpecific,
    /// Sets the guest's extended control register, if the value is one that it was offered.
    Xsetbv,
    /// Waits for the monitor's events.
    Halt,
    /// Answers a hypercall: there is none.
    Hypercall,
    /// Injects what waited for the guest to be able to take it.
    Window,
    /// Goes on behind the instruction, which has no effect: flushing caches would slow others.
    Skip,
    /// Goes on: the machine's firmware handles it.
    Resume,
}

/// Vectors of exceptions.
const DEBUG: u8 = 1;
const INVALID_OPCODE: u8 = 6;
/// The instruction is not allowed. It has an error code.
pub const GENERAL_PROTECTION: u8 = 13;
/// It has an error code.
pub const ALIGNMENT_CHECK: u8 = 17;
const MACHINE_CHECK: u8 = 18;

/// Why a world cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GuestStop {
    /// Triple fault or another shutdown.
    Shutdown,
    /// The processor refused the guest's state.
    InvalidState,
    /// A task switch, which no 64-bit system does.
    TaskSwitch,
    /// The exit with this code was never asked for.
    Unexpected(u64),
}

/// Who handles an exit, which has this code. `register` is the number of the model-specific register
/// (the guest's ECX), for exits that are about one.
#[must_use]
pub fn disposition(exit: SvmExit, code: u64, register: u32) -> Disposition {
    use Disposition::{Fatal, Inject, Kernel, Monitor, Stop};
    match exit {
        SvmExit::Interrupt => Kernel(KernelWork::Interrupt),
        SvmExit::NonMaskableInterrupt | SvmExit::Init | SvmExit::Exception(MACHINE_CHECK) => Fatal,
        SvmExit::SystemManagementInterrupt => Kernel(KernelWork::Resume),
        // The guest caused it: intercepted only because the processor could otherwise be kept busy for
        // ever by exceptions within their own delivery.
        SvmExit::Exception(vector @ (DEBUG | ALIGNMENT_CHECK)) => Inject(vector),
        SvmExit::VirtualInterrupt | SvmExit::Iret => Kernel(KernelWork::Window),
        SvmExit::Cpuid => Kernel(KernelWork::Cpuid),
        SvmExit::ModelSpecific if is_handled(register) => Kernel(KernelWork::ModelSpecific),
        SvmExit::Xsetbv => Kernel(KernelWork::Xsetbv),
        SvmExit::Hlt => Kernel(KernelWork::Halt),
        SvmExit::Hypercall => Kernel(KernelWork::Hypercall),
        SvmExit::CacheFlush => Kernel(KernelWork::Skip),
        SvmExit::UnofferedInstruction => Inject(INVALID_OPCODE),
        SvmExit::Rdpmc => Inject(GENERAL_PROTECTION),
        SvmExit::Port
        | SvmExit::ModelSpecific
        | SvmExit::NestedPageFault
        | SvmExit::Pause
        | SvmExit::ControlRead(_)
        | SvmExit::ControlWrite(_)
        | SvmExit::SelectiveControlWrite
        | SvmExit::FerrFreeze => Monitor,
        SvmExit::Shutdown => Stop(GuestStop::Shutdown),
        SvmExit::Invalid => Stop(GuestStop::InvalidState),
        SvmExit::TaskSwitch => Stop(GuestStop::TaskSwitch),
        SvmExit::Exception(_) | SvmExit::Unasked => Stop(GuestStop::Unexpected(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disposition(code: u64, register: u32) -> Disposition {
        super::disposition(SvmExit::decode(code), code, register)
    }

    #[test]
    fn what_reaches_outside_goes_to_the_monitor_and_no_further() {
        for code in [0x7b, 0x400, 0x77] {
            assert_eq!(disposition(code, 0), Disposition::Monitor, "{code:#x}");
        }
        assert_eq!(disposition(0x7c, 0x1b), Disposition::Monitor, "the local APIC's base");
        assert_eq!(disposition(0x7c, 0x277), Disposition::Kernel(KernelWork::ModelSpecific));
    }

    #[test]
    fn a_guest_finds_no_virtual_machine_extension() {
        for code in [0x73, 0x7a, 0x80, 0x82, 0x83, 0x84, 0x85, 0x86, 0x8a, 0x8c, 0x8e, 0xa0, 0xa4] {
            let refused = Disposition::Inject(INVALID_OPCODE);
            assert_eq!(disposition(code, 0), refused, "{code:#x}");
        }
    }

    #[test]
    fn what_was_never_asked_for_stops_the_world() {
        for code in [
            0x21,
            0x40,
            0x66,
            0x6e,
            0x70,
            0x79,
            0x87,
            0x8f,
            0xa5,
            0x401,
            0x402,
            0x403,
            0x1_0000_0072,
            1 << 63,
        ] {
            assert_eq!(disposition(code, 0), Disposition::Stop(GuestStop::Unexpected(code)));
        }
        assert_eq!(disposition(0x7f, 0), Disposition::Stop(GuestStop::Shutdown));
        assert_eq!(disposition(u64::MAX, 0), Disposition::Stop(GuestStop::InvalidState));
    }

    #[test]
    fn only_the_machine_itself_is_fatal() {
        let fatal: std::vec::Vec<_> =
            (0..0x500).filter(|&code| disposition(code, 0) == Disposition::Fatal).collect();
        assert_eq!(fatal, [0x52, 0x61, 0x63]);
    }
}
