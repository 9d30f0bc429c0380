//! Tries what a component must not be able to do, one attack in each life.

#![no_std]
#![no_main]

use core::arch::asm;
use core::ptr::with_exposed_provenance_mut;

use cloister_native::stack::overflow;
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Item, component, info, log, wait};

/// Frames to wait before an attack, so that the kernel starts the component again each time.
const PATIENCE: u64 = 8;

component!(main);

fn main(_: &'static InfoPage) -> ! {
    for _ in 0..PATIENCE {
        wait(FRAME_EVENT);
    }
    let attacks: [(&str, fn()); 6] = [
        ("write the kernel", || poke(0xffff_ffff_8000_0000)),
        ("read low memory", || poke(0x1000)),
        ("use a port", || {
            // SAFETY: not safe; the I/O permission bitmap must stop it.
            unsafe { asm!("in al, dx", in("dx") 0x3f8_u16, out("al") _) }
        }),
        ("halt", || {
            // SAFETY: not safe; the processor must stop it.
            unsafe { asm!("hlt") }
        }),
        ("read an MSR", || {
            // SAFETY: not safe; the processor must stop it.
            unsafe { asm!("rdmsr", in("ecx") 0xc000_0080_u32, out("eax") _, out("edx") _) }
        }),
        ("use up the stack", || overflow(0)),
    ];
    let life = info(Item::Incarnation);
    match attacks.get((life as usize).wrapping_sub(1)) {
        Some((name, attack)) => {
            log!("attack {life}: {name}");
            attack();
            log!("attack {life} was not stopped");
        }
        None => log!("no attack is left"),
    }
    loop {
        wait(FRAME_EVENT);
    }
}

fn poke(address: usize) {
    // SAFETY: not safe; the page tables must stop it.
    unsafe { with_exposed_provenance_mut::<u8>(address).write_volatile(0) }
}
