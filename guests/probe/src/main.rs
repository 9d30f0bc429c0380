//! The probe: a world without an operating system, for tests and benchmarks.
//!
//! It starts by PVH, on a plain machine as well as in a world, writes to the first serial port, and
//! does what the words of its command line say; see [`command::Command`].

#![no_std]
#![no_main]

extern crate cloister_freestanding;

mod apic;
mod attack;
mod bench;
mod command;
mod console;
mod digest;
mod entry;
mod fault;
mod identity;
mod instructions;
mod interrupts;
mod load;
mod paging;
mod record;
mod start_information;
mod timer;
mod virtio;

use core::panic::PanicInfo;

use command::Command;
use console::say;
use start_information::StartInformation;

/// Goes on in long mode with the first 4 GiB mapped to themselves. `information` is the physical
/// address of PVH's start information.
extern "sysv64" fn long_mode(information: u32) -> ! {
    console::start();
    interrupts::start();
    // SAFETY: PVH says that this is where the structure is, and memory is mapped to itself.
    let Some(information) = (unsafe { StartInformation::read(information.into()) }) else {
        say!("probe: there is no start information of PVH, version 1 or later");
        load::idle()
    };
    let words = information.command_line();
    match Command::of(words) {
        Some(Command::Bench) => bench::run(&information),
        Some(Command::Switch) => bench::switch::run(),
        Some(Command::Record) => record::run(&information, command::has(words, "trace")),
        Some(Command::Attack) => attack::run(&information, words),
        Some(Command::Spin) => load::spin(),
        Some(Command::Exits) => load::exits(),
        Some(Command::Idle) => {
            say!("probe: idle");
            load::idle()
        }
        None => {
            say!("probe: no word that it knows in \"{words}\"");
            load::idle()
        }
    }
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    say!("probe: {information}");
    load::idle()
}
