//! Puts a record into the driver's buffers: into one chain, or where the driver can put them together
//! (virtio 1.2, section 5.1.6.3.2) into as many as it takes.

use cloister_device::GuestMemory;

use super::{HEADER, Link};
use crate::queue::{Chain, Cursor, Malformed, Queue};

/// Chains of a record at most.
const MOST_CHAINS: usize = 64;
/// Where in the header the count of chains is.
const COUNT: u64 = 10;

/// What came of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// Nothing yet: the driver has too few buffers now.
    Nothing,
    /// The driver has it.
    Whole,
    /// The driver's buffers are too small for it; it got them back empty.
    Lost,
    /// It was overwritten while it was copied; the driver's buffers are still to be used.
    Overwritten,
}

/// Where a record comes from.
pub enum Record<'a, L> {
    /// The device has all of it.
    Own(&'a [u8]),
    /// The device has its beginning, and the link what lies behind it of so many bytes in all.
    Link(&'a [u8], usize, &'a mut L),
}

impl<L: Link> Record<'_, L> {
    const fn length(&self) -> usize {
        match self {
            Self::Own(bytes) => bytes.len(),
            Self::Link(_, length, _) => *length,
        }
    }

    /// Copies so many bytes, from byte `start` on, into buffers.
    fn copy<M: GuestMemory + ?Sized>(
        &self,
        start: usize,
        length: usize,
        into: &mut Cursor<'_>,
        memory: &M,
    ) -> Result<usize, Malformed> {
        let (head, link) = match self {
            Self::Own(bytes) => (*bytes, None),
            Self::Link(head, _, link) => (*head, Some(link)),
        };
        let end = start.saturating_add(length);
        let first = head.get(start..end.min(head.len())).unwrap_or_default();
        let mut done = if first.is_empty() { 0 } else { into.write(memory, first)? };
        let mut border = head.len();
        for piece in link.map(|link| link.rest()).into_iter().flatten() {
            let from = start.max(border);
            let part = piece.part(from - border, end.saturating_sub(from));
            done += into.write_shared(memory, part)?;
            border += piece.length;
        }
        Ok(done)
    }

    /// Whether what was copied was the record.
    fn pass(&mut self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Link(_, _, link) => link.pass(),
        }
    }
}

/// Chains that were taken, with how much was written to each.
struct Taken {
    chains: [(u16, u32); MOST_CHAINS],
    count: usize,
}

/// Puts a record, header first, into the driver's buffers.
pub fn deliver<L: Link, M: GuestMemory + ?Sized>(
    mut record: Record<'_, L>,
    mergeable: bool,
    queue: &mut Queue,
    chain: &mut Chain,
    memory: &M,
) -> Result<Delivered, Malformed> {
    let most = if mergeable { MOST_CHAINS } else { 1 };
    let mut taken = Taken { chains: [(0, 0); MOST_CHAINS], count: 0 };
    let mut first = None;
    let total = record.length();
    let mut done = 0;
    while done < total && taken.count < most {
        if !queue.pop(memory, chain)? {
            queue.leave(taken.count as u16);
            return Ok(Delivered::Nothing);
        }
        let room = chain.writable_length() as usize;
        let start = *first.get_or_insert(chain.writable().take(HEADER as u32));
        // The count of chains goes into a header that lies in one piece.
        let has_header = start.is_some_and(|start| start.length as usize == HEADER);
        let fits = if mergeable { has_header } else { room >= total };
        let now = if fits { room.min(total - done) } else { 0 };
        let written = record.copy(done, now, &mut chain.writable(), memory)?;
        if let Some(place) = taken.chains.get_mut(taken.count) {
            *place = (chain.head(), written as u32);
        }
        taken.count += 1;
        if written == 0 {
            break;
        }
        done += written;
    }
    let whole = done == total;
    if whole
        && taken.count > 1
        && let Some(Some(start)) = first
    {
        let address = start.address.checked_add(COUNT).ok_or(Malformed::Address)?;
        memory.write(address, &(taken.count as u16).to_le_bytes())?;
    }
    if !record.pass() {
        queue.leave(taken.count as u16);
        return Ok(Delivered::Overwritten);
    }
    let chains = taken.chains.get(..taken.count).unwrap_or_default();
    let given = chains.iter().map(|&(head, written)| (head, if whole { written } else { 0 }));
    queue.push_all(memory, given)?;
    Ok(if whole { Delivered::Whole } else { Delivered::Lost })
}
