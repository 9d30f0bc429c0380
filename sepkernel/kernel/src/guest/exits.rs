//! What the kernel does itself when the processor leaves a guest. Who handles what is decided in
//! `cloister_model::exit`.

use core::arch::asm;

use cloister_abi::{Event, ExitReason};
use cloister_hardware::svm::{EFER_SVME, Features};
use cloister_model::exit::model_specific::{
    EXTENDED_FEATURES, PAGE_ATTRIBUTES, TIME_STAMP_COUNTER, TIME_STAMP_COUNTER_AUXILIARY,
    VIRTUAL_MACHINE_CONTROL,
};
use cloister_model::exit::{
    ALIGNMENT_CHECK, Disposition, GENERAL_PROTECTION, KernelWork, Report, SvmExit, SvmInformation,
    disposition, report,
};
use cloister_model::processor::{
    Identified, extended_control_is_valid, extended_features, page_attributes_are_valid,
};
use x86_64::registers::model_specific::Msr;

use super::exchange::set_window;
use super::{Virtual, enter};
use crate::time;

/// Lengths of instructions where the processor does not tell where the next one is. A guest that puts
/// needless prefixes before them goes on inside the instruction, to its own harm only.
const SHORT: u64 = 1;
const TWO_BYTES: u64 = 2;
const THREE_BYTES: u64 = 3;

/// The answer to every hypercall, as none is offered: KVM's code for it (-1000).
const NO_SUCH_CALL: u64 = -1000_i64 as u64;

/// Sees to an exit; returns what is left to decide, none if the guest goes on.
pub fn handle(
    guest: &mut Virtual<'_>,
    features: &Features,
    extended_state: u64,
) -> Option<Disposition> {
    guest.kept.exits = guest.kept.exits.wrapping_add(1);
    let [_, rcx, rdx, ..] = guest.kept.general.registers;
    let control = &mut guest.block.control;
    control.tlb_control = 0;
    let exit = SvmExit::decode(control.exit_code);
    let decided = disposition(exit, control.exit_code, rcx as u32);
    if decided == Disposition::Kernel(KernelWork::Cpuid) {
        // The most frequent of the kernel's, and never in the middle of an event's delivery.
        control.event_injection = 0;
        let next_rip = if features.next_rip { control.next_rip } else { 0 };
        cpuid(guest, rcx as u32);
        skip(guest, next_rip, TWO_BYTES);
        return None;
    }
    // What was being delivered to the guest when it was left is delivered again, by whoever decides
    // next; a software interrupt by executing its instruction again.
    control.event_injection = match Event::from_number(control.exit_interrupt) {
        None | Some(Event::Software(_) | Event::Exception(3 | 4, _)) => 0,
        Some(event) => event.to_number(),
    };
    let [first, second] = control.exit_information;
    let exit = SvmInformation {
        exit,
        first,
        second,
        registers: [guest.block.state.rax, rcx, rdx],
        next_rip: if features.next_rip { control.next_rip } else { 0 },
        decoded: features.decode_assists,
    };
    match decided {
        Disposition::Kernel(KernelWork::Interrupt) => {
            enter::take_interrupt();
            Some(decided)
        }
        Disposition::Kernel(KernelWork::ModelSpecific) => {
            let done = if first & 1 == 0 { read(guest, rcx as u32) } else { write(guest, &exit) };
            conclude(guest, done, &exit, TWO_BYTES)
        }
        Disposition::Kernel(KernelWork::Xsetbv) => {
            let done = set_extended(guest, &exit, extended_state);
            conclude(guest, done, &exit, THREE_BYTES)
        }
        Disposition::Kernel(KernelWork::Halt) => Some(halt(guest, &exit)),
        Disposition::Kernel(KernelWork::Window) | Disposition::Monitor => {
            Some(to_monitor(guest, report(&exit)))
        }
        Disposition::Kernel(KernelWork::Hypercall) => {
            guest.block.state.rax = NO_SUCH_CALL;
            skip(guest, exit.next_rip, THREE_BYTES);
            None
        }
        Disposition::Kernel(KernelWork::Skip) => {
            skip(guest, exit.next_rip, TWO_BYTES);
            None
        }
        Disposition::Kernel(KernelWork::Cpuid | KernelWork::Resume) => None,
        Disposition::Inject(vector) => {
            inject(guest, vector);
            None
        }
        Disposition::Stop(_) | Disposition::Fatal => Some(decided),
    }
}

fn to_monitor(guest: &mut Virtual<'_>, report: Report) -> Disposition {
    guest.kept.report = report;
    set_window(&mut guest.block.control, false);
    guest.kept.window = false;
    Disposition::Monitor
}

/// Goes on behind the instruction.
fn skip(guest: &mut Virtual<'_>, next_rip: u64, length: u64) {
    let state = &mut guest.block.state;
    state.rip = match next_rip {
        0 => state.rip.wrapping_add(length),
        next => next,
    };
    guest.block.control.interrupt_shadow = 0;
}

/// Makes the guest take an exception.
fn inject(guest: &mut Virtual<'_>, vector: u8) {
    let code = matches!(vector, GENERAL_PROTECTION | ALIGNMENT_CHECK).then_some(0);
    guest.block.control.event_injection = Event::Exception(vector, code).to_number();
}

/// The instruction is done, or was not allowed.
fn conclude(
    guest: &mut Virtual<'_>,
    done: Option<()>,
    exit: &SvmInformation,
    length: u64,
) -> Option<Disposition> {
    match done {
        Some(()) => skip(guest, exit.next_rip, length),
        None => inject(guest, GENERAL_PROTECTION),
    }
    None
}

fn cpuid(guest: &mut Virtual<'_>, subleaf: u32) {
    let state = Identified {
        number: guest.guest.number,
        cr4: guest.block.state.cr4,
        xcr0: guest.kept.xcr0,
    };
    let leaf = guest.block.state.rax as u32;
    let [a, b, c, d] = guest.guest.identity.answer(leaf, subleaf, &state).map(u64::from);
    guest.block.state.rax = a;
    let [_, rcx, rdx, rbx, ..] = &mut guest.kept.general.registers;
    (*rbx, *rcx, *rdx) = (b, c, d);
}

/// The guest waits for an interrupt. If the monitor wants to give it one, it is asked first.
fn halt(guest: &mut Virtual<'_>, exit: &SvmInformation) -> Disposition {
    const INTERRUPTS: u64 = 1 << 9;
    skip(guest, exit.next_rip, SHORT);
    if guest.kept.window && guest.block.state.rflags & INTERRUPTS != 0 {
        let reason = ExitReason::InterruptWindow;
        return to_monitor(guest, Report { reason, ..Report::NOTHING });
    }
    guest.kept.halted = true;
    Disposition::Kernel(KernelWork::Halt)
}

/// Reads a register for the guest; none if it has none.
fn read(guest: &mut Virtual<'_>, register: u32) -> Option<()> {
    /// The extension is disabled, for good.
    const DISABLED: u64 = 0b1_1000;
    let value = match register {
        TIME_STAMP_COUNTER => time::now().wrapping_add(guest.block.control.tsc_offset),
        PAGE_ATTRIBUTES => guest.block.state.pat,
        EXTENDED_FEATURES => guest.block.state.efer & !EFER_SVME,
        TIME_STAMP_COUNTER_AUXILIARY => guest.kept.auxiliary,
        VIRTUAL_MACHINE_CONTROL => DISABLED,
        _ => return None,
    };
    guest.block.state.rax = value & 0xffff_ffff;
    if let Some(rdx) = guest.kept.general.registers.get_mut(2) {
        *rdx = value >> 32;
    }
    Some(())
}

/// Writes a register for the guest; none if it has none, or not with this value.
fn write(guest: &mut Virtual<'_>, exit: &SvmInformation) -> Option<()> {
    let value = exit.operand();
    let state = &mut guest.block.state;
    match exit.registers[1] as u32 {
        TIME_STAMP_COUNTER => {
            guest.block.control.tsc_offset = value.wrapping_sub(time::now());
        }
        PAGE_ATTRIBUTES if page_attributes_are_valid(value) => state.pat = value,
        EXTENDED_FEATURES => {
            let new = extended_features(state.efer & !EFER_SVME, value, state.cr0)?;
            state.efer = new | EFER_SVME;
        }
        TIME_STAMP_COUNTER_AUXILIARY if value >> 32 == 0 => {
            guest.kept.auxiliary = value;
            set_auxiliary(value);
        }
        VIRTUAL_MACHINE_CONTROL => {}
        _ => return None,
    }
    Some(())
}

fn set_extended(guest: &mut Virtual<'_>, exit: &SvmInformation, offered: u64) -> Option<()> {
    let value = exit.operand();
    let allowed = exit.registers[1] as u32 == 0
        && guest.block.state.cpl == 0
        && extended_control_is_valid(value, offered);
    allowed.then(|| guest.kept.xcr0 = value)
}

/// Sets this processor's extended control register 0.
pub fn set_extended_control(value: u64) {
    // SAFETY: the value is one that the processor has, and what it enables is the guest's own.
    unsafe {
        asm!("xsetbv", in("ecx") 0, in("eax") value as u32, in("edx") (value >> 32) as u32,
            options(nostack));
    }
}

/// Sets TSC_AUX, where the processor has it.
pub fn set_auxiliary(value: u64) {
    // SAFETY: every processor with the extension has the register (AMD APM volume 3, RDTSCP); only
    // `RDTSCP` and `RDPID` read it.
    unsafe { Msr::new(TIME_STAMP_COUNTER_AUXILIARY).write(value) };
}

/// DR0 to DR3.
pub fn breakpoints() -> [u64; 4] {
    let [a, b, c, d]: [u64; 4];
    // SAFETY: reading changes nothing.
    unsafe {
        asm!("mov {}, dr0", "mov {}, dr1", "mov {}, dr2", "mov {}, dr3", out(reg) a, out(reg) b,
            out(reg) c, out(reg) d, options(nomem, nostack));
    }
    [a, b, c, d]
}

/// Sets DR0 to DR3. Debugging is off in the kernel and in ring 3, so they have no effect there.
pub fn set_breakpoints(&[a, b, c, d]: &[u64; 4]) {
    // SAFETY: no breakpoint is enabled while the kernel runs (AMD APM volume 2, section 15.6: an exit
    // disables them).
    unsafe {
        asm!("mov dr0, {}", "mov dr1, {}", "mov dr2, {}", "mov dr3, {}", in(reg) a, in(reg) b,
            in(reg) c, in(reg) d, options(nostack));
    }
}
