//! What a kind of virtio device adds to the transport.

use cloister_device::{GuestMemory, Width};

use crate::{
    Progress,
    queue::{Chain, Malformed, Queue},
};

/// Queues of a device at most.
pub const QUEUES: usize = 3;

/// Chains that a device takes from a queue in one call at most.
pub const CHAINS: usize = 16;

/// A kind of virtio device (virtio 1.2, section 5).
pub trait Device {
    /// Its number.
    const KIND: u16;
    /// The largest sizes of its queues: up to [`QUEUES`] powers of two.
    const QUEUE_SIZES: &'static [u16];
    /// Bytes of its configuration.
    const CONFIGURATION: u32;

    /// The PCI class that tells the guest what it is: base class, subclass, programming interface.
    fn class(&self) -> u32;

    /// The features of its kind that it offers.
    fn features(&self) -> u64;

    /// Reads its configuration.
    fn read(&self, offset: u64, width: Width) -> u64;

    /// Writes its configuration.
    fn write(&mut self, _offset: u64, _width: Width, _value: u64) {}

    /// Forgets what a driver told it and what it kept for a driver.
    fn reset(&mut self);

    /// A driver is ready, which took these of the features.
    fn start(&mut self, _features: u64) {}

    /// Goes on with a queue: takes at most [`CHAINS`] chains, and touches bounded memory.
    ///
    /// # Errors
    /// The queue breaks the rules.
    fn process<M: GuestMemory + ?Sized>(
        &mut self,
        queue: usize,
        queues: &mut [Queue; QUEUES],
        chain: &mut Chain,
        memory: &M,
    ) -> Result<Progress, Malformed>;

    /// Queues, one bit each, that have something to do because of what was done for another one.
    fn woken(&self) -> u8 {
        0
    }

    /// Whether its configuration changed by itself since the last call.
    fn take_change(&mut self) -> bool {
        false
    }
}
