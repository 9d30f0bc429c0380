//! Which ports the policy opens: those that it names for components, and those of the PC's devices that
//! it gives to somebody.

use cloister_policy_format::{DeviceSelector, LegacyDevice, PolicyView, PortRange};

/// All of them, in no order.
pub fn granted<'p>(policy: PolicyView<'p>) -> impl Iterator<Item = PortRange> + use<'p> {
    let legacy = policy.devices().iter().flat_map(|device| {
        let ranges = match device.selector {
            DeviceSelector::Legacy(device) => ports(device),
            _ => [None; 2],
        };
        let subject = device.owner;
        ranges.into_iter().flatten().map(move |(first, last)| PortRange { subject, first, last })
    });
    policy.port_ranges().iter().chain(legacy)
}

/// The ports of a device, as first and last of each range. Between those of the keyboard controller lies
/// one that is not its own, for the loudspeaker and non-maskable interrupts; it stays closed.
const fn ports(device: LegacyDevice) -> [Option<(u16, u16)>; 2] {
    match device {
        LegacyDevice::KeyboardController => [Some((0x60, 0x60)), Some((0x64, 0x64))],
        other => [Some(other.ports()), None],
    }
}
