//! The first words: who runs here, on what, and how the boot before this one ended.

use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash::{self, Cause, Record, tail};
use cloister_hardware::handoff::MAX_PROCESSORS;
use cloister_hardware::log;
use cloister_hardware::screen::Framebuffer;
use cloister_hardware::serial;
use cloister_model::audit;
use heapless::Vec;

use crate::boot_info::BootInfo;

/// Starts the console and says what is known. Every entry calls this as soon as it knows screen,
/// firmware and crash record, and before it looks at anything that could be refused.
pub fn announce(info: &mut BootInfo) {
    serial::initialize();
    info.framebuffer = info.framebuffer.filter(framebuffer_is_usable);
    if let Some(framebuffer) = info.framebuffer {
        // SAFETY: the framebuffer is mapped to itself, now by the firmware or the early tables,
        // later by `identity::map`; it is aligned, as just checked.
        console::with(|console| unsafe { console.attach_screen(framebuffer, 0) });
    }
    log!(Topic::Boot, "Cloister {}, a separation kernel", env!("CARGO_PKG_VERSION"));
    log!(Topic::Boot, "firmware {}", info.firmware);
    if !info.crash_record {
        log!(Topic::Boot, "no crash record: its page is in use");
        return;
    }
    // SAFETY: the page is mapped to itself, and the entry took it for this use.
    unsafe { crash::attach(crash::PHYSICAL_ADDRESS) };
    match crash::begin() {
        (number, None) => log!(Topic::Boot, "boot {number}, nothing is known of an earlier one"),
        (number, Some(previous)) => {
            let ending = ending(&previous);
            log!(Topic::Boot, "boot {number}, the previous boot ended in {ending}");
            log_tail(previous.boot);
        }
    }
    tail::clear();
}

/// What the kernel of an earlier boot recorded last, by processor and number.
fn log_tail(boot: u64) {
    for processor in 0..MAX_PROCESSORS {
        let mut records: Vec<audit::Record, { tail::RECORDS }> = Vec::new();
        let of_boot = |record: &audit::Record| {
            (record.boot, usize::from(record.processor)) == (boot, processor)
        };
        records.extend(tail::of(processor).map(audit::Record::from_words).filter(of_boot));
        records.sort_unstable_by_key(|record| record.sequence);
        for audit::Record { sequence, kind, subject, arguments, .. } in records {
            let Some(kind) = audit::Kind::from_number(kind.into()) else { continue };
            let [first, ..] = arguments;
            let words = kind.words();
            log!(
                Topic::Boot,
                "processor {processor}, record {sequence}: {words} {subject} ({first:#x})"
            );
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

/// Whether the screen's memory can be written pixel by pixel.
fn framebuffer_is_usable(framebuffer: &Framebuffer) -> bool {
    framebuffer.address.is_multiple_of(4)
        && framebuffer.address != 0
        && framebuffer.stride.is_multiple_of(4)
        && framebuffer.stride / 4 >= framebuffer.width
        && framebuffer.width >= 320
        && framebuffer.height >= 200
}
