//! Leaves something else in each frame in every register that the switch to another component could
//! forget: segment selectors, the state of the x87 unit, vector registers.

#![no_std]
#![no_main]

use core::arch::asm;

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{component, wait};

component!(main);

fn main(_: &'static InfoPage) -> ! {
    for turn in 0_u16.. {
        wait(FRAME_EVENT);
        let data: u16;
        // SAFETY: reads a register.
        unsafe { asm!("mov {:x}, ss", out(reg) data, options(nomem, nostack)) };
        // Selectors 0 to 3 all name no segment.
        let none = turn % 4;
        let some = if turn % 8 < 4 { none } else { data };
        // SAFETY: a program in 64-bit mode uses none of these segments; the rest of it uses neither
        // x87 nor vector registers.
        unsafe {
            asm!("mov fs, {none:x}", "mov gs, {none:x}", "mov ds, {some:x}", "mov es, {some:x}",
                "fninit", "fldpi", "fld1", "fdivp", "movq xmm0, {other}", "movq xmm15, {other}",
                none = in(reg) none, some = in(reg) some, other = in(reg) u64::from(turn),
                options(nostack));
        }
    }
    cloister_runtime::stop(0)
}
