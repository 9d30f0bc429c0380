//! The entropy device (virtio 1.2, section 5.4).

use cloister_device::{GuestMemory, Width};

use crate::{
    Progress,
    queue::{Chain, Malformed, Queue},
    transport::{CHAINS, Device, QUEUES},
};

/// Bytes for one request at most; drivers ask again for more.
const REQUEST: usize = 64;

/// Where randomness comes from.
pub trait Entropy {
    /// Fills a part from the beginning, and returns how long it is: 0 when there is none now.
    fn fill(&mut self, into: &mut [u8]) -> usize;
}

/// An entropy device.
#[derive(Clone, Debug)]
pub struct Random<E> {
    entropy: E,
}

impl<E: Entropy> Random<E> {
    /// A device that hands this out.
    pub const fn new(entropy: E) -> Self {
        Self { entropy }
    }

    /// Where its randomness comes from.
    pub const fn entropy(&mut self) -> &mut E {
        &mut self.entropy
    }
}

impl<E: Entropy> Device for Random<E> {
    const KIND: u16 = 4;
    const QUEUE_SIZES: &'static [u16] = &[16];
    const CONFIGURATION: u32 = 0;

    fn class(&self) -> u32 {
        0xff_00_00
    }

    fn features(&self) -> u64 {
        0
    }

    fn read(&self, _: u64, _: Width) -> u64 {
        0
    }

    fn reset(&mut self) {}

    fn process<M: GuestMemory + ?Sized>(
        &mut self,
        _: usize,
        [queue, ..]: &mut [Queue; QUEUES],
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed> {
        for _ in 0..CHAINS {
            if !queue.is_ready(memory)? {
                return Ok(Progress::Done);
            }
            // Taken from the source only now that somebody asked, and the chain only if there is some.
            let mut bytes = [0; REQUEST];
            let length = self.entropy.fill(&mut bytes).min(REQUEST);
            if length == 0 || !queue.pop(memory, chain)? {
                return Ok(Progress::Done);
            }
            let written = chain.writable().write(memory, bytes.get(..length).unwrap_or(&[]))?;
            queue.push(memory, chain.head(), written as u32)?;
        }
        Ok(Progress::More)
    }
}
