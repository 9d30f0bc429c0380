//! The adapter of a link: frames between smoltcp and `virtio-drivers`.

use cloister_bare::io_apic;
use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::pci::PciTransport;

use crate::dma::Memory;
use crate::pci;

/// Frames that the device can have at a time.
const QUEUE: usize = 16;
/// An Ethernet frame without its checksum.
const FRAME_BYTES: usize = 1514;
/// A frame and the header that virtio puts before it, with room to spare.
const BUFFER_BYTES: usize = 1536;

type Driver = VirtIONetRaw<Memory, PciTransport, QUEUE>;

/// The buffers that frames are received in.
pub struct Buffers([[u8; BUFFER_BYTES]; QUEUE]);

impl Buffers {
    /// Of zeros.
    pub const fn new() -> Self {
        Self([[0; BUFFER_BYTES]; QUEUE])
    }
}

/// An adapter at work.
pub struct Adapter<'a> {
    driver: Driver,
    buffers: &'a mut Buffers,
    /// Which buffer the device has under which of its own numbers.
    buffer_of: [usize; QUEUE],
}

impl<'a> Adapter<'a> {
    /// Starts the adapter in a slot of PCI bus 0. The local APIC has to be on.
    pub fn start(slot: u8, buffers: &'a mut Buffers) -> Result<Self, &'static str> {
        let (mut root, device) = pci::device(slot);
        let transport = PciTransport::new::<Memory, _>(&mut root, device)
            .map_err(|_| "there is no virtio device where the adapter should be")?;
        let driver = Driver::new(transport).map_err(|_| "the adapter does not start")?;
        let mut adapter = Self { driver, buffers, buffer_of: [0; QUEUE] };
        (0..QUEUE).for_each(|buffer| adapter.offer(buffer));
        io_apic::connect(pci::interrupt_input(device));
        Ok(adapter)
    }

    /// Its Ethernet address.
    pub fn address(&self) -> EthernetAddress {
        EthernetAddress(self.driver.mac_address())
    }

    /// Makes the device take its interrupt back.
    pub fn acknowledge(&mut self) {
        self.driver.ack_interrupt();
    }

    /// Gives the device a buffer. One that it does not take is lost, which no device does that has
    /// room for all of them.
    fn offer(&mut self, buffer: usize) {
        let Some(bytes) = self.buffers.0.get_mut(buffer) else { return };
        // SAFETY: the adapter holds the buffers for as long as the device does, and `take` touches
        // only those that the device has given back.
        let Ok(token) = (unsafe { self.driver.receive_begin(bytes) }) else { return };
        if let Some(place) = self.buffer_of.get_mut(usize::from(token)) {
            *place = buffer;
        }
    }

    /// A frame that has come; its buffer is the device's again.
    fn take(&mut self) -> Option<Frame> {
        let token = self.driver.poll_receive()?;
        let buffer = *self.buffer_of.get(usize::from(token))?;
        let bytes = self.buffers.0.get_mut(buffer)?;
        // SAFETY: this buffer was given under this number.
        let (header, length) = unsafe { self.driver.receive_complete(token, bytes) }.ok()?;
        let mut frame = Frame { bytes: [0; FRAME_BYTES], length: 0 };
        let received = bytes.get(header..).and_then(|bytes| bytes.get(..length));
        if let Some(received) = received
            && let Some(place) = frame.bytes.get_mut(..length)
        {
            place.copy_from_slice(received);
            frame.length = length;
        }
        self.offer(buffer);
        Some(frame)
    }
}

/// A received frame; empty where the device said what cannot be.
pub struct Frame {
    bytes: [u8; FRAME_BYTES],
    length: usize,
}

impl phy::RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, use_frame: F) -> R {
        use_frame(self.bytes.get(..self.length).unwrap_or_default())
    }
}

/// The right to send a frame.
pub struct Sender<'a>(&'a mut Driver);

impl phy::TxToken for Sender<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut bytes = [0; FRAME_BYTES];
        // smoltcp keeps to what `capabilities` says.
        let frame = bytes.get_mut(..length).unwrap_or_default();
        let result = write(frame);
        // Waits until the device has taken it, which a monitor does before the guest goes on. What
        // cannot be sent is lost, as on a wire.
        let _ = self.0.send(frame);
        result
    }
}

impl phy::Device for Adapter<'_> {
    type RxToken<'t>
        = Frame
    where
        Self: 't;
    type TxToken<'t>
        = Sender<'t>
    where
        Self: 't;

    fn receive(&mut self, _: Instant) -> Option<(Frame, Sender<'_>)> {
        let frame = self.take()?;
        Some((frame, Sender(&mut self.driver)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sender<'_>> {
        Some(Sender(&mut self.driver))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME_BYTES;
        capabilities
    }
}
