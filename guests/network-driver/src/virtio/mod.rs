//! The driver of virtio-net (virtio 1.2, section 5.1) on PCI: queues and the device's ways by `virtio-drivers`.

mod buffers;
mod transport;

use cloister_link::{FRAME, HEADER, MacAddress, Offload};
use cloister_runtime::device::Device;
use virtio_drivers::device::net::VirtIONetRaw;

use crate::adapter::{Adapter, Fault};
use crate::memory::Working;
use buffers::{Buffers, QUEUE};
use transport::PciTransport;

/// A network device at work.
pub struct Virtio {
    driver: VirtIONetRaw<Working, PciTransport, QUEUE>,
    received: Buffers,
    sent: Buffers,
}

impl Virtio {
    /// Resets the device and starts it.
    pub fn start(device: &Device) -> Result<Self, Fault> {
        let transport = PciTransport::reset(device)?;
        let (received, sent) = (Buffers::take()?, Buffers::take()?);
        let mut driver = VirtIONetRaw::new(transport)
            .map_err(|_| Fault("the adapter is none of virtio's that starts"))?;
        driver.disable_interrupts();
        let mut started = Self { driver, received, sent };
        for number in 0..QUEUE {
            started.offer(number)?;
        }
        Ok(started)
    }

    /// Gives the device a free buffer to receive in.
    fn offer(&mut self, number: usize) -> Result<(), Fault> {
        // SAFETY: the buffer is the device's until it comes back; until then nobody looks at it.
        let token = unsafe { self.driver.receive_begin(self.received.whole(number)) };
        self.received.given(number, token.ok())
    }

    /// Takes back the buffers whose frames have left.
    fn reclaim(&mut self) -> Result<(), Fault> {
        while let Some(token) = self.driver.poll_transmit() {
            let (number, length) = self.sent.taken(token)?;
            let buffer = self.sent.whole(number).get(..length).unwrap_or_default();
            // SAFETY: this buffer was given under this number.
            unsafe { self.driver.transmit_complete(token, buffer) }
                .map_err(|_| Fault("the adapter gave back what it did not have"))?;
        }
        Ok(())
    }
}

impl Adapter for Virtio {
    fn address(&self) -> MacAddress {
        self.driver.mac_address()
    }

    fn receive(&mut self, into: &mut [u8; FRAME]) -> Result<Option<usize>, Fault> {
        let Some(token) = self.driver.poll_receive() else { return Ok(None) };
        let (number, _) = self.received.taken(token)?;
        // SAFETY: this buffer was given under this number.
        let done = unsafe { self.driver.receive_complete(token, self.received.whole(number)) };
        let (header, length) =
            done.map_err(|_| Fault("the adapter gave back what it did not have"))?;
        let frame = self.received.whole(number).get(header..).unwrap_or_default();
        let whole = frame.get(..length).zip(into.get_mut(..length));
        let length = whole.map_or(0, |(frame, place)| {
            place.copy_from_slice(frame);
            length
        });
        self.offer(number)?;
        Ok(Some(length))
    }

    fn send(
        &mut self,
        write: impl FnOnce(&mut [u8; FRAME]) -> Option<usize>,
    ) -> Result<bool, Fault> {
        self.reclaim()?;
        let Some(number) = self.sent.free() else { return Ok(false) };
        let buffer = self.sent.whole(number);
        let Some((header, frame)) = buffer.split_first_chunk_mut::<HEADER>() else {
            return Ok(false);
        };
        let Some(frame) = frame.first_chunk_mut::<FRAME>() else { return Ok(false) };
        let Some(length) = write(frame) else { return Ok(true) };
        *header = Offload::Nothing.header(0);
        let record = buffer.get(..HEADER + length).unwrap_or_default();
        // SAFETY: the buffer is the device's until it comes back; until then nobody looks at it.
        let token = unsafe { self.driver.transmit_begin(record) };
        self.sent.given_with(number, token.ok(), HEADER + length)?;
        Ok(true)
    }
}
