//! Channels that the guest sees as devices. Their memory is the guest's, by the nested page tables; here
//! are only the bell of a writer and the interrupt of a reader.

use cloister_runtime::Channel;
use cloister_runtime::abi::{Direction, GuestChannel, InfoPage, MAX_WORLD_CHANNELS, WorldPage};
use cloister_virtio::Peripheral;
use cloister_virtio::channel::{Bell, Channel as Device, End};
use cloister_virtio::pci::Window;

use crate::peripherals::{FIRST_CHANNEL, PciBus};

/// Tells the reader of a channel.
pub struct Signal(Channel);

impl Bell for Signal {
    fn ring(&mut self) {
        self.0.signal();
    }
}

/// The channel behind an entry of the world's page.
fn channel_of(info: &'static InfoPage, entry: &GuestChannel) -> Option<Channel> {
    Channel::all(info).nth(entry.channel as usize)
}

/// The device of a channel that the guest sees; `number` says which of them it is.
pub fn device(
    info: &'static InfoPage,
    entry: &GuestChannel,
    number: u16,
) -> Option<Device<Signal>> {
    let channel = channel_of(info, entry)?;
    let end = match channel.direction()? {
        Direction::Write => End::Writes,
        Direction::Read => End::Reads,
    };
    let memory = Window { base: entry.address, size: channel.size() };
    Some(Device::new(memory, end, number, Signal(channel)))
}

/// The events of channels that the guest reads.
pub struct Readers {
    events: [u64; MAX_WORLD_CHANNELS],
}

impl Readers {
    /// The events that the world was given.
    pub fn of(info: &'static InfoPage, page: &'static WorldPage) -> Self {
        let mut events = [0; MAX_WORLD_CHANNELS];
        for (event, entry) in events.iter_mut().zip(page.channels()) {
            *event = channel_of(info, entry).map_or(0, |channel| channel.event());
        }
        Self { events }
    }

    /// All of them.
    pub fn events(&self) -> u64 {
        self.events.iter().fold(0, |mask, event| mask | event)
    }

    /// Hands on those that came.
    pub fn work(&self, events: u64, bus: &mut PciBus) {
        let came = |event: &u64| event & events != 0;
        for (slot, _) in (FIRST_CHANNEL..).zip(&self.events).filter(|(_, event)| came(event)) {
            if let Some(Peripheral::Channel(channel)) = bus.function(slot) {
                channel.signal();
            }
        }
    }
}
