//! Functions of the machine's that the policy gives to the world. Their registers are the guest's, by the nested page
//! tables; here are only their configuration space, and their messages, which come as events.

use cloister_runtime::abi::{InfoPage, MAX_DEVICES, WorldPage};
use cloister_runtime::device::Device;
use cloister_runtime::log;
use cloister_virtio::Peripheral;
use cloister_virtio::assigned::{Assigned, Description};
use cloister_virtio::pci::Window;

use crate::peripherals::{FIRST_ADAPTER, FIRST_CHANNEL, POINTER, PciBus};

/// The functions with the slots in which the guest finds them: those that nothing else takes.
pub fn all(
    info: &'static InfoPage,
    page: &'static WorldPage,
) -> impl Iterator<Item = (usize, Device)> {
    let first_free = FIRST_ADAPTER + page.adapter_count as usize;
    let slots = (POINTER + 1..FIRST_ADAPTER).chain(first_free..FIRST_CHANNEL);
    slots.zip(Device::all(info))
}

/// Puts them onto the bus.
pub fn add(info: &'static InfoPage, page: &'static WorldPage, bus: &mut PciBus) {
    for (slot, device) in all(info, page) {
        let window = |base: usize| {
            let memory = device.registers(base).map(|registers| registers.memory());
            memory.map_or(Window { base: 0, size: 0 }, |it| Window {
                base: it.address,
                size: it.size,
            })
        };
        let function = Assigned::new(&Description {
            configuration: &device.info.configuration,
            memory: core::array::from_fn(window),
            messages: device.info.messages as usize,
        });
        if bus.insert(slot, Peripheral::Assigned(function)).is_err() {
            log!("no room for the device in slot {slot}");
        }
    }
    let (there, shown) = (Device::all(info).count(), all(info, page).count());
    if there > shown {
        log!("the guest finds {shown} of its {there} devices: the bus has no more slots");
    }
}

/// The messages of the functions.
pub struct Messages {
    /// Slot, first event and number of events of each.
    of: [(usize, u32, u32); MAX_DEVICES],
}

impl Messages {
    /// Those of the functions that the world was given.
    pub fn of(info: &'static InfoPage, page: &'static WorldPage) -> Self {
        let mut of = [(0, 0, 0); MAX_DEVICES];
        for (place, (slot, device)) in of.iter_mut().zip(all(info, page)) {
            *place = (slot, device.info.event, device.info.messages);
        }
        Self { of }
    }

    /// All events.
    pub fn events(&self) -> u64 {
        let own = |&(_, first, count): &(usize, u32, u32)| mask(count) << (first % u64::BITS);
        self.of.iter().map(own).fold(0, |all, one| all | one)
    }

    /// Hands on those that came.
    pub fn work(&self, events: u64, bus: &mut PciBus) {
        for &(slot, first, count) in &self.of {
            let came = events.unbounded_shr(first) & mask(count);
            if came != 0
                && let Some(Peripheral::Assigned(function)) = bus.function(slot)
            {
                let messages = (0..count).filter(|message| came >> message & 1 != 0);
                messages.for_each(|message| function.signal(message));
            }
        }
    }
}

/// So many bits.
const fn mask(count: u32) -> u64 {
    1_u64.unbounded_shl(count).wrapping_sub(1)
}
