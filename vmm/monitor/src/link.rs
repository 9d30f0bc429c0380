//! A network adapter's link: a ring channel to each other member that may hear the world, and one from
//! each that it may hear. `cloister_link` decides which of them a frame goes to.
//!
//! Who sends chooses the channels, so that a frame for one member is in no other's memory. Who receives
//! looks again, as the sender's monitor is no more trusted than the sender: for this adapter or a
//! group, and from the member whose channel it came by.

use cloister_link::{Answer, Destination, MacAddress};
use cloister_runtime::Channel;
use cloister_runtime::abi::{AdapterInfo, InfoPage, MAX_ADAPTERS, MAX_LINK_PEERS};
use cloister_runtime::ring::{Reader, Writer};
use cloister_virtio::network::{HEADER, Link, Offload, RECORD, Sent};
use spin::{Mutex, MutexGuard};

/// Room for a record of each direction.
type Rooms = [[u8; RECORD]; 2];

/// Where the adapters have these. Each is taken once, for good.
static ROOMS: [Mutex<Rooms>; MAX_ADAPTERS] = [const { Mutex::new([[0; RECORD]; 2]) }; MAX_ADAPTERS];

/// The way to a member.
struct To {
    channel: Channel,
    writer: Writer<'static>,
    /// Whether it has not been told yet that there are frames.
    untold: bool,
}

/// The way from a member.
struct From {
    address: MacAddress,
    event: u64,
    reader: Reader<'static>,
}

/// An end of a link.
pub struct Ends {
    address: MacAddress,
    outgoing: &'static mut [u8; RECORD],
    incoming: &'static mut [u8; RECORD],
    /// In the order of the addresses.
    send: [Option<To>; MAX_LINK_PEERS],
    receivers: &'static [MacAddress],
    receive: [Option<From>; MAX_LINK_PEERS],
    senders: usize,
    /// The sender that is asked next.
    next: usize,
    /// On a one-way link, for its sender: what its system asked the receivers, answered for them.
    answer: Option<Answer>,
}

impl Ends {
    /// The ends that the world was given for this adapter, whose number is `number`. None if they were
    /// asked for before.
    pub fn of(
        info: &'static InfoPage,
        adapter: &'static AdapterInfo,
        number: usize,
    ) -> Option<Self> {
        let channel = |position: &u32| Channel::all(info).nth(*position as usize);
        let [outgoing, incoming] = MutexGuard::leak(ROOMS.get(number)?.try_lock()?);
        let mut ends = Self {
            address: adapter.mac,
            outgoing,
            incoming,
            send: [const { None }; MAX_LINK_PEERS],
            receivers: adapter.send_mac.get(..adapter.sends as usize).unwrap_or_default(),
            receive: [const { None }; MAX_LINK_PEERS],
            senders: adapter.receives as usize,
            next: 0,
            answer: None,
        };
        let sends = adapter.send.iter().take(adapter.sends as usize);
        for (place, position) in ends.send.iter_mut().zip(sends) {
            *place = channel(position).and_then(|channel| {
                let writer = channel.writer()?;
                Some(To { channel, writer, untold: false })
            });
        }
        let receives = adapter.receive.iter().take(adapter.receives as usize);
        for ((place, position), address) in
            ends.receive.iter_mut().zip(receives).zip(adapter.receive_mac)
        {
            *place = channel(position).and_then(|channel| {
                let reader = channel.reader()?;
                Some(From { address, event: channel.event(), reader })
            });
        }
        Some(ends)
    }

    /// The events that say that frames have come.
    pub fn events(&self) -> u64 {
        self.receive.iter().flatten().fold(0, |mask, from| mask | from.event)
    }

    /// Tells the members for whom frames were sent since the last time.
    pub fn tell(&mut self) {
        for to in self.send.iter_mut().flatten() {
            if core::mem::take(&mut to.untold) {
                to.channel.signal();
            }
        }
    }

    /// The address by which the system of a one-way link's sender reaches its receivers; none for other
    /// members.
    fn stand_in(&self) -> Option<MacAddress> {
        if self.senders > 0 {
            return None;
        }
        match self.receivers {
            [] => None,
            [receiver] => Some(*receiver),
            _ => Some(cloister_link::ALL_RECEIVERS),
        }
    }

    /// Writes the record to a member; with `named`, with its own address as the frame's destination.
    fn write(&mut self, position: usize, length: usize, named: bool) -> bool {
        let Some(Some(to)) = self.send.get_mut(position) else { return false };
        let Some(record) = self.outgoing.get_mut(..length) else { return false };
        if named
            && let Some(address) = self.receivers.get(position)
            && let Some(place) = record.get_mut(HEADER..).and_then(<[u8]>::first_chunk_mut)
        {
            *place = *address;
        }
        let written = to.writer.write(record).is_ok();
        to.untold |= written;
        written
    }
}

impl Link for Ends {
    fn outgoing(&mut self) -> &mut [u8; RECORD] {
        self.outgoing
    }

    fn send(&mut self, length: usize) -> Sent {
        let Some(frame) = self.outgoing.get(HEADER..length) else { return Sent::Refused };
        if let Some(neighbour) = self.stand_in()
            && let Some(answer) = cloister_link::answer(frame, neighbour)
        {
            self.answer = Some(answer);
            return Sent::Accepted;
        }
        let destination = cloister_link::destination(frame, self.receivers);
        let (chosen, named) = match destination {
            Destination::One(position) => (position..position + 1, false),
            Destination::All => (0..self.receivers.len(), false),
            Destination::Each => (0..self.receivers.len(), true),
            Destination::Nobody => (0..0, false),
        };
        let mut sent = Sent::Refused;
        for position in chosen {
            if self.write(position, length, named) {
                sent = Sent::Accepted;
            }
        }
        sent
    }

    fn receive(&mut self) -> Option<usize> {
        /// Frames that are dropped in one call at most.
        const PATIENCE: usize = 64;
        if let Some(answer) = self.answer.take() {
            let (header, room) = self.incoming.split_first_chunk_mut::<HEADER>()?;
            *header = Offload::Nothing.header(0);
            let frame = answer.frame();
            room.get_mut(..frame.len())?.copy_from_slice(frame);
            return Some(HEADER + frame.len());
        }
        let mut empty = 0;
        for _ in 0..PATIENCE {
            if empty >= self.senders {
                return None;
            }
            // One frame of each in turn, so that none of them keeps the others waiting.
            let from = self.receive.get_mut(self.next).and_then(Option::as_mut);
            self.next = if self.next + 1 < self.senders { self.next + 1 } else { 0 };
            let Some((record, sender)) =
                from.and_then(|from| Some((from.reader.read(self.incoming)?, from.address)))
            else {
                empty += 1;
                continue;
            };
            empty = 0;
            let frame = self.incoming.get(HEADER..record.length);
            if frame.is_some_and(|frame| {
                cloister_link::is_for(frame, self.address)
                    && cloister_link::comes_from(frame, sender)
            }) {
                return Some(record.length);
            }
        }
        None
    }

    fn incoming(&mut self) -> &mut [u8; RECORD] {
        self.incoming
    }

    fn has_answer(&self) -> bool {
        self.answer.is_some()
    }
}
