//! Where frames come from and go to.

use smoltcp::{
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    time::Instant,
};

/// Longest frame: 1,500 bytes behind an Ethernet header.
pub const FRAME: usize = 1514;

/// Frames that are taken in one poll.
pub const AT_ONCE: usize = 64;

/// A way for frames.
pub trait Wire {
    /// Takes the next frame that came, and says how many bytes it has; none where there is none.
    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize>;

    /// Sends a frame. What cannot be sent is lost, as on a wire.
    fn send(&mut self, frame: &[u8]);
}

/// A wire as the stack wants it, for one poll.
#[derive(Debug)]
pub struct Polled<'w, W> {
    wire: &'w mut W,
    left: usize,
}

impl<'w, W> Polled<'w, W> {
    /// The wire, for [`AT_ONCE`] frames.
    pub fn new(wire: &'w mut W) -> Self {
        Self { wire, left: AT_ONCE }
    }
}

/// A frame that came.
#[derive(Debug)]
pub struct Received {
    frame: [u8; FRAME],
    length: usize,
}

/// A place for a frame to send.
#[derive(Debug)]
pub struct Sending<'w, W>(&'w mut W);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, work: F) -> R {
        work(self.frame.get(..self.length).unwrap_or_default())
    }
}

impl<W: Wire> TxToken for Sending<'_, W> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, work: F) -> R {
        let mut frame = [0; FRAME];
        // The stack makes no frame longer than the device says it takes.
        let place = frame.get_mut(..length).unwrap_or_default();
        let result = work(place);
        self.0.send(place);
        result
    }
}

impl<W: Wire> Device for Polled<'_, W> {
    type RxToken<'a>
        = Received
    where
        Self: 'a;
    type TxToken<'a>
        = Sending<'a, W>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending<'_, W>)> {
        self.left = self.left.checked_sub(1)?;
        let mut frame = [0; FRAME];
        let length = self.wire.receive(&mut frame)?;
        Some((Received { frame, length }, Sending(self.wire)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_, W>> {
        Some(Sending(self.wire))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities.max_burst_size = Some(AT_ONCE);
        capabilities
    }
}
