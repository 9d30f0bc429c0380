//! Does everything that a component can do to be noticed: by turns it spins, calls the kernel, raises
//! events that it does not have, touches all its memory, faults.

#![no_std]
#![no_main]

use cloister_runtime::abi::{FRAME_EVENT, InfoPage, Registers};
use cloister_runtime::{Item, call, component, info, signal, wait};

component!(main);

fn main(page: &'static InfoPage) -> ! {
    let life = info(Item::Incarnation);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ life;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for turn in 0_u64.. {
        match random() % 5 {
            0 => (0..random() % 5_000).for_each(|_| core::hint::spin_loop()),
            1 => {
                for _ in 0..random() % 200 {
                    // Never `Wait` or `StopSelf`: it is to go on.
                    let number = 5 + random() % 1_000;
                    let arguments = [random(), random(), random(), random(), random(), random()];
                    call::raw(Registers { number, arguments });
                }
            }
            2 => (0..random() % 100).for_each(|event| signal(event as u32)),
            3 => {
                let words = page.memory_size / 8;
                for word in (0..words).step_by(64) {
                    let place = (page.memory + word * 8) as *mut u64;
                    // SAFETY: the component's own memory.
                    unsafe { place.write_volatile(turn) };
                }
            }
            _ => {
                wait(FRAME_EVENT);
            }
        }
        if turn == 300 {
            // SAFETY: not safe; the kernel is to stop the component here and start it again.
            unsafe { (0x10 as *mut u8).write_volatile(0) };
        }
    }
    cloister_runtime::stop(0)
}
