//! Writes records to the first channel that it can write to, and then numbers without a pattern over all of
//! the channel's memory, most of them where a ring says what it is.

#![no_std]
#![no_main]

use core::ptr::with_exposed_provenance;
use core::sync::atomic::{AtomicU64, Ordering};

use cloister_native::random::Random;
use cloister_runtime::abi::{Direction, FRAME_EVENT, InfoPage};
use cloister_runtime::{Channel, component, log, stop, wait};

/// Records in a frame.
const BATCH: usize = 10;
/// Words that are written over in a frame.
const WORDS: usize = 32;
/// Words at the beginning, which say what the ring is.
const HEAD: u64 = 8;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let output = Channel::all(info).find_map(|channel| Some((channel, channel.writer()?)));
    let mut ends = info.channels().iter();
    let memory = ends.find(|channel| channel.direction == Direction::Write as u32);
    let (Some((output, mut writer)), Some(memory)) = (output, memory) else { stop(1) };
    log!("garbles {}", output.name());
    let mut random = Random::new(0);
    loop {
        wait(FRAME_EVENT);
        for _ in 0..BATCH {
            // A ring that was garbled may take no record.
            let _ = writer.write(&random.word().to_le_bytes());
        }
        for _ in 0..WORDS {
            let words = if random.below(4) == 0 { memory.size / 8 } else { HEAD };
            let address = memory.address + random.below(words) * 8;
            let word = with_exposed_provenance::<AtomicU64>(address as usize);
            // SAFETY: the boot program mapped the channel's memory there, for writing and for good.
            unsafe { (*word).store(random.word(), Ordering::Relaxed) };
        }
        output.signal();
    }
}
