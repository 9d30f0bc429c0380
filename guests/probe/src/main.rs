//! The probe: a world without an operating system, for tests and benchmarks.
//!
//! It starts by PVH, on a plain machine as well as in a world, writes to the first serial port, and
//! does what the words of its command line say; see [`command::Command`].

#![no_std]
#![no_main]

mod attack;
mod bench;
mod command;
mod digest;
mod dma;
mod draw;
mod flood;
mod load;
mod record;
mod virtio;

use cloister_bare::{StartInformation, command_line, guest, idle, say};
use command::Command;

guest!(main);

fn main(information: &StartInformation) -> ! {
    let words = information.command_line();
    match Command::of(words) {
        Some(Command::Bench) => bench::run(information),
        Some(Command::Switch) => bench::switch::run(),
        Some(Command::Draw) => draw::run(information),
        Some(Command::Record) => record::run(information, command_line::has(words, "trace")),
        Some(Command::Attack) => attack::run(information, words),
        Some(Command::Dma) => dma::run(information),
        Some(Command::Spin) => load::spin(),
        Some(Command::Exits) => load::exits(),
        Some(Command::Flood) => flood::send(),
        Some(Command::Receive) => flood::receive(),
        Some(Command::Idle) => {
            say!("probe: idle");
            idle()
        }
        None => {
            say!("probe: no word that it knows in \"{words}\"");
            idle()
        }
    }
}
