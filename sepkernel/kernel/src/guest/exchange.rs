//! Between the control block and the monitor's page. The monitor may write its page at any time, so
//! each part is read once, into the kernel's own memory.

use cloister_abi::{Event, General, Orders, System, VirtualProcessor};
use cloister_hardware::svm::{
    Control, ControlBlock, EFER_SVME, FLUSH_TLB, Features, VIRTUAL_INTERRUPT_FIRST,
    VIRTUAL_INTERRUPT_REQUEST,
};

use super::Virtual;

/// Numbers of the registers that are in the control block.
const RAX: usize = 0;
const RSP: usize = 4;

/// Takes what the monitor changed and ordered.
pub fn take(guest: &mut Virtual<'_>) {
    let page = guest.guest.page as *mut VirtualProcessor;
    // SAFETY: the boot program mapped the page there; every content is a valid value.
    let (general, orders) = unsafe {
        ((&raw const (*page).general).read_volatile(), (&raw const (*page).orders).read_volatile())
    };
    take_general(guest, &general);
    take_order(guest, &orders);
    if orders.system_changed != 0 {
        // SAFETY: as above.
        let system = unsafe { (&raw const (*page).system).read_volatile() };
        take_system(guest, &system);
        // SAFETY: as above.
        unsafe { (&raw mut (*page).orders.system_changed).write_volatile(0) };
    }
}

fn take_general(guest: &mut Virtual<'_>, general: &General) {
    guest.kept.registers = general.registers;
    let [rax, _, _, _, rsp, ..] = general.registers;
    let state = &mut guest.block.state;
    state.rax = rax;
    state.rsp = rsp;
    state.rip = general.rip;
    state.rflags = general.rflags;
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

/// Copies the state that has one name in the page and in the control block.
macro_rules! copy {
    ($from:expr => $to:expr) => {
        copy!($from => $to; cs ss ds es fs gs ldtr tr gdtr idtr cr0 cr2 cr3 cr4 dr6 dr7 pat star lstar
            cstar sfmask kernel_gs_base sysenter_cs sysenter_esp sysenter_eip)
    };
    ($from:expr => $to:expr; $($field:ident)*) => { $($to.$field = $from.$field;)* };
}

fn take_system(guest: &mut Virtual<'_>, system: &System) {
    let ControlBlock { control, state } = &mut *guest.block;
    copy!(system => state);
    state.efer = system.efer | EFER_SVME;
    state.cpl = system.cpl as u8 & 3;
    control.tsc_offset = system.tsc_offset;
    control.tlb_control = FLUSH_TLB;
}

/// Shows the monitor the guest's state and why it was left.
pub fn show(guest: &mut Virtual<'_>, features: &Features) {
    let control = &guest.block.control;
    let state = &guest.block.state;
    let mut exit = guest.kept.exit.take().unwrap_or_default();
    exit.halted = guest.kept.halted.into();
    exit.interrupted = control.event_injection;
    exit.interrupt_shadow = control.interrupt_shadow & 1;
    exit.exits = guest.kept.exits;
    exit.tsc_offset = control.tsc_offset;
    if features.decode_assists {
        let [count, bytes @ ..] = control.instruction_bytes;
        exit.instruction_bytes = u64::from(count & 0xf);
        exit.instruction.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    }
    let mut registers = guest.kept.registers;
    if let Some(place) = registers.get_mut(RAX) {
        *place = state.rax;
    }
    if let Some(place) = registers.get_mut(RSP) {
        *place = state.rsp;
    }
    let general = General { registers, rip: state.rip, rflags: state.rflags };
    let page = guest.guest.page as *mut VirtualProcessor;
    // SAFETY: the boot program mapped the page there.
    unsafe {
        (&raw mut (*page).exit).write_volatile(exit);
        (&raw mut (*page).general).write_volatile(general);
    }
    if exit.shows_system() {
        let system = system(guest.block);
        // SAFETY: as above.
        unsafe { (&raw mut (*page).system).write_volatile(system) };
    }
}

/// The state that the monitor sees where it asks for it.
fn system(block: &ControlBlock) -> System {
    let ControlBlock { control, state } = block;
    let mut system = System {
        efer: state.efer & !EFER_SVME,
        tsc_offset: control.tsc_offset,
        cpl: state.cpl.into(),
        ..System::default()
    };
    copy!(state => system);
    system
}
