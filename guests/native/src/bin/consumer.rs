//! Reads all channels that it can read, whenever an event says that there is something, and checks that
//! each record is the test pattern's.

#![no_std]
#![no_main]

use cloister_native::pattern::{self, LONGEST};
use cloister_runtime::abi::InfoPage;
use cloister_runtime::ring::Reader;
use cloister_runtime::{Channel, component, log, wait};

/// Records between two lines.
const INTERVAL: u64 = 100;
/// Channels that it serves.
const MOST: usize = 4;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let mut inputs: [Option<(Channel, Reader<'static>)>; MOST] = [const { None }; MOST];
    let channels = Channel::all(info).filter_map(|channel| Some((channel, channel.reader()?)));
    inputs.iter_mut().zip(channels).for_each(|(place, input)| *place = Some(input));
    let events = inputs.iter().flatten().fold(0, |mask, (channel, _)| mask | channel.event());
    log!("reads {} channels", inputs.iter().flatten().count());
    let mut buffer = [0; LONGEST];
    loop {
        let raised = wait(events);
        for (channel, reader) in inputs.iter_mut().flatten() {
            if raised & channel.event() == 0 {
                continue;
            }
            while let Some(record) = reader.read(&mut buffer) {
                let bytes = buffer.get(..record.length);
                if !bytes.is_some_and(|bytes| pattern::is_record(record.sequence, bytes)) {
                    log!("{}: broken record {}", channel.name(), record.sequence);
                }
                let seen = reader.statistics();
                if seen.records.is_multiple_of(INTERVAL) {
                    let lost = seen.lost_records.saturating_add(seen.malformed);
                    log!("{}: {} read, {lost} lost", channel.name(), seen.records);
                }
            }
        }
    }
}
