//! Runs the isolation check at every boot: on the finished tables, from the roots that the hardware will
//! use. What is decided is in `cloister_model::isolation`; this file only says what the machine and the
//! policy are, and reads the tables.

use core::arch::x86_64::__cpuid;

use cloister_bundle::Digest;
use cloister_hardware::console::Topic;
use cloister_hardware::crash;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::log;
use cloister_hardware::svm::ControlBlock;
use cloister_hardware::svm_setup::{PORT_MAP_BYTES, REGISTER_MAP_BYTES, SWITCHED_REGISTERS};
use cloister_model::isolation::{
    Channel, Device, DmaFunction, FrameRange, KernelRoot, Machine, PhysAddr, PortGrant, PortMap,
    REGION_BYTES, Region, RegisterMap, Space, SpaceKind, TableReader, Through, Window,
    check as decide,
};
use cloister_model::subject::SubjectId;
use cloister_policy_format::Flags;
use cloister_tables::MAX_SUBJECTS;
use heapless::Vec;

use crate::devices::{self, Devices};
use crate::frames::Frames;
use crate::iommu::{Iommu, MAX_UNITS};
use crate::partition::{Builder, Built, MAX_CHANNELS};
use crate::pci::configuration::requester;
use crate::subject::id;
use crate::world::Worlds;
use crate::{clock, kernel, ports, stop};

/// The largest number of regions in a resource map.
const MAX_REGIONS: usize = 2048;
/// The largest number of ranges of device memory.
const MAX_DEVICES: usize = 64;
/// The largest number of port ranges in a policy.
const MAX_PORTS: usize = 256;

static mut REGIONS: [Region; MAX_REGIONS] = [Region::EMPTY; MAX_REGIONS];
static mut MEASURED: [u8; MAX_REGIONS * REGION_BYTES] = [0; MAX_REGIONS * REGION_BYTES];

/// Reads tables where memory is mapped to itself.
struct Identity;

impl TableReader for Identity {
    fn read(&self, table: PhysAddr, index: u16) -> u64 {
        let entry = (table.0 as *const u64).wrapping_add(usize::from(index));
        // SAFETY: the check reads only what lies in the pool of tables, which is mapped to itself.
        unsafe { entry.read_volatile() }
    }
}

/// Checks everything that was built, logs the resource map, and returns its digest; stops at a violation.
pub fn check(
    built: &Built,
    builder: &Builder<'_>,
    machine: &kernel::Machine,
    frames: &Frames,
    hardware: &Devices,
) -> Digest {
    let (tables, owned) = frames.tables_and_kernel();
    let (tables, owned) = (frames_of(tables), frames_of(owned));
    let mut kernel = Vec::<FrameRange, 3>::new();
    kernel.extend([owned, tables]);
    if machine.crash_record {
        let page = Range { start: crash::PHYSICAL_ADDRESS, end: crash::PHYSICAL_ADDRESS + PAGE };
        // There is room for three.
        let _ = kernel.push(frames_of(page));
    }
    kernel.sort_unstable();

    let mut memory = Vec::<FrameRange, 16>::new();
    memory.extend(frames.subjects().map(frames_of));

    let apic = clock::local_apic();
    let apic = Range { start: apic, end: apic + PAGE };
    let mut devices = Vec::<Device, MAX_DEVICES>::new();
    let gui = builder.gui().map_or(SubjectId::KERNEL, id);
    let screen = builder.desk.screen.map(|screen| (gui, screen.pages));
    let kernels = hardware.places.registers().chain([apic]);
    let granted = devices::memory(&builder.policy).chain(hardware.registers());
    let all = kernels.map(|range| (SubjectId::KERNEL, range)).chain(screen);
    for (owner, range) in all.chain(granted.map(|(owner, range)| (id(owner), range))) {
        if devices.push(Device { frames: frames_of(range), owner }).is_err() {
            stop!("the policy has more than {MAX_DEVICES} ranges of device memory");
        }
    }
    devices.sort_unstable_by_key(|device| device.frames);

    let mut channels = Vec::<Channel, { MAX_CHANNELS + 1 }>::new();
    channels.extend(builder.policy.channels().iter().zip(&built.channels).map(
        |(channel, allotted)| Channel {
            frames: frames_of(allotted.memory),
            writer: id(channel.writer),
            reader: id(channel.reader),
        },
    ));
    channels.extend(built.audit.reader.map(|reader| Channel {
        frames: frames_of(built.audit.memory),
        writer: SubjectId::KERNEL,
        reader: id(reader),
    }));
    channels.sort_unstable_by_key(|channel| channel.frames);

    // The further virtual processors of worlds come last: what they use is their world's.
    let count = builder.policy.worlds().len() + builder.policy.components().len();
    let programs = || built.tables.programs.iter().zip((0..).map(SubjectId)).take(count);
    // A world has two: its monitor's and its guest's.
    let mut spaces = Vec::<Space, { 2 * MAX_SUBJECTS }>::new();
    spaces.extend(programs().filter(|(program, _)| program.root != 0).map(|(program, subject)| {
        let kind = SpaceKind::Native { kernel_root: 0 };
        Space { subject, root: PhysAddr(program.root), kind }
    }));
    spaces.extend(blocks(&built.worlds).map(|(subject, block)| Space {
        subject,
        root: PhysAddr(block.control.nested_root),
        kind: SpaceKind::Nested,
    }));
    let mut windows = Vec::<Window, MAX_SUBJECTS>::new();
    windows.extend(
        built
            .worlds
            .pages
            .iter()
            .map(|(index, range)| Window { frames: frames_of(*range), subject: id(*index) }),
    );
    windows.sort_unstable_by_key(|window| window.frames);
    let mut register_maps = Vec::<RegisterMap<'_>, MAX_SUBJECTS>::new();
    register_maps.extend(blocks(&built.worlds).map(|(subject, block)| RegisterMap {
        subject,
        bytes: bytes_at(block.control.register_map, REGISTER_MAP_BYTES),
    }));
    let mut port_maps = Vec::<PortMap<'_>, { 2 * MAX_SUBJECTS }>::new();
    port_maps.extend(blocks(&built.worlds).map(|(subject, block)| PortMap {
        subject,
        bytes: bytes_at(block.control.port_map, PORT_MAP_BYTES),
    }));
    port_maps.extend(programs().filter_map(|(program, subject)| {
        Some(PortMap { subject, bytes: program.ports?.as_slice() })
    }));
    let mut ports = Vec::<PortGrant, MAX_PORTS>::new();
    for range in ports::granted(builder) {
        let subject = id(range.subject);
        if ports.push(PortGrant { subject, first: range.first, last: range.last }).is_err() {
            stop!("the policy has more than {MAX_PORTS} ranges of ports");
        }
    }
    ports.sort_unstable_by_key(|grant| grant.first);

    let dma_units: Vec<_, MAX_UNITS> = hardware.iommu.iter().flat_map(Iommu::state).collect();
    // Without units the policy says `unsafe-dma`, else the boot program had stopped.
    let masters = hardware.assigned.iter().filter(|own| own.masters && hardware.iommu.is_some());
    let dma_functions: Vec<_, { devices::MAX_DEVICES }> = masters
        .map(|own| DmaFunction { requester: requester(own.function.place), owner: id(own.owner) })
        .collect();
    let dma_interrupts: Vec<_, { devices::MAX_INTERRUPTS }> =
        hardware.interrupts.iter().map(|(interrupt, _)| *interrupt).collect();
    let description = Machine {
        physical_bits: __cpuid(0x8000_0008).eax & 0xff,
        memory: &memory,
        kernel: &kernel,
        tables: &[tables],
        kernel_roots: &[KernelRoot { root: PhysAddr(built.kernel.root()), boot_half: true }],
        spaces: &spaces,
        channels: &channels,
        windows: &windows,
        devices: &devices,
        dma_units: &dma_units,
        dma_functions: &dma_functions,
        dma_interrupts: &dma_interrupts,
        ports: &ports,
        port_maps: &port_maps,
        registers: &[],
        switched_registers: &SWITCHED_REGISTERS,
        register_maps: &register_maps,
    };
    let room = &raw mut REGIONS;
    // SAFETY: this is the only place that names it, one processor runs, and this is reached once.
    match decide(&description, &Identity, unsafe { &mut *room }) {
        Ok(map) => report(map, builder, built),
        Err(violation) => stop!("isolation check: {violation}"),
    }
}

/// The control blocks that the processors will use.
fn blocks(worlds: &Worlds) -> impl Iterator<Item = (SubjectId, &'static ControlBlock)> {
    worlds.blocks.iter().map(|(index, range)| {
        // SAFETY: the boot program made the block there, where memory is mapped to itself, and
        // writes it no more.
        (id(*index), unsafe { &*(range.start as *const ControlBlock) })
    })
}

/// A permission map, where the control block says that it is.
fn bytes_at(address: u64, length: usize) -> &'static [u8] {
    // SAFETY: maps lie in the kernel's memory, which is mapped to itself, and are written no more.
    unsafe { core::slice::from_raw_parts(address as *const u8, length) }
}

/// Logs the map, its digest, and that all is well.
fn report(map: &[Region], builder: &Builder<'_>, built: &Built) -> Digest {
    if builder.policy.system().flags.contains(Flags::DEBUG) {
        for region in map {
            let programs = built.tables.programs;
            let name =
                programs.get(region.subject.position()).map_or("kernel", |program| program.name);
            log!(
                Topic::Boot,
                "map {:#x} to {:#x}: {name}, read{}{}{}",
                region.frames.first * PAGE,
                region.frames.end * PAGE,
                if region.rights.write { ", write" } else { "" },
                if region.rights.execute { ", execute" } else { "" },
                if region.through == Through::Device { ", by devices" } else { "" }
            );
        }
    }
    let place = &raw mut MEASURED;
    // SAFETY: this is the only place that names it, one processor runs, and this is reached once.
    let measured = unsafe { &mut *place };
    for (bytes, region) in measured.chunks_exact_mut(REGION_BYTES).zip(map) {
        bytes.copy_from_slice(&region.to_bytes());
    }
    let measured = measured.get(..map.len() * REGION_BYTES).unwrap_or_default();
    let digest = Digest::of(measured);
    let count = map.len();
    log!(Topic::Boot, "isolation check passed: {count} regions, resource map SHA-256 {digest}");
    digest
}

fn frames_of(range: Range) -> FrameRange {
    FrameRange { first: range.start / PAGE, end: range.end.div_ceil(PAGE) }
}
