//! Puts a record into the driver's buffers: into one chain, or where the driver can put them together
//! (virtio 1.2, section 5.1.6.3.2) into as many as it takes.

use cloister_device::GuestMemory;

use super::HEADER;
use crate::queue::{Chain, Malformed, Queue};

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
}

/// Chains that were taken, with how much was written to each.
struct Taken {
    chains: [(u16, u32); MOST_CHAINS],
    count: usize,
}

/// Puts a record, header first, into the driver's buffers.
pub fn deliver<M: GuestMemory + ?Sized>(
    record: &mut [u8],
    mergeable: bool,
    queue: &mut Queue,
    chain: &mut Chain,
    memory: &M,
) -> Result<Delivered, Malformed> {
    let most = if mergeable { MOST_CHAINS } else { 1 };
    let mut taken = Taken { chains: [(0, 0); MOST_CHAINS], count: 0 };
    let mut first = None;
    let mut rest: &[u8] = record;
    while !rest.is_empty() && taken.count < most {
        if !queue.pop(memory, chain)? {
            queue.leave(taken.count as u16);
            return Ok(Delivered::Nothing);
        }
        let room = chain.writable_length() as usize;
        let start = *first.get_or_insert(chain.writable().take(HEADER as u32));
        // The count of chains goes into a header that lies in one piece.
        let has_header = start.is_some_and(|start| start.length as usize == HEADER);
        let fits = if mergeable { has_header } else { room >= rest.len() };
        let now = if fits { rest.get(..room.min(rest.len())).unwrap_or_default() } else { &[] };
        let written = chain.writable().write(memory, now)?;
        if let Some(place) = taken.chains.get_mut(taken.count) {
            *place = (chain.head(), written as u32);
        }
        taken.count += 1;
        if written == 0 {
            break;
        }
        rest = rest.get(written..).unwrap_or_default();
    }
    let whole = rest.is_empty();
    let chains = taken.chains.get(..taken.count).unwrap_or_default();
    if whole
        && taken.count > 1
        && let Some(Some(start)) = first
    {
        let address = start.address.checked_add(COUNT).ok_or(Malformed::Address)?;
        memory.write(address, &(taken.count as u16).to_le_bytes())?;
    }
    let given = chains.iter().map(|&(head, written)| (head, if whole { written } else { 0 }));
    queue.push_all(memory, given)?;
    Ok(if whole { Delivered::Whole } else { Delivered::Lost })
}
