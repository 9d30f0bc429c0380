//! Controlled refusal: says why, leaves the crash record, stops the machine.

use core::fmt::Write as _;
use core::panic::PanicInfo;

use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash::{self, Cause, MESSAGE};
use cloister_hardware::processor::halt;
use cloister_hardware::text::{Buffer, Text as _};

/// Stops the machine with a message that names what is wrong and what it concerns.
#[macro_export]
macro_rules! stop {
    ($($argument:tt)+) => {
        $crate::stop::stop(format_args!($($argument)+))
    };
}

/// See [`stop!`].
pub fn stop(reason: core::fmt::Arguments<'_>) -> ! {
    end(Topic::Stop, Cause::Stop, reason)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location() {
        Some(place) => {
            end(Topic::Panic, Cause::Panic, format_args!("{} at {place}", info.message()))
        }
        None => end(Topic::Panic, Cause::Panic, format_args!("{}", info.message())),
    }
}

fn end(topic: Topic, cause: Cause, reason: core::fmt::Arguments<'_>) -> ! {
    let mut message = Buffer::<MESSAGE>::new();
    // The buffer takes what fits, so writing to it cannot fail.
    let _ = message.write_fmt(reason);
    crash::record(&crash::plain(cause, message.as_str()));
    cloister_hardware::log!(topic, "{reason}");
    console::line(topic, |line| line.text("the machine is stopped"));
    halt()
}
