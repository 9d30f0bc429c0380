//! The kernel's audit records and time counters, for the component that the policy names.

use core::sync::atomic::Ordering;

use cloister_abi::{AUDIT_BLOCK_BYTES, AUDIT_CHANNEL, AUDIT_MAGIC, AuditBlock, InfoPage};

/// A block for each processor, by its number; none if the policy does not let the component read them.
pub fn blocks(info: &InfoPage) -> impl Iterator<Item = &'static AuditBlock> {
    let channel = info.channel(AUDIT_CHANNEL);
    let (address, size) = channel.map_or((0, 0), |channel| (channel.address, channel.size));
    let count = size as usize / AUDIT_BLOCK_BYTES;
    let blocks = (0..count).map(move |index| {
        // SAFETY: the kernel mapped the channel there for reading, for good; its words are atomic.
        unsafe { &*(address as *const AuditBlock).wrapping_add(index) }
    });
    blocks.take_while(|block| block.magic.load(Ordering::Acquire) == AUDIT_MAGIC)
}
