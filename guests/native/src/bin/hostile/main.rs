//! Tries everything that a component must not be able to do, one thing in each life: the kernel ends
//! each life with a fault and starts the next. A line before each attack says what is tried; its
//! first word is the kind of attack.

#![no_std]
#![no_main]

mod calls;
mod instructions;
mod memory;
mod ports;
mod registers;

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Item, component, info, log, stop, wait};

/// Frames before an attack. The kernel starts a component three times in sixteen of its frames.
const PATIENCE: usize = 6;

/// Attacks of one kind.
struct Kind {
    /// How many there are.
    count: fn(&InfoPage) -> usize,
    /// Carries out the one with this number.
    attack: fn(&InfoPage, usize),
}

const KINDS: [Kind; 6] = [
    calls::KIND,
    instructions::KIND,
    instructions::INTERRUPTS,
    registers::KIND,
    ports::KIND,
    memory::KIND,
];

component!(main);

fn main(page: &'static InfoPage) -> ! {
    (0..PATIENCE).for_each(|_| _ = wait(FRAME_EVENT));
    let mut number = info(Item::Incarnation).saturating_sub(1) as usize;
    for Kind { count, attack } in &KINDS {
        let count = count(page);
        if number < count {
            attack(page, number);
            log!("was not stopped");
            // To the next attack, which needs the next life.
            stop(1);
        }
        number -= count;
    }
    log!("no attack is left");
    loop {
        wait(FRAME_EVENT);
    }
}
