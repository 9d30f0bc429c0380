//! The monitor of a world: one program in ring 3 for each, which emulates the devices of a PC for its
//! guest.
//!
//! It owns the guest's memory and the pages of its virtual processors, and nothing else: who breaks
//! into it from its guest has won nothing that the guest did not have. What devices are is in
//! `cloister_platform` and `cloister_virtio`, how a guest is loaded and its instructions are decoded in
//! `cloister_guest`; this program connects them with the kernel.
//!
//! The guest's vector registers stay in the processor while the monitor runs, so that it uses none; the
//! build checks that.

#![no_std]
#![no_main]

mod channel;
mod clock;
mod console;
mod device;
mod entropy;
mod exits;
mod input;
mod link;
mod load;
mod machine;
mod memory;
mod peripherals;
mod processor;
mod registers;
mod screen;
mod world;

use core::arch::asm;

use cloister_guest::cpu::State;
use cloister_runtime::abi::{DOORBELL_EVENT, FRAME_EVENT, InfoPage, WorldPage};
use cloister_runtime::{component, log, stop, wait};
use spin::{Mutex, Once};

use crate::machine::Machine;
use crate::processor::Processor;

component!(main);

/// The status with which a monitor ends whose world cannot start.
const FAILED: u64 = 1;

/// The machine, once the monitor of virtual processor 0 has made it. One that is held by a monitor whose
/// frame ends keeps the others of its own world waiting, and nobody else.
static MACHINE: Once<Mutex<Machine>> = Once::new();

fn main(info: &'static InfoPage) -> ! {
    let Some(page) = world::page() else { fail("there is no world's page") };
    let mut processor = Processor::new(page, info);
    if info.virtual_processor == 0 {
        processor.start(&first_state(info, page));
    }
    loop {
        match MACHINE.get() {
            Some(machine) => processor.run(machine),
            None => wait(DOORBELL_EVENT | FRAME_EVENT),
        };
    }
}

/// Makes the machine and loads the guest; returns the state in which its first processor starts.
fn first_state(info: &'static InfoPage, page: &'static WorldPage) -> State {
    let machine = Machine::new(info, page, world::WorkingMemory::of(info));
    let memory = machine.memory();
    match load::load(info, page, memory) {
        Ok(state) => {
            MACHINE.call_once(|| Mutex::new(machine));
            state
        }
        Err(error) => {
            log!("the guest cannot be loaded: {error}");
            stop(FAILED)
        }
    }
}

/// Ends in a fault: a policy's `on-crash` starts the world again then, and not after a `stop`.
fn crash() -> ! {
    // SAFETY: the processor raises an exception, in which the program ends.
    unsafe { asm!("ud2", options(noreturn)) }
}

/// Ends with a message.
fn fail(reason: &str) -> ! {
    log!("{reason}");
    stop(FAILED)
}
