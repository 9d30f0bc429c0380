//! The transport that the drivers use: as the crate's own one for PCI, but with each access going
//! through the bus instead of to memory.

use cloister_device::Width;
use cloister_virtio::transport::Device;
use virtio_drivers::{
    PhysAddr, Result,
    transport::{
        DeviceStatus, DeviceType, InterruptStatus, Transport,
        pci::{
            bus::{BarInfo, Command, MemoryBarType, PciRoot},
            virtio_device_type,
        },
    },
};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::bus::{Machine, SLOT};

/// Addresses of the structures.
pub struct PciTransport<D: Device> {
    machine: Machine<D>,
    kind: DeviceType,
    common: u64,
    notify: u64,
    notify_step: u64,
    interrupt_status: u64,
    device: u64,
}

impl<D: Device> PciTransport<D> {
    /// Finds the device on the bus, sizes its registers, and turns it on.
    pub fn new(machine: &Machine<D>) -> Self {
        let mut root = PciRoot::new(machine.clone());
        let found: Vec<_> = root.enumerate_bus(0).collect();
        let [(function, info)] = &found[..] else { panic!("one function: {found:?}") };
        assert_eq!((usize::from(function.device), function.function), (SLOT, 0));
        let kind = virtio_device_type(info).expect("a virtio device");
        let bars = root.bars(*function).expect("sound registers");
        let expected = |address, size| {
            let address_type = MemoryBarType::Width32;
            Some(BarInfo::Memory { address_type, prefetchable: false, address, size })
        };
        assert_eq!(bars[0], expected(0xc000_0000, 0x4000));
        assert_eq!(bars[1], expected(0xc000_4000, 0x1000));
        root.set_command(*function, Command::MEMORY_SPACE | Command::BUS_MASTER);

        let mut structures = [0; 6];
        let mut notify_step = 0;
        for capability in root.capabilities(*function).filter(|capability| capability.id == 9) {
            let read = |at| {
                machine.read(crate::bus::LAYOUT.ecam + ((SLOT as u64) << 15) + at, Width::Four)
            };
            let at = u64::from(capability.offset);
            let kind = usize::from(capability.private_header >> 8);
            let bar = (read(at + 4) & 0xff) as usize;
            let (base, _) =
                bars[bar].as_ref().and_then(BarInfo::memory_address_size).expect("memory");
            structures[kind] = base + read(at + 8);
            if kind == 2 {
                notify_step = read(at + 16);
            }
        }
        let [_, common, notify, interrupt_status, device, _] = structures;
        let machine = machine.clone();
        Self { machine, kind, common, notify, notify_step, interrupt_status, device }
    }

    fn get(&self, field: u64, width: Width) -> u64 {
        self.machine.read(self.common + field, width)
    }

    fn set(&self, field: u64, width: Width, value: u64) {
        self.machine.write(self.common + field, width, value);
    }
}

impl<D: Device> Transport for PciTransport<D> {
    fn device_type(&self) -> DeviceType {
        self.kind
    }

    fn read_device_features(&mut self) -> u64 {
        let half = |half| {
            self.set(0, Width::Four, half);
            self.get(4, Width::Four)
        };
        half(0) | half(1) << 32
    }

    fn write_driver_features(&mut self, features: u64) {
        for half in 0..2 {
            self.set(8, Width::Four, half);
            self.set(12, Width::Four, features >> (32 * half) & 0xffff_ffff);
        }
    }

    fn max_queue_size(&mut self, queue: u16) -> u32 {
        self.set(22, Width::Two, queue.into());
        self.get(24, Width::Two) as u32
    }

    fn notify(&mut self, queue: u16) {
        self.set(22, Width::Two, queue.into());
        let offset = self.get(30, Width::Two) * self.notify_step;
        self.machine.write(self.notify + offset, Width::Two, queue.into());
    }

    fn get_status(&self) -> DeviceStatus {
        DeviceStatus::from_bits_retain(self.get(20, Width::One) as u32)
    }

    fn set_status(&mut self, status: DeviceStatus) {
        self.set(20, Width::One, status.bits().into());
        assert!(self.get_status().contains(status), "the device refuses {status:?}");
    }

    fn set_guest_page_size(&mut self, _: u32) {}

    fn requires_legacy_layout(&self) -> bool {
        false
    }

    fn queue_set(
        &mut self,
        queue: u16,
        size: u32,
        table: PhysAddr,
        driver: PhysAddr,
        device: PhysAddr,
    ) {
        self.set(22, Width::Two, queue.into());
        self.set(24, Width::Two, size.into());
        for (field, area) in [(32, table), (40, driver), (48, device)] {
            self.set(field, Width::Eight, area);
        }
        self.set(28, Width::Two, 1);
        assert_eq!(self.get(28, Width::Two), 1, "the device refuses the queue");
    }

    fn queue_unset(&mut self, _: u16) {}

    fn queue_used(&mut self, queue: u16) -> bool {
        self.set(22, Width::Two, queue.into());
        self.get(28, Width::Two) == 1
    }

    fn ack_interrupt(&mut self) -> InterruptStatus {
        let status = self.machine.read(self.interrupt_status, Width::One);
        InterruptStatus::from_bits_retain(status as u32)
    }

    fn read_config_generation(&self) -> u32 {
        self.get(21, Width::One) as u32
    }

    fn read_config_space<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T> {
        let mut value = T::new_zeroed();
        let whole = Width::from_bytes(size_of::<T>() as u64).filter(|width| *width <= Width::Four);
        let bytes = value.as_mut_bytes();
        match whole {
            Some(width) => {
                let read = self.machine.read(self.device + offset as u64, width).to_le_bytes();
                bytes.copy_from_slice(&read[..bytes.len()]);
            }
            None => {
                for (index, byte) in bytes.iter_mut().enumerate() {
                    let address = self.device + (offset + index) as u64;
                    *byte = self.machine.read(address, Width::One) as u8;
                }
            }
        }
        Ok(value)
    }

    fn write_config_space<T: IntoBytes + Immutable>(&mut self, offset: usize, value: T) -> Result {
        let mut bytes = [0; 8];
        bytes[..size_of::<T>()].copy_from_slice(value.as_bytes());
        let width = Width::from_bytes(size_of::<T>() as u64).expect("a field");
        self.machine.write(self.device + offset as u64, width, u64::from_le_bytes(bytes));
        Ok(())
    }
}

impl<D: Device> Drop for PciTransport<D> {
    fn drop(&mut self) {
        self.set_status(DeviceStatus::empty());
        assert_eq!(self.get_status(), DeviceStatus::empty());
    }
}
