//! Never gives up the processor. Without the instruction that hints at it: an emulator would take it
//! for a reason to run something else.

#![no_std]
#![no_main]

use cloister_runtime::abi::InfoPage;
use cloister_runtime::component;

component!(main);

fn main(_: &'static InfoPage) -> ! {
    loop {
        core::hint::black_box(());
    }
}
