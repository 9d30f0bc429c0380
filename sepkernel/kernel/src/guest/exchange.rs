//! Between the control block and the monitor's page. The monitor may write its page at any time, so
//! each part is read once, into the kernel's own memory.

use core::arch::asm;

use cloister_abi::{Event, Exit, General, Orders, System, VirtualProcessor};
use cloister_hardware::svm::{
    Control, ControlBlock, EFER_SVME, FLUSH_TLB, Features, VIRTUAL_INTERRUPT_FIRST,
    VIRTUAL_INTERRUPT_REQUEST,
};

use cloister_model::exit::Report;

use super::Virtual;

/// Takes what the monitor changed and ordered.
pub fn take(guest: &mut Virtual<'_>) {
    let page = guest.guest.page as *mut VirtualProcessor;
    // SAFETY: the boot program mapped the page there; every content is a valid value.
    let orders = unsafe {
        copy(&raw const (*page).general, &raw mut guest.kept.general);
        (&raw const (*page).orders).read_volatile()
    };
    take_general(guest);
    take_order(guest, &orders);
    if orders.system_changed != 0 {
        // SAFETY: as above.
        unsafe {
            take_system(guest.block, &raw const (*page).system);
            (&raw mut (*page).orders.system_changed).write_volatile(0);
        }
    }
}

/// Copies words between the page and the kernel's memory, each once, whatever the monitor does to them
/// meanwhile: the compiler can neither repeat nor leave out any of it.
///
/// # Safety
/// Both must be mapped and aligned; every content must be a valid value.
unsafe fn copy<T: Copy>(from: *const T, to: *mut T) {
    const { assert!(size_of::<T>().is_multiple_of(8)) };
    // SAFETY: passed on to the caller.
    unsafe {
        asm!("rep movsq", inout("rcx") size_of::<T>() / 8 => _, inout("rsi") from => _,
            inout("rdi") to => _, options(nostack, preserves_flags));
    }
}

fn take_general(guest: &mut Virtual<'_>) {
    let General { registers: [rax, _, _, _, rsp, ..], rip, rflags } = guest.kept.general;
    let state = &mut guest.block.state;
    (state.rax, state.rsp, state.rip, state.rflags) = (rax, rsp, rip, rflags);
}

fn take_order(guest: &mut Virtual<'_>, orders: &Orders) {
    let control = &mut guest.block.control;
    control.event_injection = Event::from_number(orders.injection).map_or(0, Event::to_number);
    control.interrupt_shadow = u64::from(orders.interrupt_shadow != 0);
    guest.kept.window = orders.interrupt_window != 0;
    guest.kept.halted = false;
    set_window(control, guest.kept.window);
}

/// Asks the processor to leave the guest when it could take an interrupt, or takes that back.
pub fn set_window(control: &mut Control, wanted: bool) {
    const REQUEST: u64 = VIRTUAL_INTERRUPT_REQUEST | VIRTUAL_INTERRUPT_FIRST;
    let [first, ..] = &mut control.intercepts;
    if wanted {
        *first |= Control::WINDOW;
        control.virtual_interrupt |= REQUEST;
    } else {
        *first &= !Control::WINDOW;
        control.virtual_interrupt &= !REQUEST;
    }
}

/// Copies the state that has one name in the page and in the control block, each register once.
macro_rules! copy_registers {
    ($from:expr => $to:expr) => {
        copy(&raw const (*$from).segments, &raw mut (*$to).segments);
        copy_registers!($from => $to; cr0 cr2 cr3 cr4 dr6 dr7 pat star lstar cstar sfmask kernel_gs_base
            sysenter_cs sysenter_esp sysenter_eip)
    };
    ($from:expr => $to:expr; $($name:ident)*) => {
        $((&raw mut (*$to).$name).write_volatile((&raw const (*$from).$name).read_volatile());)*
    };
}

/// Takes all that the monitor changed.
///
/// # Safety
/// The page must be mapped.
unsafe fn take_system(block: &mut ControlBlock, system: *const System) {
    let ControlBlock { control, state } = block;
    // SAFETY: passed on to the caller; every content is a valid value, which the processor checks at entry.
    let (efer, cpl) = unsafe {
        copy_registers!(system => &raw mut *state);
        control.tsc_offset = (&raw const (*system).tsc_offset).read_volatile();
        ((&raw const (*system).efer).read_volatile(), (&raw const (*system).cpl).read_volatile())
    };
    state.efer = efer | EFER_SVME;
    state.cpl = cpl as u8 & 3;
    control.tlb_control = FLUSH_TLB;
}

/// Shows the monitor the guest's state and why it was left.
pub fn show(guest: &mut Virtual<'_>, features: &Features) {
    let Virtual { guest: description, block, kept } = guest;
    let ControlBlock { control, state } = &**block;
    let Report { reason, detail, value, next_rip } =
        core::mem::replace(&mut kept.report, Report::NOTHING);
    let exit = Exit {
        reason: reason as u64,
        detail,
        value,
        next_rip,
        interrupted: control.event_injection,
        interrupt_shadow: control.interrupt_shadow & 1,
        instruction_bytes: 0,
        instruction: [0; 16],
        halted: kept.halted.into(),
        exits: kept.exits,
        tsc_offset: control.tsc_offset,
    };
    let General { registers: [rax, _, _, _, rsp, ..], rip, rflags } = &mut kept.general;
    (*rax, *rsp, *rip, *rflags) = (state.rax, state.rsp, state.rip, state.rflags);
    let page = description.page as *mut VirtualProcessor;
    // SAFETY: the boot program mapped the page there. What is written is never read back.
    unsafe {
        (&raw mut (*page).exit).write(exit);
        copy(&raw const kept.general, &raw mut (*page).general);
        if features.decode_assists {
            let [count, bytes @ ..] = &control.instruction_bytes;
            (&raw mut (*page).exit.instruction_bytes).write(u64::from(count & 0xf));
            (&raw mut (*page).exit.instruction).cast::<[u8; 15]>().write(*bytes);
        }
        if exit.shows_system() {
            show_system(block, &raw mut (*page).system);
        }
    }
}

/// Shows the state that the monitor sees at exits where it looks at it.
///
/// # Safety
/// The page must be mapped.
unsafe fn show_system(block: &ControlBlock, system: *mut System) {
    let ControlBlock { control, state } = block;
    // SAFETY: passed on to the caller.
    unsafe {
        copy_registers!(&raw const *state => system);
        (&raw mut (*system).tsc_offset).write_volatile(control.tsc_offset);
        (&raw mut (*system).efer).write_volatile(state.efer & !EFER_SVME);
        (&raw mut (*system).cpl).write_volatile(state.cpl.into());
    }
}
