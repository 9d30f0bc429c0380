//! Gives components their devices: registers, a window on their own memory, and a page that describes both.

use cloister_abi::{
    DEVICE_PAGE_BYTES, DEVICES_ADDRESS, DEVICES_MAGIC, DeviceInfo, DeviceMemory, DevicePage,
    MAX_DEVICES,
};
use cloister_hardware::layout::PAGE;
use cloister_model::iommu::{DEVICE_ADDRESS_END, FIRST_DEVICE_ADDRESS};
use cloister_policy_format::SubjectIndex;
use cloister_tables::component;

use super::Devices;
use super::assign::pages_of;
use crate::address_space::{Access, User};
use crate::frames::Frames;
use crate::pci::configuration::requester;
use crate::program::Loader;
use crate::stop;

impl Devices {
    /// Gives a component its devices. They reach its working memory and nothing else.
    pub fn give(&mut self, owner: SubjectIndex, frames: &mut Frames, loader: &mut Loader<'_>) {
        let mut page =
            DevicePage { magic: DEVICES_MAGIC, devices: [DeviceInfo::NONE; MAX_DEVICES] };
        let mut address = component::REGISTERS;
        let mut entries = page.devices.iter_mut();
        let mut tables = None;
        for own in self.assigned.iter().filter(|own| own.owner == owner) {
            let Some(entry) = entries.next() else {
                stop!("component {}: has more devices than its page of them", loader.name)
            };
            own.function.enable();
            let configuration = own.function.configuration();
            *entry = DeviceInfo { name: own.name, configuration, ..DeviceInfo::NONE };
            let present = own.function.memory.iter().zip(&mut entry.memory);
            for (registers, told) in present.filter(|(registers, _)| registers.size() > 0) {
                let pages = pages_of(registers);
                let (user, access) = (User::Component, Access::Device);
                loader.space.map_for(user, frames, address, pages, access);
                let start = address + registers.start % PAGE;
                *told = DeviceMemory { address: start, size: registers.size() };
                // A page between two ranges is missing.
                address += pages.size() + PAGE;
            }
            if own.masters {
                entry.window = loader.memory.start;
            }
            if let Some(iommu) = self.iommu.as_mut().filter(|_| own.masters) {
                entry.window = FIRST_DEVICE_ADDRESS;
                if loader.memory.size() > DEVICE_ADDRESS_END - FIRST_DEVICE_ADDRESS {
                    stop!("component {}: its memory is more than devices can see", loader.name);
                }
                let root = *tables
                    .get_or_insert_with(|| iommu.map(frames, FIRST_DEVICE_ADDRESS, loader.memory));
                // Number 0 is kept for units that ask for that (VT-d specification 4.1, section 6.1).
                let domain = owner.0 as u16 + 1;
                iommu.give(frames, requester(own.function.place), root, domain);
            }
        }
        if address != component::REGISTERS {
            // SAFETY: the page is made of integers without padding.
            let bytes = unsafe {
                core::slice::from_raw_parts((&raw const page).cast(), size_of::<DevicePage>())
            };
            loader.add_read_only(frames, DEVICES_ADDRESS, bytes, DEVICE_PAGE_BYTES as u64);
        }
    }

    /// Lets those functions write memory that may, now that it is known what they reach.
    pub fn let_master(&self) {
        for own in self.assigned.iter().filter(|own| own.masters) {
            let place = own.function.place;
            let bridges = self.functions.iter().filter(|bridge| bridge.leads_to(place));
            bridges.chain([&own.function]).for_each(|function| function.let_master());
        }
    }
}
