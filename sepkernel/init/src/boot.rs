//! Where the three entries meet.

use core::arch::asm;
use core::fmt;

use cloister_hardware::console::Topic;
use cloister_hardware::exception::fatal_stubs;
use cloister_hardware::flush::Flushes;
use cloister_hardware::log;
use cloister_hardware::processor::{DescriptorTables, ExceptionStacks};
use cloister_hardware::protection::Protections;

use crate::address_space::{Access, AddressSpace};
use crate::boot_info::{BootInfo, MemoryKind};
use crate::bundle::Bundle;
use crate::desk::Desk;
use crate::devices::{Devices, Places};
use crate::frames::Frames;
use crate::image::Image;
use crate::kernel::Machine;
use crate::partition::Builder;
use crate::{acpi, clock, identity, kernel, policy, trampoline};

/// Bytes of each exception stack of the boot program.
const STACK: usize = 16 * 1024;

/// Memory for the exception stacks.
#[repr(C, align(16))]
struct ExceptionStackMemory([[u8; STACK]; ExceptionStacks::COUNT as usize]);

static mut EXCEPTION_STACKS: ExceptionStackMemory =
    ExceptionStackMemory([[0; STACK]; ExceptionStacks::COUNT as usize]);
static mut TABLES: DescriptorTables = DescriptorTables::new();
static mut INFO: Option<BootInfo> = None;

/// Goes on with [`boot`] on this program's own stack: the one in use may be the firmware's.
pub fn enter(info: BootInfo) -> ! {
    let place = &raw mut INFO;
    // SAFETY: this is the only place that names `INFO`, one processor runs, and this function is
    // reached once.
    let info = unsafe { (*place).insert(info) };
    let stack = Image::of_this_program().stack.end;
    // SAFETY: the stack is this program's own and empty; nothing returns to the one in use.
    unsafe {
        asm!("mov rsp, {stack}", "xor ebp, ebp", "call {boot}", "ud2", stack = in(reg) stack,
            boot = sym boot, in("rdi") info, options(noreturn))
    }
}

/// From the firmware's hand-over to the kernel's start.
extern "sysv64" fn boot(info: &'static mut BootInfo) -> ! {
    load_descriptor_tables();
    let image = Image::of_this_program();
    let protections = Protections::of_this_processor();
    let processors = acpi::processors(info);
    let power_off = acpi::power_off(info);
    let places = Places::find(info);
    let trampoline = trampoline::place(info);
    let mut frames = Frames::new(info, image.all());
    let mut space =
        AddressSpace::new(&mut frames, protections.gigabyte_pages, protections.no_execute);
    identity::map(&mut space, &mut frames, info, &image, trampoline);
    for registers in places.units() {
        space.map(&mut frames, registers.start, registers, Access::Device);
    }
    // SAFETY: `identity::map` mapped this program where it is, with the rights that its parts need,
    // and no page for user mode; where there is no NX, its bit is not set in any entry.
    unsafe {
        protections.enable();
        space.activate();
    }
    log_machine(info, &protections);
    // Before anything is believed that a device could still change.
    let mut devices = Devices::take_over(places, &mut frames);
    #[cfg(feature = "self-test")]
    crate::self_test::run();
    let bundle = Bundle::open(info);
    clock::mask_old_interrupts();
    let builder = Builder {
        policy: policy::view(&bundle),
        bundle: &bundle,
        clock: clock::calibrate(clock::local_apic()),
        apics: processors,
        desk: Desk::new(power_off),
        firmware_log: (info.firmware_log, info.measured),
        page_features: (protections.gigabyte_pages, protections.no_execute),
    };
    let machine = Machine { image, trampoline, crash_record: info.crash_record };
    kernel::start(space, frames, &machine, &builder, &mut devices)
}

fn load_descriptor_tables() {
    // SAFETY: only the address is taken.
    let bottom = &raw const EXCEPTION_STACKS as u64;
    let top = |index: u64| bottom + (index + 1) * STACK as u64;
    let stacks = ExceptionStacks {
        common: top(0),
        non_maskable_interrupt: top(1),
        double_fault: top(2),
        machine_check: top(3),
    };
    let tables = &raw mut TABLES;
    // SAFETY: tables and stacks are static and named nowhere else; interrupts are off, and this
    // runs once.
    unsafe {
        asm!("cli", options(nomem, nostack));
        (*tables).load(stacks, fatal_stubs, None);
    }
}

/// Means of the processor by name, and whether it has each.
struct Means<const COUNT: usize>([(&'static str, bool); COUNT], &'static str);

impl<const COUNT: usize> fmt::Display for Means<COUNT> {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(named, yes) = self;
        for (position, (name, present)) in named.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            let state = if *present { yes } else { "not on this processor" };
            write!(text, "{comma}{name} {state}")?;
        }
        Ok(())
    }
}

fn log_machine(info: &BootInfo, protections: &Protections) {
    log!(Topic::Boot, "protections: W^X on, {}", Means(protections.named(), "on"));
    let flushes = Flushes::of_this_processor().named();
    log!(Topic::Boot, "flushed between levels: {}", Means(flushes, "yes"));
    let usable = |kind| matches!(kind, MemoryKind::Usable | MemoryKind::Reclaimable);
    let bytes: u64 =
        info.memory.iter().filter(|(kind, _)| usable(*kind)).map(|(_, range)| range.size()).sum();
    log!(Topic::Boot, "memory {} MiB", bytes >> 20);
    match info.framebuffer {
        Some(screen) => log!(Topic::Boot, "screen {} x {} pixels", screen.width, screen.height),
        None => log!(Topic::Boot, "no screen that can be drawn on"),
    }
    match info.rsdp {
        Some(_) => log!(Topic::Boot, "ACPI tables found"),
        None => log!(Topic::Boot, "no ACPI tables found"),
    }
}
