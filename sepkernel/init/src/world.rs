//! Builds what a world needs beside its monitor's program: guest memory, nested page tables, control
//! block, the pages that kernel and monitor share, and the files of its image.

use core::arch::x86_64::__cpuid_count;

use cloister_abi::{
    COMMAND_LINE_BYTES, FileView, LEVEL_BYTES, VIRTUAL_PROCESSOR_BYTES, WORLD_PAGE_BYTES, WorldPage,
};
use cloister_hardware::cpuid::leaf;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::svm::{ControlBlock, Features, VM_CR_SVMDIS};
use cloister_hardware::svm_setup::{PORT_MAP_BYTES, REGISTER_MAP_BYTES, fill_register_map};
use cloister_model::exit::model_specific::VIRTUAL_MACHINE_CONTROL;
use cloister_model::processor::{Directory, Leaf, MAX_LEAVES, Offer, offered};
use cloister_policy_format::{ChannelKind, SubjectIndex, World};
use cloister_tables::{Guest, Host, MAX_SUBJECTS, component};
use heapless::Vec;
use x86_64::registers::model_specific::Msr;

use crate::address_space::{Access, AddressSpace, User};
use crate::arena::Arena;
use crate::clock::now;
use crate::devices::Devices;
use crate::frames::{Frames, Pool};
use crate::partition::{Allotted, Builder};
use crate::program::Loader;
use crate::subject::first;
use crate::virtual_processors::MAX_VIRTUAL_PROCESSORS;
use crate::world_channels::{add_adapters, add_channel, channel_of, seen_by_guest};
use crate::{stop, time_of_day};

/// Bytes of a monitor's stack.
pub const MONITOR_STACK: u64 = 1024 * 1024;

/// Guest memory below the window of devices: up to 3 GiB, the rest from 4 GiB on, as on PCs.
const LOW_MEMORY: u64 = 0xc000_0000;
const HIGH_MEMORY: u64 = 1 << 32;

/// Where the guest sees its framebuffer, in the window of devices.
const FRAMEBUFFER: u64 = 0xd000_0000;

/// Guest memory is mapped in pages of this size at least.
const LARGE_PAGE: u64 = 2 << 20;

/// What was built for worlds.
pub struct Worlds {
    /// Control blocks, by physical address, with their subjects.
    pub blocks: Vec<(SubjectIndex, Range), MAX_SUBJECTS>,
    /// Pages that the kernel shares with monitors.
    pub pages: Vec<(SubjectIndex, Range), MAX_SUBJECTS>,
    maps: Option<Maps>,
}

/// The permission maps of all worlds: nothing is open but what is swapped.
#[derive(Clone, Copy)]
struct Maps {
    ports: Range,
    registers: Range,
    /// How many address space identifiers the processor has, that of the host included.
    asids: u32,
}

/// A world of the policy.
pub struct Planned<'a> {
    /// Its number.
    pub index: SubjectIndex,
    /// What the policy says of it.
    pub world: &'a World<'a>,
    /// Where the policy's channels lie.
    pub channels: &'a [Allotted],
}

impl Worlds {
    /// No worlds yet.
    pub const fn new() -> Self {
        Self { blocks: Vec::new(), pages: Vec::new(), maps: None }
    }

    /// Builds a world around the monitor that `loader` has loaded.
    pub fn add(
        &mut self,
        builder: &Builder<'_>,
        frames: &mut Frames,
        arena: &mut Arena,
        planned: &Planned<'_>,
        (loader, devices): (&mut Loader<'_>, &mut Devices),
    ) -> Vec<Guest, MAX_VIRTUAL_PROCESSORS> {
        let &Planned { index, world, channels } = planned;
        let maps = *self.maps.get_or_insert_with(|| Maps::new(frames, world.name));
        let (gigabyte_pages, no_execute) = builder.page_features;
        let mut nested = AddressSpace::new(frames, gigabyte_pages, no_execute);
        let root = devices.root(index, frames);
        map_memory(world, frames, &mut nested, loader, (devices, root));
        for (channel, allotted) in builder.policy.channels().iter().zip(channels) {
            if channel.kind == ChannelKind::Framebuffer && channel.writer == index {
                let memory = allotted.memory;
                nested.map_for(User::Component, frames, FRAMEBUFFER, memory, Access::Guest);
            }
        }
        let mut content = world_page(builder, frames, world, index, loader);
        for seen in seen_by_guest(builder, planned) {
            nested.map_for(User::Component, frames, seen.address, seen.memory, seen.access);
            add_channel(&mut content, &seen);
        }
        let whose = (builder, index, first(world.cpus));
        devices.give(whose, frames, loader, Some((&mut nested, root)));
        // SAFETY: the page is made of integers without padding inside its used part.
        let bytes = unsafe {
            core::slice::from_raw_parts((&raw const content).cast(), size_of::<WorldPage>())
        };
        loader.add_read_only(frames, component::WORLD, bytes, WORLD_PAGE_BYTES as u64);
        let identity = identity(arena, world);
        let mut guests = Vec::new();
        guests.extend((0..builder.members(index).len() as u8).map(|number| {
            let (block, page) = self.add_processor(frames, index, number, loader);
            // SAFETY: the page was just taken, is zeroed and mapped to itself; zeros are a value of
            // the block, whose fields are integers.
            let control = unsafe { &mut (*(block.1.start as *mut ControlBlock)).control };
            // Number 0 is the host's.
            let asid = self.blocks.len() as u32;
            if asid >= maps.asids {
                stop!(
                    "world {}: the processor tells {} virtual processors apart, no more (address \
                     space identifiers); the policy has more",
                    world.name,
                    maps.asids.saturating_sub(1)
                );
            }
            control.set(maps.ports.start, maps.registers.start, nested.root(), asid);
            Guest {
                control_block: block.0,
                control_block_physical: block.1.start,
                page,
                number,
                identity,
            }
        }));
        guests
    }

    /// Memory for a virtual processor: its control block, for the kernel, and its page, which the
    /// kernel shares with the monitor. Returns where the kernel has the block and where it lies, and
    /// where the kernel has the page.
    fn add_processor(
        &mut self,
        frames: &mut Frames,
        index: SubjectIndex,
        number: u8,
        loader: &mut Loader<'_>,
    ) -> ((u64, Range), u64) {
        let page = frames.take_for(Pool::Subjects, VIRTUAL_PROCESSOR_BYTES as u64);
        let own =
            component::VIRTUAL_PROCESSORS + u64::from(number) * VIRTUAL_PROCESSOR_BYTES as u64;
        loader.space.map_for(User::Component, frames, own, page, Access::Write);
        let block = frames.take(PAGE);
        // A missing page between all of these.
        let kernel = component::VIRTUAL + self.blocks.len() as u64 * 4 * PAGE;
        loader.pristine.space.map(frames, kernel, block, Access::Write);
        loader.pristine.space.map(frames, kernel + 2 * PAGE, page, Access::Write);
        // There is room for as many as there are subjects.
        let _ = self.blocks.push((index, block));
        let _ = self.pages.push((index, page));
        ((kernel, block), kernel + 2 * PAGE)
    }

    /// What each processor needs to run worlds.
    pub fn hosts(
        &self,
        frames: &mut Frames,
        arena: &mut Arena,
        processors: usize,
    ) -> &'static [Host] {
        if self.blocks.is_empty() {
            return &[];
        }
        let mut hosts = Vec::<Host, { cloister_hardware::handoff::MAX_PROCESSORS }>::new();
        hosts.extend(
            (0..processors).map(|_| Host {
                save_area: frames.take(PAGE).start,
                state: frames.take(PAGE).start,
            }),
        );
        arena.place(hosts.into_iter())
    }
}

impl Maps {
    /// The maps, on a processor that can run worlds.
    fn new(frames: &mut Frames, world: &str) -> Self {
        let features = Features::of_this_processor();
        if !features.svm || !features.nested_paging {
            stop!(
                "world {world}: the processor cannot run virtual machines (AMD SVM with nested \
                 paging)"
            );
        }
        // SAFETY: every processor with the extension has the register (AMD APM volume 2, section
        // 15.30.1).
        if unsafe { Msr::new(VIRTUAL_MACHINE_CONTROL).read() } & VM_CR_SVMDIS != 0 {
            stop!("world {world}: the firmware disabled virtual machines (SVM); enable them there");
        }
        let ports = frames.take(PORT_MAP_BYTES as u64);
        let registers = frames.take(REGISTER_MAP_BYTES as u64);
        // SAFETY: both were just taken, and are mapped to themselves.
        unsafe {
            core::ptr::write_bytes(ports.start as *mut u8, 0xff, PORT_MAP_BYTES);
            fill_register_map(&mut *(registers.start as *mut [u8; REGISTER_MAP_BYTES]));
        }
        Self { ports, registers, asids: features.asids }
    }
}

/// Gives the world its memory, and maps it for the guest, for the monitor, and for devices that have the tables at `root`.
fn map_memory(
    world: &World<'_>,
    frames: &mut Frames,
    nested: &mut AddressSpace,
    loader: &mut Loader<'_>,
    (devices, root): (&Devices, Option<u64>),
) {
    let mut offset = 0;
    while offset < world.memory {
        // A piece lies on one side of the hole.
        let end = if offset < LOW_MEMORY { world.memory.min(LOW_MEMORY) } else { world.memory };
        let Some(piece) = frames.take_up_to(end - offset, LARGE_PAGE) else {
            stop!(
                "too little memory for world {}: {} MiB of its {} MiB are missing",
                world.name,
                (world.memory - offset) >> 20,
                world.memory >> 20
            );
        };
        let guest = if offset < LOW_MEMORY { offset } else { offset - LOW_MEMORY + HIGH_MEMORY };
        nested.map_for(User::Component, frames, guest, piece, Access::Guest);
        let monitor = component::GUEST + offset;
        loader.space.map_for(User::Component, frames, monitor, piece, Access::Write);
        if let Some((iommu, root)) = devices.iommu.as_ref().zip(root) {
            iommu.map(frames, root, guest, piece);
        }
        offset += piece.size();
    }
}

/// What the monitor is told of its world.
fn world_page(
    builder: &Builder<'_>,
    frames: &mut Frames,
    world: &World<'_>,
    index: SubjectIndex,
    loader: &mut Loader<'_>,
) -> WorldPage {
    let policy = &builder.policy;
    let mut next = component::FILES;
    let mut view = |content: Option<&[u8]>| {
        let Some(content) = content else { return FileView::default() };
        let address = next;
        loader.add_read_only(frames, address, content, content.len() as u64);
        next += (content.len() as u64).next_multiple_of(PAGE) + PAGE;
        FileView { address, size: content.len() as u64 }
    };
    let Some(image) = policy.images().get(world.image.position()) else {
        stop!("world {}: the policy lacks its image", world.name)
    };
    let missing = |file| builder.file(file).is_none();
    if [Some(image.kernel), image.initrd, image.disk].into_iter().flatten().any(missing) {
        stop!("world {}: a file of its image is not in the bundle", world.name);
    }
    let mut page = WorldPage {
        memory: component::GUEST,
        memory_low: world.memory.min(LOW_MEMORY),
        memory_high: world.memory.saturating_sub(LOW_MEMORY),
        processors: builder.members(index).len() as u64,
        virtual_processors: component::VIRTUAL_PROCESSORS,
        kernel: view(builder.file(image.kernel)),
        initrd: view(image.initrd.and_then(|file| builder.file(file))),
        disk: view(image.disk.and_then(|file| builder.file(file))),
        devices: world.devices.0.into(),
        framebuffer: world
            .framebuffer
            .map_or([0; 2], |screen| [screen.width.into(), screen.height.into()]),
        framebuffer_channel: channel_of(builder, index, ChannelKind::Framebuffer),
        input_channel: channel_of(builder, index, ChannelKind::Input),
        framebuffer_address: FRAMEBUFFER,
        unix_seconds: started(builder.clock.ticks_per_second),
        ..WorldPage::EMPTY
    };
    if image.command_line.len() >= COMMAND_LINE_BYTES {
        stop!("world {}: its command line is too long", world.name);
    }
    page.command_line_bytes = image.command_line.len() as u64;
    page.command_line.iter_mut().zip(image.command_line.bytes()).for_each(|(to, from)| *to = from);
    write_level(builder, world, &mut page.level);
    add_adapters(builder, index, &mut page);
    page
}

/// Seconds since 1970 when the time stamp counter was 0.
fn started(ticks_per_second: u64) -> u64 {
    let elapsed = now() / ticks_per_second.max(1);
    time_of_day::unix_seconds().saturating_sub(elapsed)
}

/// The level's long text, its compartments behind it.
fn write_level(builder: &Builder<'_>, world: &World<'_>, to: &mut [u8; LEVEL_BYTES]) {
    let classification = world.level.classification.0;
    let classification = builder.policy.classifications().get(usize::from(classification));
    let mut places = to.iter_mut();
    let mut write = |text: &str| {
        for (place, byte) in places.by_ref().zip(text.bytes()) {
            *place = byte;
        }
    };
    write(classification.map_or("", |classification| classification.long));
    for number in world.level.compartments.iter() {
        if let Some(compartment) = builder.policy.compartments().get(number) {
            write("//");
            write(compartment.long);
        }
    }
}

/// The processor that worlds are shown.
fn identity(arena: &mut Arena, world: &World<'_>) -> &'static Directory<'static> {
    let mut leaves = Vec::<Leaf, MAX_LEAVES>::new();
    let machine = |leaf, subleaf| {
        let answer = __cpuid_count(leaf, subleaf);
        [answer.eax, answer.ebx, answer.ecx, answer.edx]
    };
    let offer = Offer { processors: world.cpus.len() as u8, extended_state: extended_state() };
    offered(&machine, &offer, &mut |leaf| {
        // A test of the model sees that there is room for all.
        let _ = leaves.push(leaf);
    });
    let leaves = arena.place(leaves.into_iter());
    let placed = arena.place([Directory::new(leaves)].into_iter());
    placed.first().unwrap_or_else(|| stop!("no room for the worlds' processor"))
}

/// Components of extended state that this processor has and the kernel swaps: x87, SSE, AVX.
pub fn extended_state() -> u64 {
    const KNOWN: u32 = 0b111;
    const XSAVE: u32 = 1 << 26;
    let saves = leaf(1).is_some_and(|leaf| leaf.ecx & XSAVE != 0);
    leaf(0xd).filter(|_| saves).map_or(0, |leaf| u64::from(leaf.eax & KNOWN))
}
