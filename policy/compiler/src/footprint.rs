//! How much memory a policy needs.

use cloister_policy_format::VirtualDevices;

use crate::{
    checks::{
        channels::DEFAULT_LINK_SIZE, guards::DEFAULT_SIZE as DEFAULT_GUARD_SIZE,
        memory::display_size,
    },
    model::{NetworkUse, Policy, World},
    source::Span,
};

/// Memory for the kernel, its tables, and the scrubbed remains of boot.
pub const KERNEL_BYTES: u64 = 128 << 20;

/// Memory of a world's monitor, when the policy gives none.
pub const DEFAULT_MONITOR_BYTES: u64 = 4 << 20;

/// A component's stack, when the policy gives none.
pub const DEFAULT_STACK_BYTES: u64 = 64 << 10;

/// Length of a channel for frames of an outside network.
pub const NETWORK_BYTES: u64 = 256 << 10;

/// Length of a channel for lines of text.
pub const TEXT_BYTES: u64 = 64 << 10;

/// Length of a channel for keys and pointer movements.
pub const INPUT_BYTES: u64 = 16 << 10;

/// Something that takes memory.
#[derive(Clone, Debug)]
pub struct Part {
    /// What.
    pub what: String,
    /// How much.
    pub bytes: u64,
    /// The place in the policy, when there is one.
    pub span: Span,
}

/// Everything that takes memory.
pub fn parts(policy: &Policy) -> Vec<Part> {
    let mut parts =
        vec![Part { what: "the kernel".to_owned(), bytes: KERNEL_BYTES, span: Span::default() }];
    for world in &policy.worlds {
        let memory = world.memory.map_or(0, |memory| memory.value);
        let monitor = world.monitor_memory.map_or(DEFAULT_MONITOR_BYTES, |memory| memory.value);
        let screen = framebuffer(policy, world).map_or(0, |(width, height)| {
            (u64::from(width) * u64::from(height) * 4).next_power_of_two()
        });
        parts.push(Part {
            what: format!("world `{}`", world.name.value),
            bytes: [monitor, screen, device_channels(policy, world)]
                .into_iter()
                .fold(memory, u64::saturating_add),
            span: world.memory.map_or(world.name.span, |memory| memory.span),
        });
    }
    for component in &policy.components {
        let memory = component.memory.map_or(0, |memory| memory.value);
        let stack = component.stack.map_or(DEFAULT_STACK_BYTES, |stack| stack.value);
        parts.push(Part {
            what: format!("component `{}`", component.name.value),
            bytes: memory.saturating_add(stack),
            span: component.memory.map_or(component.name.span, |memory| memory.span),
        });
    }
    for channel in &policy.channels {
        let size = channel.size.map_or(0, |size| size.value);
        parts.push(Part {
            what: format!("channel `{}`", channel.name.value),
            bytes: if channel.is_two_way() { size.saturating_mul(2) } else { size },
            span: channel.size.map_or(channel.name.span, |size| size.span),
        });
    }
    for link in &policy.links {
        let worlds = link.worlds.len() as u64;
        let channels = worlds * worlds.saturating_sub(1) + link.to.len() as u64;
        parts.push(Part {
            what: format!("link `{}`", link.name.value),
            bytes: link.size.map_or(DEFAULT_LINK_SIZE, |size| size.value).saturating_mul(channels),
            span: link.name.span,
        });
    }
    for guard in &policy.guards {
        parts.push(Part {
            what: format!("guard `{}`", guard.name.value),
            bytes: guard.size.map_or(DEFAULT_GUARD_SIZE, |size| size.value).saturating_mul(2),
            span: guard.name.span,
        });
    }
    parts
}

/// Memory of the channels that a world's devices and outside networks make, but for its screen.
fn device_channels(policy: &Policy, world: &World) -> u64 {
    let of = |device, size| if world.device(device).is_some() { size } else { 0 };
    let driven = |usage: &&NetworkUse| {
        let network = usage.network.target.and_then(|it| policy.networks.get(it.position()));
        network.is_some_and(|network| network.driver.is_some())
    };
    let networks = world.networks.iter().filter(driven).count() as u64;
    of(VirtualDevices::CONSOLE, TEXT_BYTES)
        + of(VirtualDevices::LOG, TEXT_BYTES)
        + of(VirtualDevices::INPUT, INPUT_BYTES)
        + networks * 2 * NETWORK_BYTES
}

/// The size of a world's screen in pixels, when it has one.
pub fn framebuffer(policy: &Policy, world: &World) -> Option<(u16, u16)> {
    world.device(VirtualDevices::DISPLAY)?;
    let display = policy.display.as_ref()?;
    Some(
        world
            .framebuffer
            .map_or_else(|| display_size(display), |size| (size.value.width, size.value.height)),
    )
}

/// An amount rounded up to MiB, for people.
pub fn round(bytes: u64) -> String {
    let mib = bytes.div_ceil(1 << 20);
    if mib >= 1 << 14 { format!("{:.1} GiB", mib as f64 / 1024.0) } else { format!("{mib} MiB") }
}
