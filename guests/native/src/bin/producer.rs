//! Writes records of the test pattern to all channels that it can write to, some in each frame, and
//! raises their events.

#![no_std]
#![no_main]

use cloister_native::pattern::{self, LONGEST};
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::ring::Writer;
use cloister_runtime::{Channel, component, log, wait};

/// Records that are written to a channel in a frame.
const BATCH: usize = 10;
/// Channels that it serves.
const MOST: usize = 4;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let mut outputs: [Option<(Channel, Writer<'static>)>; MOST] = [const { None }; MOST];
    let channels = Channel::all(info).filter_map(|channel| Some((channel, channel.writer()?)));
    outputs.iter_mut().zip(channels).for_each(|(place, output)| *place = Some(output));
    log!("writes to {} channels", outputs.iter().flatten().count());
    let mut buffer = [0; LONGEST];
    loop {
        wait(FRAME_EVENT);
        for (channel, writer) in outputs.iter_mut().flatten() {
            for _ in 0..BATCH {
                let length = pattern::record(writer.sequence(), &mut buffer);
                // In two parts, as programs do that put a head before what they pass on.
                let (first, second) = buffer.split_at(length / 3);
                let second = second.get(..length - length / 3).unwrap_or_default();
                if writer.write_parts(&[first, second]).is_err() {
                    log!("{}: too small", channel.name());
                }
            }
            channel.signal();
        }
    }
}
