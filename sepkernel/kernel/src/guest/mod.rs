//! Worlds: virtual processors by AMD's SVM with nested paging. What is offered here (run, report,
//! orders) is what another vendor's extension offers, too; the monitor sees no difference.
//!
//! The kernel trusts neither the guest nor its monitor. The guest's state is whatever they make it:
//! the processor checks at each entry whether it can be run, and a world whose state cannot is stopped.

mod enter;
mod exchange;
mod exits;

use cloister_abi::General;
use cloister_hardware::svm::{ControlBlock, EFER_SVME, FLUSH_TLB, Features, VM_HSAVE_PA};
use cloister_model::exit::{Disposition, Report};
use cloister_model::subject::SubjectId;
use cloister_tables::{Guest, Host, MAX_SUBJECTS, Program};
use x86_64::registers::model_specific::{Efer, Msr};

pub use exits::set_extended_control;

/// What the kernel keeps of a virtual processor beside its control block.
#[derive(Debug)]
struct Kept {
    /// General registers; RAX, RSP, RIP and RFLAGS are in the control block.
    general: General,
    /// Extended control register 0.
    xcr0: u64,
    /// TSC_AUX.
    auxiliary: u64,
    /// DR0 to DR3.
    breakpoints: [u64; 4],
    /// What the monitor will be told of the last exit; nothing if it need not see to it.
    report: Report,
    /// Whether the guest waits for an interrupt.
    halted: bool,
    /// Whether the state in the monitor's page is older than the kernel's.
    ahead: bool,
    /// Whether the monitor wants to know when the guest can take an interrupt.
    window: bool,
    /// Exits so far.
    exits: u64,
}

impl Kept {
    const EMPTY: Self = Self {
        general: General { registers: [0; 16], rip: 0, rflags: 0 },
        xcr0: 1,
        auxiliary: 0,
        breakpoints: [0; 4],
        report: Report::NOTHING,
        halted: false,
        ahead: false,
        window: false,
        exits: 0,
    };
}

/// Each is used by the processor that owns the subject only.
static mut KEPT: [Kept; MAX_SUBJECTS] = [Kept::EMPTY; MAX_SUBJECTS];

/// One processor's ability to run virtual processors.
pub struct Guests {
    host: Option<Host>,
    features: Features,
    extended_state: u64,
}

/// A virtual processor with everything that belongs to it.
struct Virtual<'a> {
    guest: &'a Guest,
    block: &'a mut ControlBlock,
    kept: &'a mut Kept,
}

impl Guests {
    /// Enables the extension on this processor, if there are worlds.
    pub fn new(hosts: &[Host], processor: u16, extended_state: u64) -> Self {
        let host = hosts.get(usize::from(processor)).copied();
        let features = Features::of_this_processor();
        if let Some(host) = host {
            // SAFETY: the boot program made sure that the processor has the extension, and gave
            // this processor two pages of the kernel's memory.
            unsafe {
                Efer::write_raw(Efer::read_raw() | EFER_SVME);
                Msr::new(VM_HSAVE_PA).write(host.save_area);
                enter::save_host(host.state);
            }
        }
        Self { host, features, extended_state }
    }

    /// The processor changes hands: what no entry or exit swaps is the next subject's.
    pub fn switch(&self, from: Option<(SubjectId, &Program)>, to: Option<(SubjectId, &Program)>) {
        if self.host.is_none() {
            return;
        }
        if let Some(kept) = from.and_then(|(id, program)| kept_of(id, program)) {
            kept.breakpoints = exits::breakpoints();
        }
        let next = to.and_then(|(id, program)| kept_of(id, program));
        let (breakpoints, auxiliary) =
            next.map_or(([0; 4], 0), |kept| (kept.breakpoints, kept.auxiliary));
        exits::set_breakpoints(&breakpoints);
        exits::set_auxiliary(auxiliary);
    }

    /// The state at the world's start: the monitor sets it before it first runs the guest.
    pub fn reset(&self, id: SubjectId, program: &Program) {
        let Some(guest) = virtual_of(id, program) else { return };
        *guest.kept = Kept::EMPTY;
        guest.block.control.tlb_control = FLUSH_TLB;
        guest.block.control.event_injection = 0;
        guest.block.control.tsc_offset = 0;
    }

    /// The monitor runs its guest: takes what it ordered.
    pub fn take_orders(&self, id: SubjectId, program: &Program) {
        if let Some(mut guest) = virtual_of(id, program) {
            exchange::take(&mut guest);
            guest.kept.ahead = true;
        }
    }

    /// The monitor runs on: shows it what has become of its guest.
    pub fn show(&self, id: SubjectId, program: &Program) {
        if let Some(mut guest) = virtual_of(id, program)
            && guest.kept.ahead
        {
            exchange::show(&mut guest, &self.features);
            guest.kept.ahead = false;
        }
    }

    /// Runs the guest until somebody else has to decide what is next.
    pub fn run(&self, id: SubjectId, program: &Program) -> Disposition {
        let (Some(mut guest), Some(host)) = (virtual_of(id, program), self.host) else {
            return Disposition::Fatal;
        };
        loop {
            let swap = guest.kept.xcr0 != self.extended_state && self.extended_state != 0;
            if swap {
                exits::set_extended_control(guest.kept.xcr0);
            }
            let block = guest.guest.control_block_physical;
            // SAFETY: the boot program made the control block so that the guest reaches its own
            // memory only; the extension is enabled, and the host's state was saved.
            unsafe { enter::enter(block, &raw mut guest.kept.general.registers, host.state) };
            if swap {
                exits::set_extended_control(self.extended_state);
            }
            if let Some(left) = exits::handle(&mut guest, &self.features, self.extended_state) {
                return left;
            }
        }
    }
}

/// What the kernel keeps of a subject's virtual processor, if it has one.
fn kept_of(id: SubjectId, program: &Program) -> Option<&'static mut Kept> {
    program.guest.as_ref()?;
    let all = (&raw mut KEPT).cast::<Kept>();
    let own = (id.position() < MAX_SUBJECTS).then(|| all.wrapping_add(id.position()))?;
    // SAFETY: it is this processor's alone, and references to it do not outlive a call from outside
    // of this module.
    Some(unsafe { &mut *own })
}

fn virtual_of(id: SubjectId, program: &Program) -> Option<Virtual<'_>> {
    let kept = kept_of(id, program)?;
    let guest = program.guest.as_ref()?;
    // SAFETY: the boot program mapped the control block there, for this processor's use.
    let block = unsafe { &mut *(guest.control_block as *mut ControlBlock) };
    Some(Virtual { guest, block, kept })
}
