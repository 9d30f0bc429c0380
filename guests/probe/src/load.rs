//! Work that ends never.

use core::hint::spin_loop;

use cloister_bare::instructions::cpuid;
use cloister_bare::say;

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
