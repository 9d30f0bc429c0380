//! Restarts another component again and again, each time after a while.

#![no_std]
#![no_main]

use cloister_runtime::abi::{Command, FRAME_EVENT, InfoPage};
use cloister_runtime::{component, control, log, now, wait};

/// Seconds between two restarts.
const INTERVAL: u64 = 10;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let mut last = now();
    loop {
        wait(FRAME_EVENT);
        if now() - last > INTERVAL * info.ticks_per_second {
            last = now();
            let done = control(0, Command::Restart);
            log!("{}", if done { "restarts" } else { "may not restart" });
        }
    }
}
