//! Passes the records of the first channel that it can read on to the first that it can write to.

#![no_std]
#![no_main]

use cloister_native::pattern::LONGEST;
use cloister_runtime::abi::InfoPage;
use cloister_runtime::{Channel, component, log, stop, wait};

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let input = Channel::all(info).find_map(|channel| Some((channel, channel.reader()?)));
    let output = Channel::all(info).find_map(|channel| Some((channel, channel.writer()?)));
    let (Some((input, mut reader)), Some((output, mut writer))) = (input, output) else {
        log!("needs a channel to read and one to write");
        stop(1)
    };
    log!("passes {} on to {}", input.name(), output.name());
    let mut buffer = [0; LONGEST];
    loop {
        wait(input.event());
        while let Some(record) = reader.read(&mut buffer) {
            let bytes = buffer.get(..record.length);
            if bytes.is_none_or(|bytes| writer.write(bytes).is_err()) {
                log!("record {} does not fit", record.sequence);
            }
        }
        output.signal();
    }
}
