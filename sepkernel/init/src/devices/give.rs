//! Gives subjects their devices: registers, a window on their own memory, messages, and a page that describes all.

use cloister_abi::{
    DEVICE_PAGE_BYTES, DEVICES_ADDRESS, DEVICES_MAGIC, DeviceInfo, DeviceMemory, DevicePage,
    GUEST_REGISTERS, MAX_DEVICES,
};
use cloister_hardware::console::Topic;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::log;
use cloister_model::iommu::{DEVICE_ADDRESS_END, FIRST_DEVICE_ADDRESS};
use cloister_tables::component;

use super::assign::pages_of;
use super::interrupts::make;
use super::{Devices, Owner};
use crate::address_space::{Access, AddressSpace, User};
use crate::frames::Frames;
use crate::pci::configuration::requester;
use crate::program::Loader;
use crate::stop;

impl Devices {
    /// Gives a subject its devices. They reach the working memory of a component, or the guest's of a world, whose nested
    /// tables and tables for devices these are, and nothing else; their messages are events, as far as possible.
    pub fn give(
        &mut self,
        whose: Owner<'_>,
        frames: &mut Frames,
        loader: &mut Loader<'_>,
        mut guest: Option<(&mut AddressSpace, Option<u64>)>,
    ) {
        let mut page =
            DevicePage { magic: DEVICES_MAGIC, devices: [DeviceInfo::NONE; MAX_DEVICES] };
        let in_guest = guest.is_some();
        let mut next = if in_guest { GUEST_REGISTERS.0 } else { component::REGISTERS };
        let mut root = guest.as_ref().and_then(|(_, root)| *root);
        let mut entries = page.devices.iter_mut();
        for own in self.assigned.iter().filter(|own| own.owner == whose.1) {
            let Some(entry) = entries.next() else {
                stop!("{}: has more devices than its page of them", loader.name)
            };
            let function = &own.function;
            let reset = if function.reset(&whose.0.clock) { "reset" } else { "not reset" };
            function.enable();
            let configuration = function.configuration();
            *entry = DeviceInfo { name: own.name, configuration, ..DeviceInfo::NONE };
            let table = function.messages().and_then(|messages| messages.table);
            let present = function.memory.iter().zip(&mut entry.memory);
            for (registers, told) in present.filter(|(registers, _)| registers.size() > 0) {
                let pages = pages_of(registers);
                let start = next.next_multiple_of(pages.size().next_power_of_two());
                // In a component, a page between two ranges is missing.
                next = start + pages.size() + PAGE;
                if in_guest && next > GUEST_REGISTERS.0 + GUEST_REGISTERS.1 {
                    stop!("{}: no room for the registers of {function}", loader.name);
                }
                let space = guest.as_mut().map_or(&mut loader.space, |(space, _)| &mut **space);
                map_around(space, frames, start, pages, table.unwrap_or(0) / PAGE * PAGE);
                let address = start + registers.start % PAGE;
                *told = DeviceMemory { address, size: registers.size() };
            }
            let first = self.iommu.as_ref().map_or(loader.memory.start, |_| FIRST_DEVICE_ADDRESS);
            entry.window = if own.masters && !in_guest { first } else { 0 };
            if let Some(iommu) = self.iommu.as_mut().filter(|_| own.masters) {
                let root = *root.get_or_insert_with(|| {
                    if loader.memory.size() > DEVICE_ADDRESS_END - FIRST_DEVICE_ADDRESS {
                        stop!("{}: its memory is more than devices can see", loader.name);
                    }
                    let root = iommu.root(frames);
                    iommu.map(frames, root, FIRST_DEVICE_ADDRESS, loader.memory);
                    root
                });
                // Number 0 is kept for units that ask for that (VT-d specification 4.1, section 6.1).
                let domain = whose.1.0 as u16 + 1;
                iommu.give(frames, requester(function.place), root, domain);
                let boot = &mut loader.pristine.space;
                let made = make(&mut self.interrupts, whose, (iommu, frames, boot), function);
                (entry.event, entry.messages) = made.unwrap_or_default();
            }
            log!(Topic::Boot, "{}: {function}, {reset}, {} messages", loader.name, entry.messages);
        }
        if page.devices[0] != DeviceInfo::NONE {
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

/// Maps registers but the page of the table of messages, which nobody has to touch: a monitor shows its guest another.
fn map_around(space: &mut AddressSpace, frames: &mut Frames, start: u64, pages: Range, hole: u64) {
    let hole = if (pages.start..pages.end).contains(&hole) { hole } else { pages.end };
    for part in [Range { end: hole, ..pages }, Range { start: hole + PAGE, ..pages }] {
        if part.start < part.end {
            let to = start + (part.start - pages.start);
            space.map_for(User::Component, frames, to, part, Access::Device);
        }
    }
}
