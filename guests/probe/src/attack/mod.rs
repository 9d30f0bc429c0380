//! `attack`: what a hostile guest does. Each attack says its name and how it went; the last one ends
//! the world by a triple fault.

mod memory;
mod model_specific;
mod ports;
mod privileged;
mod registers;
mod svm;
mod virtio;

use core::arch::asm;

use cloister_bare::{StartInformation, apic, command_line, interrupts, say};

/// What attacks know.
pub struct Context<'a> {
    /// What the loader told.
    pub information: &'a StartInformation,
    /// Whether to use the ports that end the world, too.
    pub all_ports: bool,
}

/// Tries everything and gives how many tries went through and how many faulted.
type Attack = fn(&Context<'_>) -> Tally;

/// In this order: what may end the world comes late.
const ATTACKS: [(&str, Attack); 9] = [
    ("registers", registers::run),
    ("instructions", privileged::run),
    ("msrs", model_specific::run),
    ("svm", svm::run),
    ("ports", ports::run),
    ("virtio", virtio::run),
    ("memory", memory::run),
    ("reserved", registers::reserved),
    ("monitor", memory::unknown_to_the_monitor),
];

/// The attacks that are made only where they are named, as they end the world: emulated processors do
/// for the first, the monitor for the second.
const ON_REQUEST: [&str; 2] = ["reserved", "monitor"];

/// How tries ended.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    done: u64,
    faulted: u64,
}

impl Tally {
    /// Counts a try.
    pub fn add(&mut self, fault: Option<u32>) {
        match fault {
            None => self.done += 1,
            Some(_) => self.faulted += 1,
        }
    }
}

/// Attacks until the world ends. `words` is the command line.
pub fn run(information: &StartInformation, words: &str) -> ! {
    let context = Context { information, all_ports: command_line::has(words, "all-ports") };
    let only = command_line::value(words, "only");
    say!("attack: start");
    apic::start();
    for (name, attack) in ATTACKS {
        let wanted = match only {
            Some(names) => names.split(',').any(|other| other == name),
            None => !ON_REQUEST.contains(&name),
        };
        if !wanted {
            continue;
        }
        say!("attack: {name}");
        let tally = attack(&context);
        cloister_bare::console::start();
        say!("attack: {name}: {} done, {} faulted", tally.done, tally.faulted);
    }
    say!("attack: triple fault");
    triple_fault()
}

/// An exception with no gates to handle it, nor the one that follows from that.
fn triple_fault() -> ! {
    interrupts::load_table(0);
    loop {
        // SAFETY: ends the world, as it should.
        unsafe { asm!("ud2") };
    }
}
