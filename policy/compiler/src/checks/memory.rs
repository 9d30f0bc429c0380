//! Rules of memory: everything fits, and nothing overlaps.

use std::collections::BTreeMap;

use cloister_policy_format::{SubjectIndex, VirtualDevices};

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    footprint,
    model::{Display, Subject},
    reader::show_size,
    source::{Located, Span},
};

/// Guest memory in odd pieces.
pub static WORLD_MULTIPLE: Check = Check::error(
    "P130",
    "world-memory-multiple",
    "A world's memory is a multiple of 2 MiB, the page size that it is mapped with.",
    world_multiple,
);
/// Memory in odd pieces.
pub static PAGES: Check = Check::error(
    "P131",
    "whole-pages",
    "Memory, stack, device memory and addresses are multiples of 4 KiB.",
    pages,
);
/// More than the machine has.
pub static SUM: Check = Check::error(
    "P132",
    "memory-sum",
    "All memory together fits into the machine beside 128 MiB for the kernel and its tables.",
    sum,
);
/// Two things at one guest address.
pub static GUEST_OVERLAP: Check = Check::error(
    "P133",
    "guest-overlap",
    "Inside a world, channels overlap neither its memory, nor its interrupt controllers, nor each other.",
    guest_overlap,
);
/// A screen larger than the screen.
pub static FRAMEBUFFER: Check = Check::error(
    "P134",
    "framebuffer-size",
    "A world's screen is not larger than the display.",
    framebuffer,
);
/// A screen that nothing shows.
pub static FRAMEBUFFER_UNUSED: Check = Check::error(
    "P135",
    "framebuffer-unused",
    "Only a world with a `display` has a `framebuffer`.",
    framebuffer_unused,
);
/// A GUI that cannot draw.
pub static GUI_MEMORY: Check = Check::error(
    "P136",
    "gui-memory",
    "The GUI's memory holds at least one whole screen.",
    gui_memory,
);
/// A monitor that cannot run.
pub static MONITOR_MEMORY: Check =
    Check::error("P137", "monitor-memory", "A world's monitor has at least 1 MiB.", monitor_memory);
/// Device memory of two.
pub static MMIO_OVERLAP: Check = Check::error(
    "P138",
    "mmio-overlap",
    "No device memory is given twice, in one component or in two.",
    mmio_overlap,
);

/// An address that no device of a world can have.
pub static CHANNEL_ADDRESS: Check = Check::error(
    "P139",
    "channel-address",
    "A world sees a channel between 256 and 384 GiB, at a multiple of its size.",
    channel_address,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &WORLD_MULTIPLE,
    &PAGES,
    &SUM,
    &GUEST_OVERLAP,
    &FRAMEBUFFER,
    &FRAMEBUFFER_UNUSED,
    &GUI_MEMORY,
    &MONITOR_MEMORY,
    &MMIO_OVERLAP,
    &CHANNEL_ADDRESS,
];

const PAGE: u64 = 4096;
const LARGE_PAGE: u64 = 2 << 20;

fn world_multiple(context: &Context<'_>, findings: &mut Findings) {
    for world in &context.policy.worlds {
        let Some(memory) = world.memory else { continue };
        if !memory.value.is_multiple_of(LARGE_PAGE) {
            let next = memory.value.next_multiple_of(LARGE_PAGE);
            findings.push(
                Diagnostic::new(
                    &WORLD_MULTIPLE,
                    memory.span,
                    format!(
                        "world {} cannot have {} of memory",
                        quote(&world.name.value),
                        show_size(memory.value)
                    ),
                )
                .help(format!("write a multiple of 2 MiB, such as `\"{}\"`", show_size(next))),
            );
        }
    }
}

fn pages(context: &Context<'_>, findings: &mut Findings) {
    let mut values: Vec<(&str, &str, Located<u64>)> = Vec::new();
    for (_, subject) in context.policy.subjects() {
        let name = subject.name().value.as_str();
        match subject {
            Subject::World(world) => {
                values.extend(world.monitor_memory.map(|it| ("monitor-memory", name, it)));
            }
            Subject::Component(component) => {
                values.extend(component.memory.map(|it| ("memory", name, it)));
                values.extend(component.stack.map(|it| ("stack", name, it)));
                for region in &component.mmio {
                    let place = |value| Located::new(value, region.span);
                    values.push(("mmio address", name, place(region.value.address)));
                    values.push(("mmio size", name, place(region.value.size)));
                }
            }
        }
    }
    for channel in &context.policy.channels {
        let name = channel.name.value.as_str();
        values.extend(channel.from_address.map(|it| ("from-address", name, it)));
        values.extend(channel.to_address.map(|it| ("to-address", name, it)));
    }
    for (key, name, value) in values {
        if !value.value.is_multiple_of(PAGE) {
            let shown = if key.contains("address") {
                format!("{:#x}", value.value)
            } else {
                show_size(value.value)
            };
            findings.push(
                Diagnostic::new(
                    &PAGES,
                    value.span,
                    format!("`{key}` of {} is {shown}, not a multiple of 4 KiB", quote(name)),
                )
                .help("round it to a multiple of 4 KiB (0x1000)"),
            );
        }
    }
}

fn sum(context: &Context<'_>, findings: &mut Findings) {
    let Some(machine) = context.policy.machine.memory else { return };
    let parts = footprint::parts(context.policy);
    let needed = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.bytes));
    if needed <= machine.value {
        return;
    }
    let mut largest: Vec<_> = parts.iter().collect();
    largest.sort_by_key(|part| (std::cmp::Reverse(part.bytes), part.span));
    let mut finding = Diagnostic::new(
        &SUM,
        machine.span,
        format!(
            "the policy needs {}, the machine has {}",
            footprint::round(needed),
            footprint::round(machine.value)
        ),
    )
    .help("give the worlds less memory, or ask for a larger machine");
    for part in largest.iter().filter(|part| part.span != Span::default()).take(3) {
        finding = finding
            .also(part.span, format!("{} takes {}", part.what, footprint::round(part.bytes)));
    }
    findings.push(finding);
}

/// Guest-physical addresses that a world's own memory and interrupt controllers take: memory from
/// zero to 3 GiB and from 4 GiB on, controllers and firmware in the last 20 MiB below 4 GiB.
fn own_ranges(memory: u64) -> [(u64, u64); 3] {
    const HOLE: u64 = 3 << 30;
    const ABOVE: u64 = 4 << 30;
    let high = memory.saturating_sub(HOLE);
    [(0, memory.min(HOLE)), (ABOVE, ABOVE + high), (0xfec0_0000, ABOVE)]
}

fn guest_overlap(context: &Context<'_>, findings: &mut Findings) {
    let policy = context.policy;
    let mut by_world: BTreeMap<SubjectIndex, Vec<(u64, u64, String, Span)>> = BTreeMap::new();
    for channel in &policy.channels {
        let size = channel.size.map_or(PAGE, |size| size.value);
        for (address, end) in
            [(channel.from_address, &channel.from), (channel.to_address, &channel.to)]
        {
            let (Some(address), Some(subject)) = (address, end.as_ref().and_then(|end| end.target))
            else {
                continue;
            };
            by_world.entry(subject).or_default().push((
                address.value,
                address.value.saturating_add(size),
                format!("channel {}", quote(&channel.name.value)),
                address.span,
            ));
        }
    }
    for (subject, mut ranges) in by_world {
        let Some(Subject::World(world)) = policy.subject(subject) else { continue };
        let memory = world.memory.map_or((0, Span::default()), |it| (it.value, it.span));
        for (first, end) in own_ranges(memory.0).into_iter().filter(|(first, end)| first < end) {
            let what = if first == 0xfec0_0000 { "interrupt controllers" } else { "memory" };
            ranges.push((first, end, format!("the world's own {what}"), memory.1));
        }
        ranges.sort_by_key(|range| (range.0, range.3));
        // Each range is held against the one before it that reaches furthest.
        let mut furthest: Option<&(u64, u64, String, Span)> = None;
        for range in &ranges {
            if let Some(before) = furthest.filter(|before| range.0 < before.1) {
                let (this, that) =
                    if range.2.starts_with("channel") { (range, before) } else { (before, range) };
                findings.push(
                    Diagnostic::new(
                        &GUEST_OVERLAP,
                        this.3,
                        format!(
                            "in world {}, {} at {:#x} overlaps {}",
                            quote(&world.name.value),
                            this.2,
                            this.0,
                            that.2
                        ),
                    )
                    .also(that.3, that.2.clone())
                    .help("choose a free address, or leave it out and let the monitor choose"),
                );
            }
            if furthest.is_none_or(|before| range.1 > before.1) {
                furthest = Some(range);
            }
        }
    }
}

/// Where the monitor's bus has room for channels whose address the policy names.
const CHANNEL_RANGE: std::ops::Range<u64> = 0x40_0000_0000..0x60_0000_0000;

fn channel_address(context: &Context<'_>, findings: &mut Findings) {
    for channel in &context.policy.channels {
        let size = channel.size.map_or(PAGE, |size| size.value).max(PAGE).next_power_of_two();
        for (address, end) in
            [(channel.from_address, &channel.from), (channel.to_address, &channel.to)]
        {
            let target = end.as_ref().and_then(|end| end.target);
            let world = target.filter(|it| it.position() < context.policy.worlds.len());
            let (Some(address), Some(_)) = (address, world) else { continue };
            let inside = CHANNEL_RANGE.contains(&address.value)
                && address.value.saturating_add(size) <= CHANNEL_RANGE.end;
            if !inside || !address.value.is_multiple_of(size) {
                let name = quote(&channel.name.value);
                findings.push(
                    Diagnostic::new(
                        &CHANNEL_ADDRESS,
                        address.span,
                        format!("a world cannot see channel {name} at {:#x}", address.value),
                    )
                    .help("leave it out, or write a multiple of the size from 0x4000000000 on"),
                );
            }
        }
    }
}

/// The display's size in pixels.
pub fn display_size(display: &Display) -> (u16, u16) {
    display.size.map_or((1024, 768), |size| size.value)
}

fn framebuffer(context: &Context<'_>, findings: &mut Findings) {
    let Some(display) = &context.policy.display else { return };
    let (width, height) = display_size(display);
    for world in &context.policy.worlds {
        let Some(framebuffer) = world.framebuffer else { continue };
        if framebuffer.value.width > width || framebuffer.value.height > height {
            findings.push(
                Diagnostic::new(
                    &FRAMEBUFFER,
                    framebuffer.span,
                    format!(
                        "the screen of world {} is larger than the display, {width}x{height}",
                        quote(&world.name.value)
                    ),
                )
                .also(display.size.map_or(display.span, |size| size.span), "the display")
                .help("write a smaller size, or leave it out and take the display's"),
            );
        }
    }
}

fn framebuffer_unused(context: &Context<'_>, findings: &mut Findings) {
    for world in &context.policy.worlds {
        let Some(framebuffer) = world.framebuffer else { continue };
        if world.device(VirtualDevices::DISPLAY).is_none() {
            findings.push(
                Diagnostic::new(
                    &FRAMEBUFFER_UNUSED,
                    framebuffer.span,
                    format!("world {} has a framebuffer and no display", quote(&world.name.value)),
                )
                .help("add `display` to its `devices`, or delete the line"),
            );
        }
    }
}

fn gui_memory(context: &Context<'_>, findings: &mut Findings) {
    let Some(display) = &context.policy.display else { return };
    let gui = display.gui.as_ref().and_then(|gui| context.policy.subject(gui.target?));
    let Some(Subject::Component(gui)) = gui else { return };
    let (width, height) = display_size(display);
    let screen = u64::from(width) * u64::from(height) * 4;
    if let Some(memory) = gui.memory.filter(|memory| memory.value < screen) {
        findings.push(
            Diagnostic::new(
                &GUI_MEMORY,
                memory.span,
                format!(
                    "the GUI {} has {}, one screen of {width}x{height} takes {}",
                    quote(&gui.name.value),
                    show_size(memory.value),
                    show_size(screen)
                ),
            )
            .also(display.size.map_or(display.span, |size| size.span), "the display")
            .help(format!(
                "write at least `memory = \"{}\"`",
                show_size(screen.next_multiple_of(1 << 20))
            )),
        );
    }
}

fn monitor_memory(context: &Context<'_>, findings: &mut Findings) {
    const LEAST: u64 = 1 << 20;
    for world in &context.policy.worlds {
        if let Some(memory) = world.monitor_memory.filter(|memory| memory.value < LEAST) {
            findings.push(
                Diagnostic::new(
                    &MONITOR_MEMORY,
                    memory.span,
                    format!(
                        "the monitor of world {} has only {}",
                        quote(&world.name.value),
                        show_size(memory.value)
                    ),
                )
                .help("write at least `\"1 MiB\"`, or leave it out and take 4 MiB"),
            );
        }
    }
}

fn mmio_overlap(context: &Context<'_>, findings: &mut Findings) {
    let mut regions: Vec<_> = context
        .policy
        .components
        .iter()
        .flat_map(|component| component.mmio.iter().map(move |region| (region, component)))
        .collect();
    regions.sort_by_key(|(region, _)| (region.value.address, region.span));
    let mut furthest: Option<(u64, &crate::model::Component, Span)> = None;
    for (region, component) in regions {
        let end = region.value.address.saturating_add(region.value.size);
        if let Some((before, owner, span)) =
            furthest.filter(|(end, ..)| region.value.address < *end)
        {
            findings.push(
                Diagnostic::new(
                    &MMIO_OVERLAP,
                    region.span.max(span),
                    format!(
                        "device memory from {:#x} on is given to {} and {}",
                        region.value.address,
                        quote(&owner.name.value),
                        quote(&component.name.value)
                    ),
                )
                .also(region.span.min(span), format!("the other, up to {:#x}", before.max(end)))
                .help("give each page of device memory to one component, once"),
            );
        }
        if furthest.is_none_or(|(before, ..)| end > before) {
            furthest = Some((end, component, region.span));
        }
    }
}
