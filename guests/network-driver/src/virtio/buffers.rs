//! Buffers of frames in the working memory: which of them the device has, and under which of its numbers.
//! What it gives back is its word, so it is looked up and never used as it is.

use core::ptr::NonNull;

use cloister_link::{FRAME, HEADER};
use virtio_drivers::PAGE_SIZE;

use crate::adapter::Fault;
use crate::memory;

/// Frames that the device can have at a time, in each direction.
pub const QUEUE: usize = 128;
/// Bytes of a buffer: a header and a frame, with room to spare.
const BUFFER: usize = 2048;

const _: () = assert!(HEADER + FRAME <= BUFFER);

/// A number that no buffer has.
const NONE: u16 = u16::MAX;

/// The buffers of a direction.
pub struct Buffers {
    start: NonNull<u8>,
    /// Under which of the device's numbers each buffer is the device's, and how many bytes.
    token_of: [u16; QUEUE],
    length_of: [usize; QUEUE],
    /// Which buffer each of the device's numbers is for.
    buffer_of: [u16; QUEUE],
}

impl Buffers {
    /// Takes memory for them.
    pub fn take() -> Result<Self, Fault> {
        let start = memory::take(QUEUE * BUFFER / PAGE_SIZE)
            .ok_or(Fault("the policy gives too little memory"))?;
        Ok(Self { start, token_of: [NONE; QUEUE], length_of: [0; QUEUE], buffer_of: [NONE; QUEUE] })
    }

    /// A buffer, all of it. There are [`QUEUE`].
    pub fn whole(&mut self, number: usize) -> &mut [u8] {
        let number = number.min(QUEUE - 1);
        // SAFETY: so many buffers were taken, of zeros, and are nobody else's; while the device has one, its
        // bytes are not looked at.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(number * BUFFER).as_ptr(), BUFFER) }
    }

    /// A buffer that the device does not have.
    pub fn free(&self) -> Option<usize> {
        self.token_of.iter().position(|token| *token == NONE)
    }

    /// Notes that the device has a buffer now, under a number, if it took it.
    pub fn given(&mut self, number: usize, token: Option<u16>) -> Result<(), Fault> {
        self.given_with(number, token, BUFFER)
    }

    /// The same of so many bytes of it.
    pub fn given_with(
        &mut self,
        number: usize,
        token: Option<u16>,
        length: usize,
    ) -> Result<(), Fault> {
        let places = token.and_then(|token| {
            let buffer = self.buffer_of.get_mut(usize::from(token))?;
            let own = self.token_of.get_mut(number).zip(self.length_of.get_mut(number))?;
            Some((token, buffer, own))
        });
        let Some((token, buffer, (own, bytes))) = places else {
            return Err(Fault("the adapter's queue has less room than it said"));
        };
        *buffer = number as u16;
        *own = token;
        *bytes = length;
        Ok(())
    }

    /// The buffer that the device gives back under a number, and how many bytes of it it had.
    pub fn taken(&mut self, token: u16) -> Result<(usize, usize), Fault> {
        let refused = Fault("the adapter gave back what it did not have");
        let buffer = self.buffer_of.get_mut(usize::from(token)).ok_or(refused)?;
        let number = usize::from(core::mem::replace(buffer, NONE));
        let own = self.token_of.get_mut(number).ok_or(refused)?;
        *own = NONE;
        Ok((number, self.length_of.get(number).copied().unwrap_or(0)))
    }
}
