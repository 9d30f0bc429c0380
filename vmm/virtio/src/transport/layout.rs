//! Where the structures of a virtio device lie, and the capabilities that say so (virtio 1.2,
//! section 4.1.4).

use crate::pci::{Bar, Configuration, MsiX};

/// The base address register of the virtio structures.
pub(super) const REGISTERS_BAR: usize = 0;
/// The base address register of the table of messages.
pub(super) const MESSAGES_BAR: usize = 1;
/// Offset of the common configuration.
pub const COMMON: u64 = 0x0000;
/// Offset of the interrupt status.
pub const INTERRUPT_STATUS: u64 = 0x1000;
/// Offset of the device's configuration.
pub const DEVICE: u64 = 0x2000;
/// Offset of the notifications.
pub const NOTIFY: u64 = 0x3000;
/// Bytes between the notifications of two queues.
pub const NOTIFY_STEP: u64 = 4;
/// Bytes of the virtio structures.
pub(super) const REGISTERS_SIZE: u64 = 0x4000;
/// Bytes of the common configuration.
pub(super) const COMMON_SIZE: u64 = 0x40;

/// PCI number of a vendor's own capability.
const VENDOR_CAPABILITY: u8 = 9;
const COMMON_CONFIGURATION: u8 = 1;
const NOTIFICATION: u8 = 2;
const INTERRUPT: u8 = 3;
const DEVICE_CONFIGURATION: u8 = 4;
const CONFIGURATION_ACCESS: u8 = 5;
/// Bytes that all of these capabilities have.
const LENGTH: u8 = 16;

/// Adds the capabilities; returns the offset of the one for access through configuration space.
pub(super) fn describe(configuration: &mut Configuration, queues: u64, device: u32) -> u8 {
    configuration.set_bar(REGISTERS_BAR, Bar::registers(REGISTERS_SIZE));
    configuration.set_bar(MESSAGES_BAR, Bar::registers(MsiX::SIZE));
    let plain = |kind, offset: u64, length: u64| body(LENGTH, kind, offset, length);
    let structures = [
        plain(COMMON_CONFIGURATION, COMMON, COMMON_SIZE),
        plain(INTERRUPT, INTERRUPT_STATUS, 4),
        plain(DEVICE_CONFIGURATION, DEVICE, device.into()),
    ];
    for body in structures.iter().filter(|body| body.get(10..14) != Some(&[0; 4])) {
        configuration.add_capability(VENDOR_CAPABILITY, body.get(..14).unwrap_or(body), &[]);
    }
    let mut notification = body(LENGTH + 4, NOTIFICATION, NOTIFY, queues * NOTIFY_STEP);
    if let Some(multiplier) = notification.get_mut(14..) {
        multiplier.copy_from_slice(&(NOTIFY_STEP as u32).to_le_bytes());
    }
    configuration.add_capability(VENDOR_CAPABILITY, &notification, &[]);
    let access = body(LENGTH + 4, CONFIGURATION_ACCESS, 0, 0);
    let mut writable = [0xff; 18];
    writable.iter_mut().zip([0, 0, 0xff, 0, 0, 0]).for_each(|(byte, bits)| *byte = bits);
    configuration.add_capability(VENDOR_CAPABILITY, &access, &writable).unwrap_or(0)
}

/// A capability's body after the pointer to the next: length, kind, place, and four bytes of zeros.
fn body(length: u8, kind: u8, offset: u64, size: u64) -> [u8; 18] {
    let mut body = [0; 18];
    let head = [length, kind, REGISTERS_BAR as u8, 0, 0, 0];
    let parts = head.into_iter().chain((offset as u32).to_le_bytes());
    let parts = parts.chain((size as u32).to_le_bytes());
    body.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    body
}
