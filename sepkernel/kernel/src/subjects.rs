//! The native programs: their registers, their address spaces, and how they are put back to their
//! measured content.

use core::arch::asm;

use cloister_abi::{Registers as Call, Reply};
use cloister_hardware::flush::Flushes;
use cloister_hardware::processor::{DescriptorTables, USER_DATA_SELECTOR};
use cloister_model::exit::Disposition;
use cloister_model::subject::{Subject, SubjectId, must_flush};
use cloister_tables::{MAX_SUBJECTS, Program, Restore, Tables};
use x86_64::PhysAddr;
use x86_64::registers::control::{Cr2, Cr3, Cr3Flags};
use x86_64::structures::paging::PhysFrame;

use crate::extended_state;
use crate::guest::Guests;
use crate::ring3::{self, Context, ExitArea};

/// Bytes that are put back in one step of a restart: some microseconds.
const STEP: u64 = 16 * 1024;

/// Registers of all subjects. Each is used by the processor that owns the subject only.
static mut CONTEXTS: [Context; MAX_SUBJECTS] = [Context::EMPTY; MAX_SUBJECTS];

/// What left a program, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// The vector.
    pub vector: u64,
    /// Its error code, or 0.
    pub error_code: u64,
    /// Where the program was.
    pub rip: u64,
    /// The address of a page fault.
    pub address: u64,
}

/// One processor's hold on the programs.
pub struct Subjects {
    programs: &'static [Program],
    subjects: &'static [Subject<'static>],
    flushes: Flushes,
    descriptors: &'static mut DescriptorTables,
    area: *mut ExitArea,
    /// Whose address space and vector registers the processor holds.
    current: Option<SubjectId>,
    /// Who ran last: caches, predictors and buffers may hold something of it.
    last: Option<SubjectId>,
    /// How far the present restart has come: part, and bytes of it.
    restored: (usize, u64),
    guests: Guests,
    /// Components of extended state that are swapped.
    extended_state: u64,
}

impl Subjects {
    /// Programs as the boot program left them.
    ///
    /// # Safety
    /// Called once for each processor. `area` must lie above its common exception stack.
    pub unsafe fn new(
        tables: &'static Tables,
        processor: u16,
        descriptors: &'static mut DescriptorTables,
        area: *mut ExitArea,
    ) -> Self {
        let subjects = Self {
            programs: tables.programs,
            subjects: tables.subjects,
            flushes: Flushes::of_this_processor(),
            descriptors,
            area,
            current: None,
            last: None,
            restored: (0, 0),
            guests: Guests::new(tables.hosts, processor, tables.extended_state),
            extended_state: tables.extended_state,
        };
        for (position, subject) in tables.subjects.iter().enumerate() {
            if subject.processor == processor {
                subjects.reset(SubjectId(position as u16));
            }
        }
        subjects
    }

    /// Makes the processor hold what belongs to the subject: registers, ports, address space.
    #[inline]
    pub fn switch_to(&mut self, subject: Option<SubjectId>) {
        if subject != self.current {
            self.change_hands(subject);
        }
    }

    fn change_hands(&mut self, subject: Option<SubjectId>) {
        if let Some(context) = self.current.and_then(context) {
            // SAFETY: the area is this processor's alone.
            unsafe { extended_state::save(&raw mut (*context).extended, self.extended_state) }
        }
        let named = |id| Some((id, self.program(id)?));
        let (before, after) = (self.current.and_then(named), subject.and_then(named));
        self.guests.switch(before, after);
        self.current = subject;
        let Some((id, program)) = after else { return };
        if must_flush(self.subjects, self.last, id) {
            self.flushes.run();
        }
        self.last = Some(id);
        forget_segments();
        self.descriptors.set_ports(program.ports);
        let root = PhysFrame::containing_address(PhysAddr::new_truncate(program.root));
        // SAFETY: the boot program built these tables with the kernel's half in them.
        unsafe { Cr3::write(root, Cr3Flags::empty()) };
        if let Some(context) = context(id) {
            // SAFETY: as above; the content was saved or is the initial state.
            unsafe { extended_state::load(&raw const (*context).extended, self.extended_state) }
        }
    }

    /// Runs a subject, to which the processor was switched, until it is left.
    pub fn run(&mut self, id: SubjectId) -> Option<Exit> {
        let context = context(id)?;
        self.guests.show(id, self.program(id)?);
        // SAFETY: its address space is in use; the context is its own and only ever changed by
        // `reset`, `reply` and the processor, which leave the flags such that ring 3 has no
        // privilege; the area is this processor's.
        unsafe { ring3::run(context, self.area) };
        // SAFETY: the context is this processor's alone.
        let context = unsafe { &*context };
        Some(Exit {
            vector: context.vector,
            error_code: context.error_code,
            rip: context.rip,
            address: Cr2::read_raw(),
        })
    }

    /// Takes what was noted of interrupts.
    pub fn take_interrupts(&mut self) -> u64 {
        // SAFETY: the area is this processor's alone, and interrupts are off.
        unsafe { core::mem::take(&mut (*self.area).interrupts) }
    }

    /// Takes what the monitor of a world ordered before it runs the world.
    pub fn take_orders(&self, id: SubjectId) {
        if let Some(program) = self.program(id) {
            self.guests.take_orders(id, program);
        }
    }

    /// Runs a world until the processor leaves it and somebody else has to decide what is next.
    pub fn run_guest(&mut self, id: SubjectId) -> Option<Disposition> {
        self.switch_to(Some(id));
        Some(self.guests.run(id, self.program(id)?))
    }

    /// The registers of a system call.
    pub fn call(&self, id: SubjectId) -> Call {
        let Some(context) = context(id) else { return Call::default() };
        // SAFETY: the context is this processor's alone.
        let registers = unsafe { (*context).registers };
        let [r8, r9, r10, ..] = registers.numbered;
        Call {
            number: registers.rax,
            arguments: [registers.rdi, registers.rsi, registers.rdx, r10, r8, r9],
        }
    }

    /// Answers a system call.
    pub fn reply(&mut self, id: SubjectId, reply: Reply) {
        if let Some(context) = context(id) {
            // SAFETY: the context is this processor's alone.
            let registers = unsafe { &mut (*context).registers };
            registers.rax = reply.code as u64;
            registers.rdx = reply.value;
        }
    }

    /// Puts back a part of the program's memory. Returns whether all is as measured, with registers
    /// as at the start.
    pub fn restore_some(&mut self, id: SubjectId) -> bool {
        let Some(program) = self.program(id) else { return true };
        self.switch_to(Some(id));
        let (part, done) = self.restored;
        let Some(part_now) = program.restore.get(part) else {
            self.reset(id);
            self.current = None;
            self.restored = (0, 0);
            return true;
        };
        let end = done.saturating_add(STEP).min(part_now.size);
        put_back(part_now, done, end);
        self.restored =
            if end == part_now.size { (part.saturating_add(1), 0) } else { (part, end) };
        false
    }

    fn program(&self, id: SubjectId) -> Option<&'static Program> {
        self.programs.get(id.position())
    }

    /// Registers as at the program's start.
    fn reset(&self, id: SubjectId) {
        if let (Some(context), Some(program)) = (context(id), self.program(id)) {
            // SAFETY: the context is this processor's alone.
            unsafe { *context = Context::start(program.entry, program.stack, program.info) }
            self.guests.reset(id, program);
        }
    }
}

/// Loads the segment registers that no exit and no entry swaps, so that they carry nothing from one
/// subject to the next.
fn forget_segments() {
    // SAFETY: the selectors are of data segments that ring 3 may use, or none; the kernel uses no
    // memory through them that depends on their base.
    unsafe {
        asm!("mov ds, {data:x}", "mov es, {data:x}", "mov fs, {none:x}", "mov gs, {none:x}",
            data = in(reg) USER_DATA_SELECTOR as u32, none = in(reg) 0_u32, options(nostack));
    }
}

/// Registers of a subject.
fn context(id: SubjectId) -> Option<*mut Context> {
    let contexts = (&raw mut CONTEXTS).cast::<Context>();
    (id.position() < MAX_SUBJECTS).then(|| contexts.wrapping_add(id.position()))
}

/// Puts the bytes from `start` to `end` of a part back, word by word.
fn put_back(part: &Restore, start: u64, end: u64) {
    // SAFETY: the flag lets the kernel reach pages of ring 3 (SMAP) until it is cleared below. It
    // changes no memory. Processors without SMAP have the flag, too, and ignore it here.
    unsafe { asm!("pushfq", "or qword ptr [rsp], 0x40000", "popfq") };
    let mut offset = start;
    while offset < end {
        let to = part.address.wrapping_add(offset) as *mut u64;
        let value = if offset < part.source_size {
            // SAFETY: the boot program mapped the measured content there, for the kernel.
            unsafe { (part.source.wrapping_add(offset) as *const u64).read_volatile() }
        } else {
            0
        };
        // SAFETY: the program's own memory, in its own address space; the program does not run.
        unsafe { to.write_volatile(value) };
        offset = offset.wrapping_add(8);
    }
    // SAFETY: as above.
    unsafe { asm!("pushfq", "and qword ptr [rsp], ~0x40000", "popfq") };
}
