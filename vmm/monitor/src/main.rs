//! The monitor of a world.

#![no_std]
#![no_main]

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{component, wait};

component!(main);

fn main(_: &'static InfoPage) -> ! {
    loop {
        wait(FRAME_EVENT);
    }
}
