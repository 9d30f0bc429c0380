//! Never gives up the processor.

#![no_std]
#![no_main]

use cloister_runtime::abi::InfoPage;
use cloister_runtime::component;

component!(main);

fn main(_: &'static InfoPage) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
