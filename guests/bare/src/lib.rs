//! What worlds without an operating system share: entry by PVH, the first serial port, exceptions and
//! interrupts, the processor's and the interrupt controllers' registers.
//!
//! Such a program runs at level 0 on one processor, with the first 4 GiB mapped to themselves and
//! without a heap. [`guest!`] names its entry point.

#![no_std]

pub mod apic;
pub mod command_line;
pub mod console;
mod entry;
pub mod fault;
pub mod identity;
pub mod instructions;
pub mod interrupts;
pub mod io_apic;
pub mod paging;
pub mod pci;
mod start_information;
pub mod timer;

use core::panic::PanicInfo;

// Brings the memory functions that `core` calls.
use cloister_freestanding as _;

pub use entry::registers;
pub use start_information::StartInformation;

/// Makes `$main`, a `fn(&StartInformation) -> !`, the program's entry point. Serial port and interrupt
/// table are ready then, and interrupts are off.
#[macro_export]
macro_rules! guest {
    ($main:path) => {
        #[unsafe(no_mangle)]
        extern "sysv64" fn guest_start(information: &$crate::StartInformation) -> ! {
            let main: fn(&$crate::StartInformation) -> ! = $main;
            main(information)
        }
    };
}

unsafe extern "sysv64" {
    fn guest_start(information: &StartInformation) -> !;
}

/// Goes on in long mode with the first 4 GiB mapped to themselves. `information` is the physical
/// address of PVH's start information.
extern "sysv64" fn long_mode(information: u32) -> ! {
    console::start();
    interrupts::start();
    // SAFETY: PVH says that this is where the structure is, and memory is mapped to itself.
    let Some(information) = (unsafe { StartInformation::read(information.into()) }) else {
        say!("there is no start information of PVH, version 1 or later");
        idle()
    };
    // SAFETY: `guest!` has defined it with this type.
    unsafe { guest_start(&information) }
}

/// Waits for ever.
pub fn idle() -> ! {
    loop {
        instructions::halt();
    }
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    say!("{information}");
    idle()
}
