//! Work that ends never.

use core::hint::spin_loop;

use crate::console::say;
use crate::instructions::{cpuid, halt};

/// Waits for ever.
pub fn idle() -> ! {
    loop {
        halt();
    }
}

/// Computes for ever.
pub fn spin() -> ! {
    say!("probe: spin");
    loop {
        spin_loop();
    }
}

/// Leaves the guest as often as it can.
pub fn exits() -> ! {
    say!("probe: exits");
    loop {
        core::hint::black_box(cpuid(0, 0));
    }
}
