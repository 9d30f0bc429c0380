//! The resident separation kernel: what stays when the boot program is gone.
//!
//! It is a program of its own, linked apart from the boot program, so that what is unreachable
//! after lock is unreachable by construction: no allocator, no parser, no cryptography, no code
//! that builds page tables is in it. It must never panic, allocate, or enable interrupts in itself.

#![no_std]
#![no_main]

mod audit;
mod extended_state;
mod fault_log;
mod guest;
mod local_apic;
mod lock;
mod log;
mod processor;
mod ring3;
mod subjects;
mod time;

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use cloister_freestanding as _;
use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash::{self, Cause};
use cloister_hardware::handoff::{Handoff, MAX_PROCESSORS};
use cloister_hardware::layout::CRASH_RECORD;
use cloister_hardware::processor::{DescriptorTables, ExceptionStacks, halt};
use cloister_hardware::protection::Protections;
use cloister_hardware::screen::Framebuffer;
use cloister_hardware::text::Text as _;
use cloister_tables::{LAYOUT, Tables};
use x86_64::registers::control::{Cr0, Cr0Flags, Cr3, Cr4, Cr4Flags};

use crate::processor::Cpu;
use crate::ring3::ExitArea;
use crate::subjects::Subjects;

static mut TABLES: [DescriptorTables; MAX_PROCESSORS] =
    [const { DescriptorTables::new() }; MAX_PROCESSORS];

/// Processors that wait for the lock.
static ARRIVED: AtomicU32 = AtomicU32::new(0);
/// When the first major frame starts; 0 until the lock.
static START: AtomicU64 = AtomicU64::new(0);

/// Where the boot program goes on every processor, on a stack of the kernel's, with interrupts off.
#[unsafe(no_mangle)]
extern "sysv64" fn kernel_start(handoff: *const Handoff) -> ! {
    // SAFETY: the boot program passes a valid hand-over. It is scrubbed at lock, so there must be no
    // reference to it, and the copy must be made here.
    let handoff = unsafe { handoff.read_volatile() };
    // SAFETY: the boot program built the page tables for these protections.
    unsafe { Protections::of_this_processor().enable() };
    local_apic::initialize();
    let Some((number, processor)) = Parts::of_this_processor(&handoff) else { halt() };
    if number == 0 { first(&handoff, processor) } else { other(&handoff, number, processor) }
}

/// What one processor has for itself.
struct Parts {
    descriptors: &'static mut DescriptorTables,
    area: *mut ExitArea,
}

impl Parts {
    /// This processor's number in the policy's schedule, and its parts, in use.
    fn of_this_processor(handoff: &Handoff) -> Option<(u16, Self)> {
        let own = local_apic::number();
        let count = handoff.processor_count as usize;
        let used = |index: &usize| *index < count.max(1);
        let is_own = |index: &usize| handoff.processors.get(*index) == Some(&own);
        let index = (0..MAX_PROCESSORS).filter(used).find(is_own)?;
        let (stacks, area) = with_exit_area(*handoff.exception_stacks.get(index)?);
        let tables = (&raw mut TABLES).cast::<DescriptorTables>().wrapping_add(index);
        // SAFETY: each processor has its own tables, and comes here once.
        let descriptors = unsafe { &mut *tables };
        // SAFETY: the boot program mapped the stacks; interrupts are off.
        unsafe { descriptors.load(stacks, ring3::stubs, Some(ring3::SYSTEM_CALL)) };
        enable_vector_registers();
        Some((index as u16, Self { descriptors, area }))
    }
}

/// The boot processor: locks, then lets the others go.
fn first(handoff: &Handoff, processor: Parts) -> ! {
    if handoff.crash_record {
        // SAFETY: the boot program mapped the page there, for this use.
        unsafe { crash::attach(CRASH_RECORD) };
    }
    if handoff.framebuffer != Framebuffer::NONE {
        // SAFETY: the boot program mapped the framebuffer there and draws on it no more.
        console::with(|console| unsafe {
            console.attach_screen(handoff.framebuffer, handoff.screen_row);
        });
    }
    let others = handoff.processor_count.saturating_sub(1);
    wait_for(others);
    // SAFETY: the boot program ended in the call of `kernel_start`, and the other processors have
    // copied the hand-over; all that the kernel uses is in the upper half.
    let scrubbed = unsafe { lock::lock(handoff) };
    let Some(tables) = tables(handoff) else { halt() };
    console::line(Topic::Kernel, |line| {
        line.text("scrubbed ");
        line.decimal(scrubbed / 1024);
        line.text(" KiB of the boot program, its half of the address space is empty");
    });
    console::line(Topic::Kernel, |line| {
        line.decimal(tables.plans.len() as u64);
        let one = tables.plans.len() == 1;
        line.text(if one { " processor enters" } else { " processors enter" });
        line.text(" the schedule");
    });
    console::line(Topic::Milestone, |line| line.text("locked"));
    let start = time::now().wrapping_add(tables.clock.ticks_per_second / 100);
    START.store(start, Ordering::Release);
    run(handoff, tables, 0, processor, start)
}

/// Every other processor: waits for the lock, forgets what it knew of the lower half.
fn other(handoff: &Handoff, number: u16, processor: Parts) -> ! {
    ARRIVED.fetch_add(1, Ordering::AcqRel);
    let mut start = 0;
    while start == 0 {
        core::hint::spin_loop();
        start = START.load(Ordering::Acquire);
    }
    let (root, flags) = Cr3::read();
    // SAFETY: the same table, whose lower half is empty now; nothing in use is there.
    unsafe { Cr3::write(root, flags) };
    match tables(handoff) {
        Some(tables) => run(handoff, tables, number, processor, start),
        None => halt(),
    }
}

/// Waits until all other processors have arrived; stops if one does not come within some seconds.
fn wait_for(others: u32) {
    /// Each round takes some nanoseconds.
    const PATIENCE: u64 = 2_000_000_000;
    let arrived = || ARRIVED.load(Ordering::Acquire) >= others;
    if !(0..PATIENCE).any(|_| arrived()) {
        stop("a processor that the policy's schedule uses did not start");
    }
}

/// The tables, if boot program and kernel agree on what they look like.
fn tables(handoff: &Handoff) -> Option<&'static Tables> {
    // SAFETY: the boot program put the tables there, read-only from now on.
    let tables = unsafe { &*(handoff.tables as *const Tables) };
    if tables.layout != LAYOUT {
        stop("boot program and kernel are not of one build");
    }
    Some(tables)
}

/// Enters the schedule.
fn run(handoff: &Handoff, tables: &'static Tables, number: u16, parts: Parts, start: u64) -> ! {
    extended_state::enable(tables.extended_state);
    // SAFETY: once for each processor; the area lies above its common exception stack.
    let subjects = unsafe { Subjects::new(tables, number, parts.descriptors, parts.area) };
    // SAFETY: the boot program maps a block of audit records for each plan.
    match unsafe { Cpu::new(tables, number, subjects, handoff.processors) } {
        Some(processor) => processor.run(start),
        None => halt(),
    }
}

/// Vector registers are for components; the kernel itself uses none (the build checks).
fn enable_vector_registers() {
    // SAFETY: the instructions that this allows change no memory but what components own.
    unsafe {
        Cr0::update(|flags| {
            flags.remove(Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED);
            flags.insert(Cr0Flags::MONITOR_COPROCESSOR | Cr0Flags::NUMERIC_ERROR);
        });
        Cr4::update(|flags| flags.insert(Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE));
    }
}

/// Refuses to go on.
fn stop(reason: &str) -> ! {
    crash::record(&crash::plain(Cause::Stop, reason));
    console::line(Topic::Stop, |line| line.text(reason));
    halt()
}

/// Makes room for the exit area above the common exception stack.
fn with_exit_area(stacks: ExceptionStacks) -> (ExceptionStacks, *mut ExitArea) {
    let common = stacks.common.wrapping_sub(size_of::<ExitArea>() as u64);
    let area = common as *mut ExitArea;
    // SAFETY: the boot program mapped the stack for this processor; it is not in use yet.
    unsafe { area.write(ExitArea::EMPTY) };
    (ExceptionStacks { common, ..stacks }, area)
}

/// Named by the language; nothing in the kernel refers to it, which the build checks.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    console::line(Topic::Panic, |line| line.text("in the kernel"));
    halt()
}
