//! What a component's author needs: an entry point, a panic that is logged, the system calls as
//! functions, and channels. `docs/components.md` is the guide.
//!
//! A component is a static program in ring 3 that owns the memory which the policy gives it and
//! nothing else. It has no heap and no threads, and it exchanges data through channels only.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//!
//! cloister_runtime::component!(main);
//!
//! fn main(info: &'static InfoPage) -> ! {
//!     loop {
//!         cloister_runtime::wait(FRAME_EVENT);
//!     }
//! }
//! ```

#![no_std]

pub mod audit;
pub mod call;
mod channel;
pub mod device;
mod log;

use core::panic::PanicInfo;

pub use call::{Item, control, info, now, signal, stop, wait};
pub use channel::Channel;
pub use cloister_abi as abi;
// Brings the memory functions that `core` calls.
use cloister_freestanding as _;
pub use cloister_ring as ring;
pub use log::Line;

/// The status with which a component ends that has found a defect in itself.
pub const PANICKED: u64 = 101;

/// Makes `$main`, a `fn(&'static InfoPage) -> !`, the program's entry point. The kernel starts it
/// with the address of the info page in RDI and an empty stack, aligned as a call leaves it.
#[macro_export]
macro_rules! component {
    ($main:path) => {
        #[unsafe(no_mangle)]
        extern "sysv64" fn component_start(info: &'static $crate::abi::InfoPage) -> ! {
            let main: fn(&'static $crate::abi::InfoPage) -> ! = $main;
            main(info)
        }
    };
}

/// Writes a line to the kernel's log, with `core::fmt`.
#[macro_export]
macro_rules! log {
    ($($argument:tt)+) => {{
        let mut line = $crate::Line::new();
        // A line takes what fits, so writing to it cannot fail.
        let _ = core::fmt::Write::write_fmt(&mut line, format_args!($($argument)+));
        line.send();
    }};
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    log!("{info}");
    stop(PANICKED)
}
