//! The component's ends of its channels.

use core::ptr::{self, with_exposed_provenance};
use core::slice;
use core::sync::atomic::AtomicU64;

use cloister_abi::{ChannelInfo, Direction, INFO_ADDRESS, InfoPage, NO_EVENT};
use cloister_ring::{Reader, Writer};

use crate::call::{self, Item};

/// One end of a channel that the policy gives the component.
///
/// ```ignore
/// let up = Channel::named(info, "up").expect("the policy gives it");
/// let mut ring = up.writer().expect("this end writes");
/// ring.write(b"a record")?;
/// up.signal();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    info: &'static ChannelInfo,
}

impl Channel {
    /// All channels that the page tells of, in the policy's order. None if it is not the page that
    /// the kernel gave.
    pub fn all(info: &'static InfoPage) -> impl Iterator<Item = Self> {
        let is_given = ptr::from_ref(info).addr() as u64 == INFO_ADDRESS;
        let channels = if is_given { info.channels() } else { &[] };
        channels.iter().map(|info| Self { info })
    }

    /// The channel with this name.
    #[must_use]
    pub fn named(info: &'static InfoPage, name: &str) -> Option<Self> {
        Self::all(info).find(|channel| channel.name() == name)
    }

    /// The policy's name for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.info.name()
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.info.size
    }

    /// Ethernet address of the member that a network's channel is of; zeros for other channels.
    #[must_use]
    pub const fn member(&self) -> [u8; 6] {
        self.info.member
    }

    /// Which end this is; none if the page says what this runtime does not know.
    #[must_use]
    pub const fn direction(&self) -> Option<Direction> {
        Direction::from_number(self.info.direction)
    }

    /// The writing end of the channel's ring, whose records carry the component's incarnation as
    /// their epoch. None if this is the reading end. To be taken once: a second one would write over
    /// the first one's records.
    #[must_use]
    pub fn writer(&self) -> Option<Writer<'static>> {
        // Incarnations beyond 32 bits are out of reach: restarts have a budget.
        let epoch = call::info(Item::Incarnation) as u32;
        self.is(Direction::Write).then(|| Writer::new(self.words(), epoch)).flatten()
    }

    /// The reading end of the channel's ring. None if this is the writing end.
    #[must_use]
    pub fn reader(&self) -> Option<Reader<'static>> {
        self.is(Direction::Read).then(|| Reader::new(self.words())).flatten()
    }

    /// The channel's memory, which its writer may change at any time.
    fn words(&self) -> &'static [AtomicU64] {
        // A channel is whole pages, so this loses nothing.
        let count = self.info.size as usize / size_of::<AtomicU64>();
        let start = with_exposed_provenance(self.info.address as usize);
        // SAFETY: `all` saw that the information is the boot program's, which mapped so much memory
        // there for good, page by page and so aligned; nothing else of the component is in it. Its
        // other end is another program, which is what atomics are for. In a reading end's memory
        // relaxed loads are defined (`core::sync::atomic`), and a ring's reader does nothing else.
        unsafe { slice::from_raw_parts(start, count) }
    }

    /// Raises the channel's event at its reader. Nothing happens if it has none, or at the reading
    /// end.
    pub fn signal(&self) {
        if self.is(Direction::Write) && self.info.event != NO_EVENT {
            call::signal(self.info.event);
        }
    }

    /// The reader's event as a mask for [`wait`](crate::wait); 0 if there is none, or at the writing
    /// end.
    #[must_use]
    pub fn event(&self) -> u64 {
        if self.is(Direction::Read) { 1_u64.checked_shl(self.info.event).unwrap_or(0) } else { 0 }
    }

    fn is(&self, direction: Direction) -> bool {
        self.direction() == Some(direction)
    }
}
