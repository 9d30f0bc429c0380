//! Devices that the policy gives to subjects: looked for before anything is built, so that a machine
//! without one is refused by name.

use cloister_hardware::handoff::Range;
use cloister_policy_format::{Device, DeviceSelector, PciAddress, PolicyView, SubjectIndex};
use x86_64::instructions::port::Port;

use crate::policy::called;
use crate::stop;

/// Registers of a PCI function's configuration space (PCI Local Bus 3.0, section 6.1).
const IDENTITY: u8 = 0;
const CLASS: u8 = 8;

/// Refuses a policy whose devices the machine does not have, or this version cannot give away.
pub fn check(policy: &PolicyView<'_>) {
    for device in policy.devices().iter() {
        if matches!(device.selector, DeviceSelector::Legacy(_)) {
            continue;
        }
        let (kind, owner) = called(policy, device.owner);
        let count = functions().filter(|place| is_meant(&device, *place)).count();
        match count {
            0 => stop!(
                "missing device: {} of {kind} {owner}: this machine has no PCI function {}",
                device.name,
                Selector(device.selector)
            ),
            1 => stop!(
                "device {} of {kind} {owner}: this version confines no PCI device, so it gives none \
                 away; take it out of the policy",
                device.name
            ),
            _ => stop!(
                "device {} of {kind} {owner}: this machine has {count} PCI functions {}; name one by \
                 its address",
                device.name,
                Selector(device.selector)
            ),
        }
    }
    if let Some(range) = policy.msr_ranges().iter().next() {
        let (kind, owner) = called(policy, range.subject);
        stop!(
            "{kind} {owner}: model-specific register {:#x}: this version gives none to ring 3",
            range.first
        );
    }
}

/// The device memory that the policy gives away, with its owners.
pub fn memory(policy: &PolicyView<'_>) -> impl Iterator<Item = (SubjectIndex, Range)> {
    policy.mmio_regions().iter().map(|region| {
        let end = region.address.saturating_add(region.size);
        (region.subject, Range { start: region.address, end })
    })
}

/// All PCI functions of segment group 0.
fn functions() -> impl Iterator<Item = PciAddress> {
    let devices = (0..=255_u8).flat_map(|bus| (0..32).map(move |device| (bus, device)));
    devices.flat_map(|(bus, device)| {
        let at = move |function| PciAddress { segment: 0, bus, device, function };
        // A device without function 0 is none; one without the bit has no other.
        let several = read(at(0), 0xc) >> 23 & 1 == 1;
        let count = match read(at(0), IDENTITY) {
            u32::MAX => 0,
            _ if several => 8,
            _ => 1,
        };
        (0..count).map(at).filter(|place| read(*place, IDENTITY) != u32::MAX)
    })
}

fn is_meant(device: &Device<'_>, place: PciAddress) -> bool {
    let (identity, class) = (read(place, IDENTITY), read(place, CLASS));
    match device.selector {
        DeviceSelector::Class { base, sub } => class >> 16 == u32::from(base) << 8 | u32::from(sub),
        DeviceSelector::Identity { vendor, device } => {
            identity == u32::from(device) << 16 | u32::from(vendor)
        }
        DeviceSelector::Address(address) => address == place,
        DeviceSelector::Legacy(_) => false,
    }
}

/// Reads a register of a function by configuration mechanism 1 (PCI Local Bus 3.0, section 3.2.2.3.2).
fn read(place: PciAddress, register: u8) -> u32 {
    const ENABLE: u32 = 1 << 31;
    let PciAddress { bus, device, function, .. } = place;
    let address = ENABLE
        | u32::from(bus) << 16
        | u32::from(device) << 11
        | u32::from(function) << 8
        | u32::from(register & !3);
    // SAFETY: reading configuration space changes nothing; nobody else uses these ports now.
    unsafe {
        Port::<u32>::new(0xcf8).write(address);
        Port::<u32>::new(0xcfc).read()
    }
}

/// A selector in words.
struct Selector(DeviceSelector);

impl core::fmt::Display for Selector {
    fn fmt(&self, text: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            DeviceSelector::Class { base, sub } => write!(text, "of class {base:02x}:{sub:02x}"),
            DeviceSelector::Identity { vendor, device } => {
                write!(text, "{vendor:04x}:{device:04x}")
            }
            DeviceSelector::Address(PciAddress { segment, bus, device, function }) => {
                write!(text, "at {segment:04x}:{bus:02x}:{device:02x}.{function}")
            }
            DeviceSelector::Legacy(_) => write!(text, "that is not on PCI"),
        }
    }
}
