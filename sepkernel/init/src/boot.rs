//! Where the three entries meet.

use core::arch::asm;

use cloister_bundle::{MANIFEST_NAME, Manifest};
use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash::{self, Cause, Record};
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::log;
use cloister_hardware::processor::{DescriptorTables, ExceptionStacks};
use cloister_hardware::protection::Protections;
use cloister_hardware::screen::Framebuffer;
use cloister_hardware::serial;

use crate::address_space::AddressSpace;
use crate::boot_info::{BootInfo, MemoryKind};
use crate::frames::Frames;
use crate::image::Image;
use crate::{bundle, identity, kernel, self_test, stop};

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
    // SAFETY: this is the only place that names `INFO`, one processor runs, and this function is
    // reached once.
    let info = unsafe { (*(&raw mut INFO)).insert(info) };
    let stack = Image::of_this_program().stack.end;
    // SAFETY: the stack is this program's own and empty; nothing returns to the one in use.
    unsafe {
        asm!("mov rsp, {stack}", "xor ebp, ebp", "call {boot}", "ud2", stack = in(reg) stack,
            boot = sym boot, in("rdi") info, options(noreturn))
    }
}

/// From firmware's hand-over to the kernel's start.
extern "sysv64" fn boot(info: &'static mut BootInfo) -> ! {
    serial::initialize();
    load_descriptor_tables();
    let image = Image::of_this_program();
    let protections = Protections::of_this_processor();
    let crash_record = reserve_crash_record(info, image.all());
    show_screen(info);
    log!(Topic::Boot, "Cloister {}, a separation kernel", env!("CARGO_PKG_VERSION"));
    log!(Topic::Boot, "firmware {}", info.firmware);
    log_protections(&protections);

    let mut frames = Frames::new(info, image.all());
    let mut space =
        AddressSpace::new(&mut frames, protections.gigabyte_pages, protections.no_execute);
    identity::map(&mut space, &mut frames, info, &image);
    // SAFETY: `identity::map` mapped this program where it is, with the rights that its parts need,
    // and no page for user mode; where there is no NX, its bit is not set in any entry.
    unsafe {
        protections.enable();
        space.activate();
    }
    if crash_record {
        // SAFETY: the page is mapped to itself, and `reserve_crash_record` took it for this use.
        unsafe { crash::attach(crash::PHYSICAL_ADDRESS) };
    }
    log_previous_boot(crash_record);
    log_machine(info);
    self_test::run();

    let manifest = match Manifest::parse(info.manifest) {
        Ok(manifest) => manifest,
        Err(error) => stop!("{MANIFEST_NAME}: {error}"),
    };
    bundle::check(&manifest, info);
    kernel::start(space, frames, &image, crash_record)
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
    // SAFETY: tables and stacks are static and named nowhere else; interrupts are off, and this
    // runs once.
    unsafe {
        asm!("cli", options(nomem, nostack));
        (*(&raw mut TABLES)).load(stacks);
    }
}

/// Takes the crash record's page out of the free memory. Whether it could be had.
fn reserve_crash_record(info: &mut BootInfo, image: Range) -> bool {
    let page = Range { start: crash::PHYSICAL_ADDRESS, end: crash::PHYSICAL_ADDRESS + PAGE };
    let in_use = page.overlaps(image) || info.occupied.iter().any(|other| page.overlaps(*other));
    let is_memory = info.memory.iter().any(|(kind, range)| {
        matches!(kind, MemoryKind::Usable | MemoryKind::Reclaimable)
            && range.start <= page.start
            && page.end <= range.end
    });
    !in_use && is_memory && info.occupied.push(page).is_ok()
}

/// Whether the screen's memory can be written pixel by pixel.
pub fn framebuffer_is_usable(framebuffer: &Framebuffer) -> bool {
    framebuffer.address.is_multiple_of(4)
        && framebuffer.address != 0
        && framebuffer.stride.is_multiple_of(4)
        && framebuffer.stride / 4 >= framebuffer.width
        && framebuffer.width >= 320
        && framebuffer.height >= 200
}

fn show_screen(info: &mut BootInfo) {
    info.framebuffer = info.framebuffer.filter(framebuffer_is_usable);
    if let Some(framebuffer) = info.framebuffer {
        // SAFETY: the framebuffer is mapped to itself, now by the firmware or the early tables,
        // later by `identity::map`; it is aligned, as just checked.
        console::with(|console| unsafe { console.attach_screen(framebuffer, 0) });
    }
}

fn log_protections(protections: &Protections) {
    let [nx, smep, smap, umip] = protections
        .named()
        .map(|(name, present)| (name, if present { "on" } else { "not on this processor" }));
    log!(
        Topic::Boot,
        "protections: W^X on, {} {}, {} {}, {} {}, {} {}",
        nx.0,
        nx.1,
        smep.0,
        smep.1,
        smap.0,
        smap.1,
        umip.0,
        umip.1
    );
}

fn log_previous_boot(crash_record: bool) {
    if !crash_record {
        log!(Topic::Boot, "no crash record: its page is in use");
        return;
    }
    match crash::begin() {
        (number, None) => log!(Topic::Boot, "boot {number}, nothing is known of an earlier one"),
        (number, Some(previous)) => {
            let ending = ending(&previous);
            log!(Topic::Boot, "boot {number}, the previous boot ended in {ending}");
        }
    }
}

/// How an earlier boot ended, in words.
fn ending(record: &Record) -> impl core::fmt::Display {
    core::fmt::from_fn(|f| match record.cause() {
        Some(Cause::Stop) => write!(f, "a stop: {}", record.message()),
        Some(Cause::Panic) => write!(f, "a panic: {}", record.message()),
        Some(Cause::Exception) => write!(
            f,
            "an exception: {} (vector {}, error code {:#x}) at {:#x}",
            record.message(),
            record.vector,
            record.error_code,
            record.rip
        ),
        Some(Cause::Running) | None => write!(f, "a reset while it ran"),
    })
}

fn log_machine(info: &BootInfo) {
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
