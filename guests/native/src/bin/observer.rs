//! Records all that a component can see but the clock: its frames in their order, its events, the
//! contents of its channel; and says a digest of it. The same in two runs if nothing that others did
//! reached it.

#![no_std]
#![no_main]

use cloister_native::digest::Digest;
use cloister_native::pattern::LONGEST;
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{Channel, Item, component, info, log, stop, wait};

/// Frames that are recorded.
const FRAMES: u64 = 40;

component!(main);

fn main(page: &'static InfoPage) -> ! {
    let Some(mut reader) = Channel::all(page).find_map(|channel| channel.reader()) else {
        log!("needs a channel to read");
        stop(1)
    };
    wait(FRAME_EVENT);
    let origin = info(Item::FrameStart);
    let mut digest = Digest::new();
    let mut buffer = [0; LONGEST];
    for frame in 1..=FRAMES {
        digest.add(wait(u64::MAX));
        digest.add(info(Item::FrameStart).wrapping_sub(origin));
        digest.add(info(Item::FrameEnd).wrapping_sub(origin));
        while let Some(record) = reader.read(&mut buffer) {
            digest.add(record.sequence);
            digest.bytes(buffer.get(..record.length).unwrap_or_default());
        }
        if frame % 10 == 0 {
            log!("{frame} {:016x} {} records", digest.0, reader.statistics().records);
        }
    }
    log!("done");
    loop {
        wait(FRAME_EVENT);
    }
}
