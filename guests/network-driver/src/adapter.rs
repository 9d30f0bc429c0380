//! What a driver of a kind of network adapter does. There is one for virtio-net; another kind is another
//! implementation of [`Adapter`] and a word in `main`.

use cloister_link::{FRAME, MacAddress};

/// The adapter cannot be used, or does what no adapter does; the reason, in words.
#[derive(Clone, Copy, Debug)]
pub struct Fault(pub &'static str);

/// A network adapter at work.
pub trait Adapter {
    /// The address that it has by itself. Members have their own; it takes all frames.
    fn address(&self) -> MacAddress;

    /// Copies the next frame that came to the beginning of `into` and returns its length; none if there is
    /// none. A frame that is too long is one of no bytes.
    ///
    /// # Errors
    /// If the adapter has to be started again.
    fn receive(&mut self, into: &mut [u8; FRAME]) -> Result<Option<usize>, Fault>;

    /// Lets `write` put a frame into a free place, and sends as many bytes as it says, if it says any. False,
    /// without calling it, if no place is free now.
    ///
    /// # Errors
    /// If the adapter has to be started again.
    fn send(
        &mut self,
        write: impl FnOnce(&mut [u8; FRAME]) -> Option<usize>,
    ) -> Result<bool, Fault>;
}
