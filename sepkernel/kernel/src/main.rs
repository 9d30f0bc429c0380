//! The resident separation kernel: what stays when the boot program is gone.
//!
//! It is a program of its own, linked apart from the boot program, so that what is unreachable
//! after lock is unreachable by construction: no allocator, no parser, no cryptography, no code
//! that builds page tables is in it. It must never panic, allocate, or enable interrupts in itself.

#![no_std]
#![no_main]

mod lock;

use core::panic::PanicInfo;

use cloister_freestanding as _;
use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash;
use cloister_hardware::handoff::Handoff;
use cloister_hardware::layout::CRASH_RECORD;
use cloister_hardware::processor::{DescriptorTables, halt};
use cloister_hardware::screen::Framebuffer;
use cloister_hardware::text::Text as _;

static mut TABLES: DescriptorTables = DescriptorTables::new();

/// Where the boot program goes, on the kernel's stack, with interrupts off.
#[unsafe(no_mangle)]
extern "sysv64" fn kernel_start(handoff: &'static Handoff) -> ! {
    // The original is scrubbed at lock.
    let handoff = *handoff;
    // SAFETY: the boot program mapped the stacks, nothing else names the tables, and this runs
    // once, with interrupts off.
    unsafe { (*(&raw mut TABLES)).load(handoff.exception_stacks) };
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
    halt()
}

/// Named by the language; nothing in the kernel refers to it, which the build checks.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    console::with(|console| console.line(Topic::Panic, |line| line.text("in the kernel")));
    halt()
}
