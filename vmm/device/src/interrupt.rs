//! How a device interrupts the guest.

/// Where device models send interrupts.
pub trait Interrupts {
    /// Sets the level of an input of the I/O APIC (and, for 0 to 15, of the 8259 pair). Edge-triggered
    /// inputs see the change from false to true.
    fn line(&mut self, global_system_interrupt: u8, level: bool);

    /// A write of `data` to `address` as a device does it for MSI and MSI-X (Intel SDM volume 3,
    /// section 11.11; AMD APM volume 2, section 16.11). Whatever does not name a local APIC is lost.
    fn message(&mut self, address: u64, data: u32);
}
