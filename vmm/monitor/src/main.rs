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

mod clock;
mod console;
mod entropy;
mod input;
mod link;
mod load;
mod machine;
mod memory;
mod peripherals;
mod processor;
mod registers;
mod world;

use cloister_runtime::abi::InfoPage;
use cloister_runtime::{component, log, stop};

component!(main);

/// The status with which a monitor ends whose world cannot go on.
const FAILED: u64 = 1;

fn main(info: &'static InfoPage) -> ! {
    let Some(page) = world::page(info) else { fail("there is no world's page") };
    let mut working = world::WorkingMemory::of(info);
    let mut processor = processor::Processor::new(page, 0);
    loop {
        let mut machine = machine::Machine::new(info, page, &mut working);
        match load::load(info, page, machine.memory()) {
            Ok(state) => processor.start(&state),
            Err(error) => {
                log!("the guest cannot be loaded: {error}");
                stop(FAILED)
            }
        }
        processor.run(&mut machine);
        log!("the guest starts again");
    }
}

/// Ends with a message.
fn fail(reason: &str) -> ! {
    log!("{reason}");
    stop(FAILED)
}
