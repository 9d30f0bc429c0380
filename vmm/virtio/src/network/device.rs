//! The device: records from and to a link, one at a time in each direction.

use cloister_device::{GuestMemory, Width};
use cloister_link::offload::layers::{Layers, Version};
use cloister_link::offload::{SHORTEST, checksum, segment};

use super::delivery::{Delivered, Record, deliver};
use super::{FRAME, HEAD, HEADER, Link, Offload, RECORD, Sent};
use crate::{
    Progress, bytes,
    queue::{Chain, Malformed, Queue},
    transport::{CHAINS, Device, QUEUES},
};

/// Features.
const CHECKSUM: u64 = 1 << 0;
const GUEST_CHECKSUM: u64 = 1 << 1;
const MAC: u64 = 1 << 5;
const GUEST_TCP_V4: u64 = 1 << 7;
const GUEST_TCP_V6: u64 = 1 << 8;
const HOST_TCP_V4: u64 = 1 << 11;
const HOST_TCP_V6: u64 = 1 << 12;
const MERGEABLE_BUFFERS: u64 = 1 << 15;
const STATUS: u64 = 1 << 16;
/// Status in the configuration: the link is up.
const LINK_UP: u16 = 1;
/// The queue of buffers for received frames; the other one is for frames to send.
const RECEIVE: usize = 0;

/// What happened to frames.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Frames that the link accepted.
    pub sent: u64,
    /// Frames that the link refused, that came while it was down, or that are no frames.
    pub send_dropped: u64,
    /// Frames that the driver got.
    pub received: u64,
    /// Frames that are none, or for which the driver gave too small a buffer.
    pub receive_dropped: u64,
}

/// A record, in the link's room, of which the device does what is left to do.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Its bytes.
    length: usize,
    /// What is left to do of it.
    offload: Offload,
    /// The segment that is next, if it has to be cut.
    cut: Option<usize>,
}

/// A network device.
#[derive(Clone, Debug)]
pub struct Network<L> {
    link: L,
    address: [u8; 6],
    features: u64,
    is_up: bool,
    changed: bool,
    receiving: Option<Held>,
    /// A segment of the record, while it is cut.
    segment: [u8; HEADER + FRAME],
    counters: Counters,
}

impl<L: Link> Network<L> {
    /// A device with a MAC address, whose link is up.
    pub const fn new(link: L, address: [u8; 6]) -> Self {
        Self {
            link,
            address,
            features: 0,
            is_up: true,
            changed: false,
            receiving: None,
            segment: [0; HEADER + FRAME],
            counters: Counters { sent: 0, send_dropped: 0, received: 0, receive_dropped: 0 },
        }
    }

    /// The link.
    pub const fn link(&mut self) -> &mut L {
        &mut self.link
    }

    /// What happened to frames.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Plugs the cable in or out.
    pub const fn set_up(&mut self, is_up: bool) {
        self.changed |= self.is_up != is_up;
        self.is_up = is_up;
    }

    fn transmit<M: GuestMemory + ?Sized>(
        &mut self,
        queue: &mut Queue,
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            if !queue.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            let length = chain.readable_length() as usize;
            let is_frame = self.is_up && (HEADER + SHORTEST..=RECORD).contains(&length);
            let sent = if is_frame { self.send(chain, memory)? } else { Sent::Refused };
            match sent {
                Sent::Accepted => self.counters.sent += 1,
                Sent::Refused => self.counters.send_dropped += 1,
            }
            queue.push(memory, chain.head(), 0)?;
        }
        Ok(Progress::More)
    }

    /// Sends a chain, with a header that holds no more than what is true of the frame.
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        chain: &Chain,
        memory: &M,
    ) -> Result<Sent, Malformed> {
        let mut head = [0; HEAD];
        let mut rest = chain.readable();
        let known = rest.read(memory, &mut head)?;
        let head = head.get_mut(..known).unwrap_or_default();
        let Some((header, frame)) = head.split_first_chunk_mut::<HEADER>() else {
            return Ok(Sent::Refused);
        };
        let total = frame.len() + rest.remaining() as usize;
        let Some(offload) = Offload::checked(header, frame, total) else {
            return Ok(Sent::Refused);
        };
        *header = offload.header(0);
        self.link.send(head, &rest, memory)
    }

    fn receive<M: GuestMemory + ?Sized>(
        &mut self,
        queue: &mut Queue,
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            let delivered = match self.receiving {
                Some(held) => self.give(held, queue, chain, memory)?,
                None => match self.pass_on(queue, chain, memory)? {
                    Some(delivered) => delivered,
                    None => return Ok(Progress::Done),
                },
            };
            match delivered {
                Delivered::Nothing => return Ok(Progress::Done),
                Delivered::Whole => self.counters.received += 1,
                Delivered::Lost => self.counters.receive_dropped += 1,
                Delivered::Overwritten => {}
            }
        }
        Ok(Progress::More)
    }

    /// Gives the next record to the driver as it comes, or else takes it to be worked on. None if there is
    /// none.
    fn pass_on<M: GuestMemory + ?Sized>(
        &mut self,
        queue: &mut Queue,
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Option<Delivered>, Malformed> {
        let mut head = [0; HEAD];
        let Some(length) = self.link.look(&mut head) else { return Ok(None) };
        let known = head.get_mut(..length.min(HEAD)).unwrap_or_default();
        let Some((header, frame)) = known.split_first_chunk_mut::<HEADER>() else {
            self.link.pass();
            return Ok(Some(Delivered::Lost));
        };
        let total = length - HEADER;
        Ok(Some(match Offload::checked(header, frame, total) {
            _ if !self.is_up => {
                self.link.pass();
                Delivered::Overwritten
            }
            None => {
                self.link.pass();
                Delivered::Lost
            }
            Some(offload) if self.is_left_to_driver(&offload) => {
                *header = offload.header(1);
                let mergeable = self.features & MERGEABLE_BUFFERS != 0;
                let record = Record::Link(known, length, &mut self.link);
                deliver(record, mergeable, queue, chain, memory)?
            }
            Some(_) => {
                self.receiving = self.link.take().and_then(|length| self.prepare(length));
                match self.receiving {
                    Some(held) => self.give(held, queue, chain, memory)?,
                    None => Delivered::Overwritten,
                }
            }
        }))
    }

    /// Whether the driver does by itself what is left to do.
    fn is_left_to_driver(&self, offload: &Offload) -> bool {
        let wanted = match offload {
            Offload::Nothing => 0,
            Offload::Checksum { .. } => GUEST_CHECKSUM,
            Offload::Segments { layers: Layers { version: Version::V4, .. }, .. } => {
                GUEST_CHECKSUM | GUEST_TCP_V4
            }
            Offload::Segments { .. } => GUEST_CHECKSUM | GUEST_TCP_V6,
        };
        self.features & wanted == wanted
    }

    /// Gives the driver the next thing of a record that the device works on.
    fn give<M: GuestMemory + ?Sized>(
        &mut self,
        held: Held,
        queue: &mut Queue,
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Delivered, Malformed> {
        let mergeable = self.features & MERGEABLE_BUFFERS != 0;
        let Some(record) = self.next_frame(&held) else {
            self.receiving = None;
            return Ok(Delivered::Overwritten);
        };
        let delivered = deliver(Record::<L>::Own(record), mergeable, queue, chain, memory)?;
        if delivered != Delivered::Nothing {
            self.receiving = held.cut.map(|number| Held { cut: Some(number + 1), ..held });
        }
        Ok(delivered)
    }

    /// Looks at a record that was taken, and does of what is left to do what the driver does not: sums up, or
    /// has it cut.
    fn prepare(&mut self, length: usize) -> Option<Held> {
        let record = self.link.room().get_mut(..length)?;
        let (header, frame) = record.split_first_chunk_mut::<HEADER>()?;
        let offload = Offload::checked(header, frame, frame.len())?;
        *header = Offload::Nothing.header(1);
        let cut = match offload {
            Offload::Checksum { start, offset } => {
                checksum::complete(frame, start, offset);
                None
            }
            Offload::Segments { .. } => Some(0),
            Offload::Nothing => None,
        };
        Some(Held { length, offload, cut })
    }

    /// The next thing of a held record that the driver gets; none if there is no more.
    fn next_frame(&mut self, held: &Held) -> Option<&mut [u8]> {
        let record = self.link.room().get_mut(..held.length)?;
        let (Some(number), Offload::Segments { layers, size }) = (held.cut, held.offload) else {
            return Some(record);
        };
        let frame = record.get(HEADER..)?;
        if number >= segment::count(frame.len(), &layers, size) {
            return None;
        }
        let (header, room) = self.segment.split_first_chunk_mut::<HEADER>()?;
        let length = segment::cut(frame, &layers, size, number, room)?;
        *header = Offload::Nothing.header(1);
        self.segment.get_mut(..HEADER + length)
    }
}

impl<L: Link> Device for Network<L> {
    const KIND: u16 = 1;
    const QUEUE_SIZES: &'static [u16] = &[256, 256];
    const CONFIGURATION: u32 = 8;

    fn class(&self) -> u32 {
        0x02_00_00
    }

    fn features(&self) -> u64 {
        let sending = CHECKSUM | HOST_TCP_V4 | HOST_TCP_V6;
        let receiving = GUEST_CHECKSUM | GUEST_TCP_V4 | GUEST_TCP_V6 | MERGEABLE_BUFFERS;
        MAC | STATUS | sending | receiving
    }

    fn read(&self, offset: u64, width: Width) -> u64 {
        let status = if self.is_up { LINK_UP } else { 0 };
        let mut image = [0; 8];
        let fields = self.address.into_iter().chain(status.to_le_bytes());
        image.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
        bytes::load(&image, offset as usize, width).unwrap_or(0)
    }

    fn reset(&mut self) {
        self.features = 0;
        self.receiving = None;
    }

    fn start(&mut self, features: u64) {
        self.features = features;
    }

    fn process<M: GuestMemory + ?Sized>(
        &mut self,
        queue: usize,
        [receive, transmit, ..]: &mut [Queue; QUEUES],
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        if queue == RECEIVE {
            self.receive(receive, chain, memory)
        } else {
            self.transmit(transmit, chain, memory)
        }
    }

    fn woken(&self) -> u8 {
        u8::from(self.link.has_answer()) << RECEIVE
    }

    fn take_change(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }
}
