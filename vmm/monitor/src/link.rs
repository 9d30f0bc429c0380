//! A network adapter's link: a ring channel to each other member that may hear the world, and one from
//! each that it may hear. Every frame goes to all members, as on a wire; what is not for this adapter
//! is dropped at its receiving end.

use cloister_runtime::Channel;
use cloister_runtime::abi::ring::{Reader, Writer};
use cloister_runtime::abi::{AdapterInfo, InfoPage, MAX_ADAPTERS};
use cloister_virtio::network::{FRAME, Link, Sent};

/// An end of a link.
pub struct Ends {
    address: [u8; 6],
    send: [Option<(Channel, Writer<'static>)>; MAX_ADAPTERS],
    receive: [Option<(u64, Reader<'static>)>; MAX_ADAPTERS],
    /// The reader that is asked next.
    next: usize,
    /// Whether members have not been told yet that there are frames.
    told: bool,
}

impl Ends {
    /// The ends that the world was given for this adapter.
    pub fn of(info: &'static InfoPage, adapter: &AdapterInfo) -> Self {
        let channel = |position: &u32| Channel::all(info).nth(*position as usize);
        let mut ends = Self {
            address: adapter.mac,
            send: [const { None }; MAX_ADAPTERS],
            receive: [const { None }; MAX_ADAPTERS],
            next: 0,
            told: true,
        };
        let sends = adapter.send.iter().take(adapter.sends as usize);
        for (place, channel) in ends.send.iter_mut().zip(sends.filter_map(channel)) {
            *place = channel.writer().map(|writer| (channel, writer));
        }
        let receives = adapter.receive.iter().take(adapter.receives as usize);
        for (place, channel) in ends.receive.iter_mut().zip(receives.filter_map(channel)) {
            *place = channel.reader().map(|reader| (channel.event(), reader));
        }
        ends
    }

    /// The events that say that frames have come.
    pub fn events(&self) -> u64 {
        self.receive.iter().flatten().fold(0, |mask, (event, _)| mask | event)
    }

    /// Tells the other members of frames that were sent since the last time.
    pub fn tell(&mut self) {
        if !self.told {
            self.told = true;
            self.send.iter().flatten().for_each(|(channel, _)| channel.signal());
        }
    }

    /// Whether a frame is for this adapter.
    fn is_for_us(&self, frame: &[u8]) -> bool {
        /// The bit that says that an address is a group's.
        const GROUP: u8 = 1;
        frame.first().is_some_and(|first| first & GROUP != 0) || frame.starts_with(&self.address)
    }
}

impl Link for Ends {
    fn send(&mut self, frame: &[u8]) -> Sent {
        let mut sent = Sent::Refused;
        for (_, writer) in self.send.iter_mut().flatten() {
            if writer.write(frame).is_ok() {
                sent = Sent::Accepted;
                self.told = false;
            }
        }
        sent
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<usize> {
        /// Frames that are dropped in one call at most.
        const PATIENCE: usize = 64;
        for _ in 0..PATIENCE {
            let place = self.next % MAX_ADAPTERS;
            let reader = self.receive.get_mut(place)?;
            let record = reader.as_mut().and_then(|(_, reader)| reader.read(into));
            let Some(record) = record else {
                self.next = place + 1;
                if self.next >= MAX_ADAPTERS {
                    self.next = 0;
                    return None;
                }
                continue;
            };
            let frame = into.get(..record.length).filter(|_| record.length <= FRAME);
            if frame.is_some_and(|frame| self.is_for_us(frame)) {
                return Some(record.length);
            }
        }
        None
    }
}
