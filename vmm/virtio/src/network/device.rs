//! The device: frames from and to a link, one at a time in each direction.

use cloister_device::{GuestMemory, Width};

use super::{Link, Sent};
use crate::{
    Progress, bytes,
    queue::{Chain, Malformed, Queue},
    transport::{CHAINS, Device, QUEUES},
};

/// Bytes of a frame at most: header, a VLAN tag, and 1,500 bytes of payload.
pub const FRAME: usize = 1518;
/// Bytes of the header before each frame.
const HEADER: usize = 12;
/// Bytes of the shortest thing that has an Ethernet header.
const SHORTEST: usize = 14;
/// The header of a received frame: nothing is offloaded, and the frame lies in one chain.
const RECEIVED: [u8; HEADER] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];

/// Features.
const MAC: u64 = 1 << 5;
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
    /// Frames for which the driver gave too small a buffer.
    pub receive_dropped: u64,
}

/// A frame, or none.
#[derive(Clone, Debug)]
struct Held {
    /// The header of the queue and the frame.
    bytes: [u8; HEADER + FRAME],
    /// Bytes of the frame; 0 for none.
    length: usize,
}

impl Held {
    const NONE: Self = Self { bytes: [0; HEADER + FRAME], length: 0 };
}

/// A network device.
#[derive(Clone, Debug)]
pub struct Network<L> {
    link: L,
    address: [u8; 6],
    is_up: bool,
    changed: bool,
    sending: Held,
    receiving: Held,
    counters: Counters,
}

impl<L: Link> Network<L> {
    /// A device with a MAC address, whose link is up.
    pub const fn new(link: L, address: [u8; 6]) -> Self {
        Self {
            link,
            address,
            is_up: true,
            changed: false,
            sending: Held::NONE,
            receiving: Held::NONE,
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
            if self.sending.length > 0 && !self.send() {
                return Ok(Progress::Done);
            }
            if !queue.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            let length = chain.readable_length() as usize;
            if (HEADER + SHORTEST..=HEADER + FRAME).contains(&length) {
                chain.readable().read(memory, &mut self.sending.bytes)?;
                self.sending.length = length - HEADER;
            } else {
                self.counters.send_dropped += 1;
            }
            // It is copied: the driver has its buffers back whatever the link says.
            queue.push(memory, chain.head(), 0)?;
            if self.sending.length > 0 && !self.send() {
                return Ok(Progress::Done);
            }
        }
        Ok(Progress::More)
    }

    /// Offers the held frame to the link; whether it is gone.
    fn send(&mut self) -> bool {
        let end = HEADER + self.sending.length;
        let frame = self.sending.bytes.get(HEADER..end).unwrap_or(&[]);
        match if self.is_up { self.link.send(frame) } else { Sent::Refused } {
            Sent::Busy => return false,
            Sent::Accepted => self.counters.sent += 1,
            Sent::Refused => self.counters.send_dropped += 1,
        }
        self.sending.length = 0;
        true
    }

    fn receive<M: GuestMemory + ?Sized>(
        &mut self,
        queue: &mut Queue,
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            if self.receiving.length == 0 {
                let room = self.receiving.bytes.get_mut(HEADER..).unwrap_or(&mut []);
                self.receiving.length = match self.link.receive(room) {
                    Some(length) if self.is_up => length.min(FRAME),
                    Some(_) => 0,
                    None => return Ok(Progress::Done),
                };
            }
            if self.receiving.length == 0 {
                continue;
            }
            if !queue.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            let Held { bytes, length } = &mut self.receiving;
            let total = HEADER + *length;
            let mut written = 0;
            if chain.writable_length() as usize >= total {
                bytes.iter_mut().zip(RECEIVED).for_each(|(byte, header)| *byte = header);
                let frame = bytes.get(..total).unwrap_or(&[]);
                written = chain.writable().write(memory, frame)?;
                self.counters.received += 1;
            } else {
                self.counters.receive_dropped += 1;
            }
            *length = 0;
            queue.push(memory, chain.head(), written as u32)?;
        }
        Ok(Progress::More)
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
        MAC | STATUS
    }

    fn read(&self, offset: u64, width: Width) -> u64 {
        let status = if self.is_up { LINK_UP } else { 0 };
        let mut image = [0; 8];
        let fields = self.address.into_iter().chain(status.to_le_bytes());
        image.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
        bytes::load(&image, offset as usize, width).unwrap_or(0)
    }

    fn reset(&mut self) {
        self.sending.length = 0;
        self.receiving.length = 0;
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
