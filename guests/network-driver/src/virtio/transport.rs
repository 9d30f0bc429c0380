//! Virtio's registers on PCI (virtio 1.2, section 4.1), as the boot program gives them to a component: mapped,
//! with a copy of configuration space and no way to it.

use cloister_runtime::device::{Device, DeviceRegisters};
use virtio_drivers::transport::{DeviceStatus, DeviceType, InterruptStatus, Transport};
use virtio_drivers::{Error, PhysAddr};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::adapter::Fault;

/// The numbers of a network device that is no older than version 1.0 (section 4.1.2).
const NETWORK: u32 = 0x1041_1af4;
/// The device reaches memory as the platform lets it, by an IOMMU (section 6).
const ACCESS_PLATFORM: u64 = 1 << 33;
/// Events by index, which is left out: the crate compares indexes that wrap as if they did not.
const EVENT_INDEX: u64 = 1 << 29;

/// Capabilities of vendors (PCI Local Bus 3.0, appendix H), and what virtio's say of themselves.
const VENDOR: u32 = 0x09;
const COMMON: u32 = 1;
const NOTIFY: u32 = 2;
const DEVICE: u32 = 4;

/// Registers of the common configuration (section 4.1.4.3).
mod common {
    pub const DEVICE_FEATURE_SELECT: u64 = 0;
    pub const DEVICE_FEATURE: u64 = 4;
    pub const DRIVER_FEATURE_SELECT: u64 = 8;
    pub const DRIVER_FEATURE: u64 = 12;
    pub const STATUS: u64 = 20;
    pub const GENERATION: u64 = 21;
    pub const QUEUE_SELECT: u64 = 22;
    pub const QUEUE_SIZE: u64 = 24;
    pub const QUEUE_ENABLE: u64 = 28;
    pub const QUEUE_NOTIFY: u64 = 30;
    pub const QUEUE_DESCRIPTORS: u64 = 32;
    pub const QUEUE_DRIVER: u64 = 40;
    pub const QUEUE_DEVICE: u64 = 48;
}

/// A part of the registers.
#[derive(Clone, Copy)]
struct Part {
    registers: DeviceRegisters,
    offset: u64,
    size: u64,
}

impl Part {
    /// The part of this kind, and the word behind what says where it is.
    fn find(device: &Device, kind: u32) -> Option<(Self, u32)> {
        let configuration = &device.info.configuration;
        let word = |byte: u32| configuration.get(byte as usize / 4).copied();
        let mut at = word(0x34)? & 0xfc;
        // There is room for so many.
        for _ in 0..configuration.len() {
            let head = word(at)?;
            if at == 0 {
                return None;
            }
            if head & 0xff == VENDOR && head >> 24 == kind {
                let registers = device.registers((word(at + 4)? & 0xff) as usize)?;
                let part =
                    Self { registers, offset: word(at + 8)?.into(), size: word(at + 12)?.into() };
                return Some((part, word(at + 16).unwrap_or(0)));
            }
            at = head >> 8 & 0xfc;
        }
        None
    }

    fn byte(&self, register: u64) -> u8 {
        self.registers.read_byte(self.offset + register).unwrap_or(u8::MAX)
    }

    fn short(&self, register: u64) -> u16 {
        self.registers.read_short(self.offset + register).unwrap_or(u16::MAX)
    }

    fn word(&self, register: u64) -> u32 {
        self.registers.read(self.offset + register).unwrap_or(u32::MAX)
    }

    fn set_short(&self, register: u64, value: u16) {
        self.registers.write_short(self.offset + register, value);
    }

    fn set_word(&self, register: u64, value: u32) {
        self.registers.write(self.offset + register, value);
    }

    fn set_address(&self, register: u64, value: u64) {
        self.set_word(register, value as u32);
        self.set_word(register + 4, (value >> 32) as u32);
    }
}

/// The registers of a device.
pub struct PciTransport {
    common: Part,
    notify: Part,
    /// Bytes from one queue's place for notifications to the next.
    notify_step: u64,
    device: Part,
}

impl PciTransport {
    /// The registers of a network device, which was reset: whatever it was told before, it reads and writes
    /// no memory.
    pub fn reset(device: &Device) -> Result<Self, Fault> {
        /// Looks until a device is thought not to reset.
        const LOOKS: usize = 1 << 20;
        if device.info.configuration.first() != Some(&NETWORK) {
            return Err(Fault("the adapter is of a kind that it cannot drive"));
        }
        let part =
            |kind| Part::find(device, kind).ok_or(Fault("the adapter lacks registers of virtio's"));
        let (notify, step) = part(NOTIFY)?;
        let transport = Self {
            common: part(COMMON)?.0,
            notify,
            notify_step: step.into(),
            device: part(DEVICE)?.0,
        };
        let common = transport.common;
        common.registers.write_byte(common.offset + common::STATUS, 0);
        if (0..LOOKS).all(|_| common.byte(common::STATUS) != 0) {
            return Err(Fault("the adapter does not reset"));
        }
        Ok(transport)
    }
}

impl Transport for PciTransport {
    fn device_type(&self) -> DeviceType {
        DeviceType::Network
    }

    fn read_device_features(&mut self) -> u64 {
        let half = |number| {
            self.common.set_word(common::DEVICE_FEATURE_SELECT, number);
            u64::from(self.common.word(common::DEVICE_FEATURE))
        };
        (half(0) | half(1) << 32) & !EVENT_INDEX
    }

    /// Accepts also what the crate does not know and the IOMMU asks for.
    fn write_driver_features(&mut self, features: u64) {
        let features = features | self.read_device_features() & ACCESS_PLATFORM;
        for (number, half) in [(0, features as u32), (1, (features >> 32) as u32)] {
            self.common.set_word(common::DRIVER_FEATURE_SELECT, number);
            self.common.set_word(common::DRIVER_FEATURE, half);
        }
    }

    fn max_queue_size(&mut self, queue: u16) -> u32 {
        self.common.set_short(common::QUEUE_SELECT, queue);
        self.common.short(common::QUEUE_SIZE).into()
    }

    fn notify(&mut self, queue: u16) {
        self.common.set_short(common::QUEUE_SELECT, queue);
        let place = u64::from(self.common.short(common::QUEUE_NOTIFY)) * self.notify_step;
        if place < self.notify.size {
            self.notify.set_short(place, queue);
        }
    }

    fn get_status(&self) -> DeviceStatus {
        DeviceStatus::from_bits_truncate(self.common.byte(common::STATUS).into())
    }

    fn set_status(&mut self, status: DeviceStatus) {
        let place = self.common.offset + common::STATUS;
        self.common.registers.write_byte(place, status.bits() as u8);
    }

    fn set_guest_page_size(&mut self, _: u32) {}

    fn requires_legacy_layout(&self) -> bool {
        false
    }

    fn queue_set(
        &mut self,
        queue: u16,
        size: u32,
        descriptors: PhysAddr,
        driver_area: PhysAddr,
        device_area: PhysAddr,
    ) {
        self.common.set_short(common::QUEUE_SELECT, queue);
        self.common.set_short(common::QUEUE_SIZE, size as u16);
        self.common.set_address(common::QUEUE_DESCRIPTORS, descriptors);
        self.common.set_address(common::QUEUE_DRIVER, driver_area);
        self.common.set_address(common::QUEUE_DEVICE, device_area);
        self.common.set_short(common::QUEUE_ENABLE, 1);
    }

    fn queue_unset(&mut self, _: u16) {
        // A queue in use ends with a reset only (section 4.1.4.3.2).
    }

    fn queue_used(&mut self, queue: u16) -> bool {
        self.common.set_short(common::QUEUE_SELECT, queue);
        self.common.short(common::QUEUE_ENABLE) == 1
    }

    fn ack_interrupt(&mut self) -> InterruptStatus {
        // There are no interrupts.
        InterruptStatus::empty()
    }

    fn read_config_generation(&self) -> u32 {
        self.common.byte(common::GENERATION).into()
    }

    /// Reads a field, in pieces as wide as its alignment, as the device's own fields want to be read.
    fn read_config_space<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T, Error> {
        let mut value = T::new_zeroed();
        let end = offset.checked_add(size_of::<T>()).ok_or(Error::ConfigSpaceTooSmall)?;
        if end as u64 > self.device.size {
            return Err(Error::ConfigSpaceTooSmall);
        }
        let width = align_of::<T>().min(4);
        let pieces = value.as_mut_bytes().chunks_mut(width);
        for (piece, place) in pieces.zip((offset as u64..).step_by(width)) {
            let read = match width {
                1 => self.device.byte(place).into(),
                2 => self.device.short(place).into(),
                _ => self.device.word(place),
            };
            let bytes = read.to_le_bytes();
            piece.iter_mut().zip(bytes).for_each(|(byte, read)| *byte = read);
        }
        Ok(value)
    }

    fn write_config_space<T: IntoBytes + Immutable>(
        &mut self,
        _: usize,
        _: T,
    ) -> Result<(), Error> {
        // A network device has no field to write that is used here.
        Err(Error::Unsupported)
    }
}
