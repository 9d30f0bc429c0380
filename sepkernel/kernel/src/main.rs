//! The resident separation kernel: what stays when the boot program is gone.
//!
//! It is a program of its own, linked apart from the boot program, so that what is unreachable
//! after lock is unreachable by construction: no allocator, no parser, no cryptography, no code
//! that builds page tables is in it. It must never panic, allocate, or enable interrupts in itself.

#![no_std]
#![no_main]

mod audit;
mod local_apic;
mod lock;
mod log;
mod processor;
mod ring3;
mod subjects;
mod time;

use core::panic::PanicInfo;

use cloister_freestanding as _;
use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash;
use cloister_hardware::handoff::Handoff;
use cloister_hardware::layout::CRASH_RECORD;
use cloister_hardware::processor::{DescriptorTables, ExceptionStacks, halt};
use cloister_hardware::screen::Framebuffer;
use cloister_hardware::text::Text as _;
use cloister_tables::{LAYOUT, Tables};
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags};

use crate::processor::Cpu;
use crate::ring3::ExitArea;
use crate::subjects::Subjects;

static mut TABLES: DescriptorTables = DescriptorTables::new();

/// Where the boot program goes, on the kernel's stack, with interrupts off.
#[unsafe(no_mangle)]
extern "sysv64" fn kernel_start(handoff: *const Handoff) -> ! {
    // SAFETY: the boot program passes a valid hand-over. It is scrubbed at lock, so there must be no
    // reference to it, and the copy must be made here.
    let handoff = unsafe { handoff.read_volatile() };
    // SAFETY: the boot program mapped the stacks, nothing else names the tables, and this runs
    // once, with interrupts off.
    let descriptors = unsafe { &mut *(&raw mut TABLES) };
    let (stacks, area) = with_exit_area(handoff.exception_stacks);
    // SAFETY: as above.
    unsafe { descriptors.load(stacks, ring3::stubs, Some(ring3::SYSTEM_CALL)) };
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
    // SAFETY: the boot program ended in this call; all that the kernel uses is in the upper half.
    let scrubbed = unsafe { lock::lock(&handoff) };
    console::with(|console| {
        console.line(Topic::Kernel, |line| {
            line.text("scrubbed ");
            line.decimal(scrubbed / 1024);
            line.text(" KiB of the boot program, its half of the address space is empty");
        });
        console.line(Topic::Milestone, |line| line.text("locked"));
    });
    run(&handoff, descriptors, area)
}

/// Enters the schedule.
fn run(handoff: &Handoff, descriptors: &'static mut DescriptorTables, area: *mut ExitArea) -> ! {
    // SAFETY: the boot program put the tables there, read-only from now on.
    let tables = unsafe { &*(handoff.tables as *const Tables) };
    if tables.layout != LAYOUT {
        console::with(|console| {
            console.line(Topic::Stop, |line| line.text("boot program and kernel are not of one build"));
        });
        halt()
    }
    local_apic::initialize();
    // SAFETY: SSE is for components; the kernel itself uses none (the build checks).
    unsafe {
        Cr0::update(|flags| {
            flags.remove(Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED);
            flags.insert(Cr0Flags::MONITOR_COPROCESSOR | Cr0Flags::NUMERIC_ERROR);
        });
        Cr4::update(|flags| {
            flags.insert(Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE);
        });
    }
    // SAFETY: once, on the only processor; the area lies above the common exception stack.
    let subjects = unsafe { Subjects::new(tables, descriptors, area) };
    match Cpu::new(tables, 0, subjects) {
        Some(processor) => processor.run(time::now().wrapping_add(tables.clock.ticks_per_second / 100)),
        None => halt(),
    }
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
    console::with(|console| console.line(Topic::Panic, |line| line.text("in the kernel")));
    halt()
}
