//! A network adapter's link: a ring channel to each other member that may hear the world, and one from
//! each that it may hear. `cloister_link` decides which of them a frame goes to.
//!
//! Who sends chooses the channels, so that a frame for one member is in no other's memory. Who receives
//! looks again, as the sender's monitor is no more trusted than the sender: for this adapter or a
//! group, and from the member whose channel it came by.

use cloister_device::{GuestMemory, SharedBytes};
use cloister_link::{Answer, Destination, MacAddress};
use cloister_runtime::Channel;
use cloister_runtime::abi::{AdapterInfo, InfoPage, MAX_ADAPTERS, MAX_LINK_PEERS};
use cloister_runtime::ring::{Peeked, Piece, Reader, Span, Writer};
use cloister_virtio::network::{HEAD, HEADER, Link, Offload, RECORD, Sent};
use cloister_virtio::queue::{Cursor, Malformed};
use spin::{Mutex, MutexGuard};

/// Room for a record that the device works on, for each adapter. Each is taken once, for good.
static ROOMS: [Mutex<[u8; RECORD]>; MAX_ADAPTERS] =
    [const { Mutex::new([0; RECORD]) }; MAX_ADAPTERS];

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

/// The record that was looked at last.
enum Looked {
    /// One of a member's, by its position.
    From(usize, Peeked<'static>),
    /// The answer for a one-way link's sender.
    Answer,
}

/// An end of a link.
pub struct Ends {
    address: MacAddress,
    room: &'static mut [u8; RECORD],
    looked: Option<Looked>,
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
        let room = MutexGuard::leak(ROOMS.get(number)?.try_lock()?);
        let mut ends = Self {
            address: adapter.mac,
            room,
            looked: None,
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

    /// Writes a record to a member; with `named`, with its own address as the frame's destination.
    fn write<M: GuestMemory + ?Sized>(
        &mut self,
        position: usize,
        named: bool,
        head: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<bool, Malformed> {
        let Some(Some(to)) = self.send.get_mut(position) else { return Ok(false) };
        if named
            && let Some(address) = self.receivers.get(position)
            && let Some(place) = head.get_mut(HEADER..).and_then(<[u8]>::first_chunk_mut)
        {
            *place = *address;
        }
        let length = head.len() + rest.remaining() as usize;
        let mut filled = Ok(());
        let fill = |span: Span<'_>| {
            let mut rest = rest.clone();
            filled = span
                .pieces(head.len(), length)
                .into_iter()
                .try_for_each(|piece| rest.read_shared(memory, piece).map(|_| ()));
            filled.is_ok()
        };
        let written = to.writer.write_behind(head, length, fill) == Ok(true);
        filled?;
        to.untold |= written;
        Ok(written)
    }

    /// Whether a frame is for this end and says who it comes from.
    fn is_for_this_end(&self, frame: &[u8], sender: MacAddress) -> bool {
        cloister_link::is_for(frame, self.address) && cloister_link::comes_from(frame, sender)
    }

    /// The member that is asked next, one frame of each in turn, so that none of them keeps the others
    /// waiting.
    fn turn(&mut self) -> usize {
        let turn = self.next;
        self.next = if turn + 1 < self.senders { turn + 1 } else { 0 };
        turn
    }
}

impl Link for Ends {
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        head: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<Sent, Malformed> {
        let Some(frame) = head.get(HEADER..) else { return Ok(Sent::Refused) };
        // What asks for a neighbour is short.
        if rest.remaining() == 0
            && let Some(neighbour) = self.stand_in()
            && let Some(answer) = cloister_link::answer(frame, neighbour)
        {
            self.answer = Some(answer);
            return Ok(Sent::Accepted);
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
            if self.write(position, named, head, rest, memory)? {
                sent = Sent::Accepted;
            }
        }
        Ok(sent)
    }

    fn look(&mut self, head: &mut [u8; HEAD]) -> Option<usize> {
        /// Frames that are dropped in one call at most.
        const PATIENCE: usize = 64;
        if let Some(answer) = &self.answer {
            let (header, room) = head.split_first_chunk_mut::<HEADER>()?;
            *header = Offload::Nothing.header(0);
            let frame = answer.frame();
            room.get_mut(..frame.len())?.copy_from_slice(frame);
            self.looked = Some(Looked::Answer);
            return Some(HEADER + frame.len());
        }
        self.looked = None;
        let mut empty = 0;
        for _ in 0..PATIENCE {
            if empty >= self.senders {
                return None;
            }
            let position = self.next;
            let from = self.receive.get_mut(position).and_then(Option::as_mut);
            let Some((peeked, sender)) =
                from.and_then(|from| Some((from.reader.peek(head)?, from.address)))
            else {
                empty += 1;
                self.turn();
                continue;
            };
            empty = 0;
            let length = peeked.record.length;
            let frame = head.get(HEADER..length.min(HEAD)).unwrap_or_default();
            let is_ours = length <= RECORD && self.is_for_this_end(frame, sender);
            self.looked = Some(Looked::From(position, peeked));
            if is_ours {
                return Some(length);
            }
            self.pass();
        }
        None
    }

    fn rest(&self) -> [SharedBytes<'_>; 2] {
        match &self.looked {
            Some(Looked::From(_, peeked)) => peeked.span.pieces(HEAD, usize::MAX),
            _ => [Piece { words: &[], offset: 0, length: 0 }; 2],
        }
    }

    fn pass(&mut self) -> bool {
        match self.looked.take() {
            Some(Looked::From(position, peeked)) => {
                self.turn();
                let from = self.receive.get_mut(position).and_then(Option::as_mut);
                from.is_some_and(|from| from.reader.pass(&peeked))
            }
            Some(Looked::Answer) => self.answer.take().is_some(),
            None => false,
        }
    }

    fn take(&mut self) -> Option<usize> {
        let Some(Looked::From(position, peeked)) = &self.looked else { return None };
        let length = peeked.record.length;
        let sender = self.receive.get(*position)?.as_ref()?.address;
        peeked.span.load(self.room.get_mut(..length)?);
        // It may be another one than was looked at.
        let is_ours =
            self.room.get(HEADER..length).is_some_and(|frame| self.is_for_this_end(frame, sender));
        (self.pass() && is_ours).then_some(length)
    }

    fn room(&mut self) -> &mut [u8; RECORD] {
        self.room
    }

    fn has_answer(&self) -> bool {
        self.answer.is_some() && !matches!(self.looked, Some(Looked::Answer))
    }
}
