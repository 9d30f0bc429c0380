//! Does everything that a component can do to be noticed: by turns it spins, calls the kernel, raises
//! events that it does not have, touches all its memory, faults.

#![no_std]
#![no_main]

use cloister_native::random::Random;
use cloister_runtime::abi::{FRAME_EVENT, InfoPage, Registers};
use cloister_runtime::{Item, call, component, info, signal, wait};

component!(main);

fn main(page: &'static InfoPage) -> ! {
    let mut random = Random::new(info(Item::Incarnation));
    for turn in 0_u64.. {
        match random.word() % 5 {
            0 => (0..random.word() % 5_000).for_each(|_| core::hint::spin_loop()),
            1 => {
                for _ in 0..random.word() % 200 {
                    // Never `Wait` or `StopSelf`: it is to go on.
                    let number = 5 + random.word() % 1_000;
                    let arguments = core::array::from_fn(|_| random.word());
                    call::raw(Registers { number, arguments });
                }
            }
            2 => (0..random.word() % 100).for_each(|event| signal(event as u32)),
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
