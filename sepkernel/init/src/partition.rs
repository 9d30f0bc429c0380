//! From policy to machine: turns the policy's subjects into address spaces, and its schedule, events
//! and rights into the tables that the kernel runs by.

use cloister_abi::{
    AUDIT_BLOCK_BYTES, AUDIT_CHANNEL, ChannelInfo, Direction, INFO_PAGE_BYTES, InfoPage,
    NAME_BYTES, NO_EVENT, Name, RightInfo,
};
use cloister_hardware::console::Topic;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::AUDIT;
use cloister_hardware::log;
use cloister_hardware::processor::PORT_BITMAP;
use cloister_model::schedule::{self, MinorFrame, Plan};
use cloister_model::subject::{
    CommandSet, EventBit, EventTarget, Group, Level, LevelRange, Restart, RestartRule, Right,
    Subject, SubjectId,
};
use cloister_policy_format as policy;
use cloister_policy_format::{
    Component, ControlRight, CpuSet, FileIndex, Flags, PolicyView, SubjectIndex, World,
};
use cloister_tables::{Clock, LAYOUT, MAX_SUBJECTS, Program, Tables, component};
use heapless::Vec;

use crate::address_space::{Access, AddressSpace, User};
use crate::arena::Arena;
use crate::bundle::Bundle;
use crate::desk::Desk;
use crate::devices;
use crate::frames::{Frames, Pool};
use crate::program::{Loader, Pristine};
use crate::world::{self, Planned, Worlds};
use crate::{ports, stop};

/// Limits of this version; a policy beyond them is refused.
pub const MAX_CHANNELS: usize = 128;
const MAX_FRAMES: usize = 256;
const MAX_PROCESSORS: usize = 8;

/// A component that crashes starts again so often in so many of its frames, then stays stopped.
const RESTART_LIMIT: u8 = 3;
const RESTART_WINDOW: u16 = 16;

/// Everything that is needed to build.
pub struct Builder<'a> {
    /// The checked policy.
    pub policy: PolicyView<'a>,
    /// The checked files.
    pub bundle: &'a Bundle<'a>,
    /// How time is told.
    pub clock: Clock,
    /// Processors that can be used; the policy was checked to need no more.
    pub processors: usize,
    /// What the trusted GUI is given.
    pub desk: Desk,
    /// Whether there are pages of 1 GiB, and whether pages can be kept from execution.
    pub page_features: (bool, bool),
}

/// A channel's memory, and which of the reader's bits its event raises.
#[derive(Clone, Copy)]
pub struct Allotted {
    /// Where it lies.
    pub memory: Range,
    bit: u32,
}

/// What was built.
pub struct Built {
    /// The kernel's address space, complete.
    pub kernel: AddressSpace,
    /// What the kernel runs by.
    pub tables: &'static Tables,
    /// Where the policy's channels lie, in its order.
    pub channels: Vec<Allotted, MAX_CHANNELS>,
    /// Where the audit records lie, and who reads them.
    pub audit: Audit,
    /// What was built for worlds.
    pub worlds: Worlds,
}

/// The memory of the audit records.
#[derive(Clone, Copy)]
pub struct Audit {
    /// Where it lies: in memory for subjects if somebody reads it, else in the kernel's.
    pub memory: Range,
    /// The component that reads it.
    pub reader: Option<SubjectIndex>,
}

/// A native program of the policy: a component, or a world's monitor.
struct Native<'a> {
    /// The subject's name.
    name: &'a str,
    program: FileIndex,
    memory: u64,
    stack: u64,
}

/// How a subject is scheduled.
struct Scheduled {
    levels: LevelRange,
    cpus: CpuSet,
    restart: policy::Restart,
    slack_to: Option<SubjectIndex>,
}

impl Scheduled {
    fn of_world(world: &World<'_>) -> Self {
        let &World { cpus, restart, slack_to, .. } = world;
        Self { levels: LevelRange::single(level(world.level)), cpus, restart, slack_to }
    }

    fn of_component(part: &Component<'_>) -> Self {
        let levels = LevelRange { low: level(part.low), high: level(part.high) };
        let &Component { cpus, restart, slack_to, .. } = part;
        Self { levels, cpus, restart, slack_to }
    }
}

impl Builder<'_> {
    /// Builds all address spaces and tables.
    pub fn build(&self, mut kernel: AddressSpace, frames: &mut Frames) -> Built {
        let mut arena = Arena::new(&mut kernel, frames);
        let audit = self.allot_audit(&mut kernel, frames);
        let mut pristine = Pristine::new(kernel);
        let mut spaces = Vec::<AddressSpace, MAX_SUBJECTS>::new();
        let channels = self.allot_channels(frames);
        let mut programs = Vec::<Program, MAX_SUBJECTS>::new();
        let mut subjects = Vec::<Subject<'static>, MAX_SUBJECTS>::new();
        let mut worlds = Worlds::new();
        let mut followers = Vec::<(Program, Subject<'static>), MAX_SUBJECTS>::new();
        for (position, world) in self.policy.worlds().iter().enumerate() {
            let index = SubjectIndex(position as u32);
            let Some(monitor) = self.policy.system().monitor else {
                log!(
                    Topic::Warning,
                    "world {} is not started: the policy has no monitor",
                    world.name
                );
                self.push(&mut programs, absent_program(arena.text(world.name)));
                self.push(&mut subjects, absent(level(world.level)));
                continue;
            };
            log!(
                Topic::Boot,
                "world {}: {} MiB memory, starts {}",
                world.name,
                world.memory >> 20,
                if world.autostart { "with the appliance" } else { "when it is asked for" }
            );
            let native = Native {
                name: world.name,
                program: monitor,
                memory: world.monitor_memory,
                stack: world::MONITOR_STACK,
            };
            let (mut program, mut loader) =
                self.program(frames, &mut arena, index, &native, (&channels, audit), &mut pristine);
            let planned = Planned { index, world: &world, channels: &channels };
            let mut guests = worlds.add(self, frames, &mut arena, &planned, &mut loader);
            let members = self.members(index);
            let scheduled = Scheduled::of_world(&world);
            let subject = Subject {
                autostart: world.autostart,
                has_guest: true,
                group: group(&mut arena, &members),
                ..self.subject(&mut arena, index, &scheduled, &channels)
            };
            let others = guests.iter().zip(members.iter().copied()).zip(world.cpus.iter());
            for (number, ((guest, member), cpu)) in others.enumerate().skip(1) {
                let stack = self.follow(frames, &mut loader, &native, member, number);
                let program = Program {
                    stack,
                    info: info_address(number),
                    restore: &[],
                    guest: Some(*guest),
                    ..program
                };
                let subject = Subject {
                    processor: cpu.position() as u16,
                    restart: RestartRule::NEVER,
                    events: arena.place(self.doorbells(index).into_iter()),
                    rights: &[],
                    slack_to: &[],
                    group: Group::Follows(id(index)),
                    ..subject
                };
                self.push(&mut followers, (program, subject));
            }
            guests.truncate(1);
            program.guest = guests.pop();
            // The stacks of all belong to what is put back.
            program.restore = arena.place(loader.restore.iter().copied());
            self.push(&mut programs, program);
            self.push(&mut spaces, loader.space);
            self.push(&mut subjects, subject);
        }
        let first = self.policy.worlds().len();
        for (position, part) in self.policy.components().iter().enumerate() {
            let index = SubjectIndex((first + position) as u32);
            let Component { name, program, memory, stack, .. } = part;
            let native = Native { name, program, memory, stack };
            let (program, mut loader) =
                self.program(frames, &mut arena, index, &native, (&channels, audit), &mut pristine);
            if self.gui() == Some(index) {
                self.desk.give(self, frames, &mut loader);
            }
            self.push(&mut programs, program);
            self.push(&mut spaces, loader.space);
            let scheduled = Scheduled::of_component(&part);
            let subject = self.subject(&mut arena, index, &scheduled, &channels);
            self.push(&mut subjects, subject);
        }
        for (program, subject) in followers {
            self.push(&mut programs, program);
            self.push(&mut subjects, subject);
        }
        let plans = self.plans(&mut arena);
        let system = self.policy.system();
        let tables = Tables {
            layout: LAYOUT,
            clock: self.clock,
            start: 0,
            debug: system.flags.contains(Flags::DEBUG),
            strict: system.flags.contains(Flags::STRICT),
            plans,
            subjects: arena.place(subjects.into_iter()),
            programs: arena.place(programs.into_iter()),
            extended_state: world::extended_state(),
            hosts: worlds.hosts(frames, &mut arena, plans.len()),
        };
        let placed = arena.place([tables].into_iter());
        let Some(tables) = placed.first() else { stop!("no room for the kernel's tables") };
        let kernel = pristine.space;
        spaces.iter().for_each(|space| space.share_kernel(&kernel));
        Built { kernel, tables, channels, audit, worlds }
    }

    fn push<T, const N: usize>(&self, list: &mut Vec<T, N>, item: T) {
        if list.push(item).is_err() {
            stop!("the policy has more than {N} subjects, channels, frames or processors");
        }
    }

    /// Memory for each channel, zeroed, and the bits of their events: for each reader in the policy's
    /// order.
    fn allot_channels(&self, frames: &mut Frames) -> Vec<Allotted, MAX_CHANNELS> {
        let mut allotted = Vec::new();
        for (index, channel) in self.policy.channels().iter().enumerate() {
            let earlier = self.policy.channels().iter().take(index);
            let bit = match channel.event {
                Some(_) => earlier
                    .filter(|other| other.reader == channel.reader && other.event.is_some())
                    .count() as u32,
                None => NO_EVENT,
            };
            let memory = frames.take_for(Pool::Subjects, channel.size);
            self.push(&mut allotted, Allotted { memory, bit });
        }
        allotted
    }

    /// Memory for the audit records of all processors, mapped for the kernel.
    fn allot_audit(&self, kernel: &mut AddressSpace, frames: &mut Frames) -> Audit {
        let reader = self.policy.system().sinks.audit;
        let pool = if reader.is_some() { Pool::Subjects } else { Pool::Kernel };
        let size = (self.processors_needed() * AUDIT_BLOCK_BYTES).next_power_of_two();
        let memory = frames.take_for(pool, size as u64);
        kernel.map(frames, AUDIT, memory, Access::Write);
        Audit { memory, reader }
    }

    /// How many processors the policy's schedule uses.
    pub fn processors_needed(&self) -> usize {
        let numbers = self.policy.minor_frames().iter().map(|frame| frame.cpu.position() + 1);
        numbers.max().unwrap_or(0)
    }

    /// An address space with everything that the component may use.
    fn program<'p>(
        &self,
        frames: &mut Frames,
        arena: &mut Arena,
        index: SubjectIndex,
        part: &Native<'p>,
        channels: (&[Allotted], Audit),
        pristine: &'p mut Pristine,
    ) -> (Program, Loader<'p>) {
        let name = part.name;
        let Some(content) = self.file(part.program) else {
            stop!("{name}: its program is not in the bundle")
        };
        let (gigabyte_pages, no_execute) = self.page_features;
        let space = AddressSpace::new(frames, gigabyte_pages, no_execute);
        let mut loader = Loader::new(name, space, pristine);
        let entry = loader.load(frames, content);
        loader.add_writable(frames, component::MEMORY, part.memory, &[]);
        let stack = component::STACK_END - part.stack;
        loader.add_writable(frames, stack, part.stack, &[]);
        let info = self.info_page(&mut loader, frames, index, part, channels);
        let size = INFO_PAGE_BYTES as u64;
        loader.add_read_only(frames, component::INFO, bytes_of(&info), size);
        for registers in devices::memory_of(&self.policy, index) {
            // Device memory is where the machine has it, below all else that a component sees.
            if registers.end > component::CHANNELS {
                stop!("component {name}: device memory at {:#x} lies too high", registers.start);
            }
            let (user, access) = (User::Component, Access::Device);
            loader.space.map_for(user, frames, registers.start, registers, access);
        }
        log!(
            Topic::Boot,
            "{name}: program at {entry:#x}, {} KiB memory, {} KiB stack, {} channels",
            part.memory / 1024,
            part.stack / 1024,
            info.channel_count
        );
        let program = Program {
            name: arena.text(name),
            root: loader.space.root(),
            entry,
            stack: component::STACK_END,
            info: component::INFO,
            ports: self.ports(arena, index),
            restore: arena.place(loader.restore.iter().copied()),
            guest: None,
        };
        (program, loader)
    }

    /// Adds what a further virtual processor of a world has for itself: a stack, and an info page with
    /// its number. Returns the stack's end.
    fn follow(
        &self,
        frames: &mut Frames,
        loader: &mut Loader<'_>,
        part: &Native<'_>,
        member: SubjectId,
        number: usize,
    ) -> u64 {
        // A page below each stack is missing.
        let end = component::STACK_END - 2 * number as u64 * part.stack;
        loader.add_writable(frames, end - part.stack, part.stack, &[]);
        let info = InfoPage {
            name: name(part.name),
            subject: member.0.into(),
            ticks_per_second: self.clock.ticks_per_second,
            major_frame: self.ticks(self.policy.system().major_frame),
            virtual_processor: number as u64,
            ..InfoPage::EMPTY
        };
        loader.add_read_only(frames, info_address(number), bytes_of(&info), INFO_PAGE_BYTES as u64);
        end
    }

    /// The content of a file that the policy names.
    pub fn file(&self, file: FileIndex) -> Option<&'static [u8]> {
        self.bundle.content(self.policy.files().get(file.position())?.name)
    }

    /// Maps the component's ends of its channels, and describes everything to it.
    fn info_page(
        &self,
        loader: &mut Loader<'_>,
        frames: &mut Frames,
        index: SubjectIndex,
        part: &Native<'_>,
        (channels, audit): (&[Allotted], Audit),
    ) -> InfoPage {
        let mut info = InfoPage {
            name: name(part.name),
            subject: index.0.into(),
            ticks_per_second: self.clock.ticks_per_second,
            major_frame: self.ticks(self.policy.system().major_frame),
            memory: component::MEMORY,
            memory_size: part.memory,
            ..InfoPage::EMPTY
        };
        let mut address = component::CHANNELS;
        let mut signals = 0;
        let mut entries = info.channels.iter_mut();
        for (channel, allotted) in self.policy.channels().iter().zip(channels) {
            let (direction, access) = if channel.writer == index {
                (Direction::Write, Access::Write)
            } else if channel.reader == index {
                (Direction::Read, Access::Read)
            } else {
                continue;
            };
            let event = match (direction, channel.event) {
                (_, None) => NO_EVENT,
                (Direction::Read, Some(_)) => allotted.bit,
                (Direction::Write, Some(_)) => {
                    signals += 1;
                    signals - 1
                }
            };
            let Some(entry) = entries.next() else {
                stop!("component {}: has more channels than its info page", part.name);
            };
            *entry = ChannelInfo {
                name: name(channel.name),
                address,
                size: channel.size,
                direction: direction as u32,
                event,
            };
            info.channel_count += 1;
            loader.space.map_for(User::Component, frames, address, allotted.memory, access);
            // A missing page between two channels stops whoever runs over the end of one.
            address = (address + channel.size * 2).next_multiple_of(channel.size);
        }
        if audit.reader == Some(index) {
            let Some(entry) = entries.next() else {
                stop!("component {}: has more channels than its info page", part.name);
            };
            *entry = ChannelInfo {
                name: name(AUDIT_CHANNEL),
                address,
                size: audit.memory.size(),
                direction: Direction::Read as u32,
                event: NO_EVENT,
            };
            info.channel_count += 1;
            loader.space.map_for(User::Component, frames, address, audit.memory, Access::Read);
        }
        info.doorbells = u64::from(signals);
        self.describe_rights(&mut info, index, part.name);
        info
    }

    /// Tells a component whom it may control, and by which number.
    fn describe_rights(&self, info: &mut InfoPage, index: SubjectIndex, part: &str) {
        let mut entries = info.rights.iter_mut();
        for right in self.rights_of(index) {
            let Some(entry) = entries.next() else {
                stop!("component {part}: has more rights than its info page");
            };
            let target = self.policy.subject_name(right.target).unwrap_or_default();
            *entry = RightInfo { name: name(target), commands: right.commands.0.into() };
            info.right_count += 1;
        }
    }

    fn rights_of(&self, index: SubjectIndex) -> impl Iterator<Item = ControlRight> {
        self.policy.control_rights().iter().filter(move |right| right.subject == index)
    }

    /// What the kernel's decisions need to know of a component.
    fn subject(
        &self,
        arena: &mut Arena,
        index: SubjectIndex,
        part: &Scheduled,
        channels: &[Allotted],
    ) -> Subject<'static> {
        let mut events = Vec::<EventTarget, MAX_CHANNELS>::new();
        for (channel, allotted) in self.policy.channels().iter().zip(channels) {
            if channel.writer != index || channel.event.is_none() {
                continue;
            }
            let bit = u8::try_from(allotted.bit).ok().and_then(EventBit::new);
            let Some(bit) = bit else {
                stop!("channel {}: its reader has more events than there are bits", channel.name);
            };
            self.push(&mut events, EventTarget { receiver: id(channel.reader), bit });
        }
        for doorbell in self.doorbells(index) {
            self.push(&mut events, doorbell);
        }
        let mut rights = Vec::<Right, MAX_SUBJECTS>::new();
        for right in self.rights_of(index) {
            let commands = CommandSet(right.commands.0);
            self.push(&mut rights, Right { target: id(right.target), commands });
        }
        let when = match part.restart {
            policy::Restart::Never => Restart::Never,
            policy::Restart::OnCrash => Restart::OnCrash,
            policy::Restart::Always => Restart::Always,
        };
        let slack = part.slack_to.into_iter().map(id);
        Subject {
            levels: part.levels,
            processor: part.cpus.iter().next().map_or(0, |cpu| cpu.position() as u16),
            autostart: true,
            restart: RestartRule { when, limit: RESTART_LIMIT, window: RESTART_WINDOW },
            events: arena.place(events.into_iter()),
            rights: arena.place(rights.into_iter()),
            slack_to: arena.place(slack.collect::<Vec<_, 1>>().into_iter()),
            has_guest: false,
            group: Group::Alone,
        }
    }

    /// The component's I/O permission bitmap, if it has any port.
    fn ports(&self, arena: &mut Arena, index: SubjectIndex) -> Option<&'static [u8; PORT_BITMAP]> {
        let ranges = || ports::granted(self).filter(|range| range.subject == index);
        ranges().next()?;
        let mut bitmap = [0xff_u8; PORT_BITMAP];
        for port in ranges().flat_map(|range| range.first..=range.last) {
            if let Some(byte) = bitmap.get_mut(usize::from(port / 8)) {
                *byte &= !(1 << (port % 8));
            }
        }
        arena.place([bitmap].into_iter()).first()
    }

    /// Each processor's plan.
    fn plans(&self, arena: &mut Arena) -> &'static [Plan<'static>] {
        let mut plans = Vec::<Plan<'static>, MAX_PROCESSORS>::new();
        let needed = self.processors_needed();
        let major = self.ticks(self.policy.system().major_frame);
        for processor in 0..needed {
            let mut list = Vec::<MinorFrame, MAX_FRAMES>::new();
            for frame in self.policy.minor_frames().iter() {
                if frame.cpu.position() != processor {
                    continue;
                }
                let start = self.ticks(frame.start);
                let length = self.ticks(frame.start + frame.duration) - start;
                let subject = frame.subject.map(|subject| self.runner(subject, frame.cpu));
                self.push(&mut list, MinorFrame { subject, start, length, barrier: frame.barrier });
            }
            let frames = arena.place(list.into_iter());
            let allowance = self.ticks(self.policy.machine().switch_cost);
            self.push(&mut plans, Plan { major, allowance, frames });
        }
        if let Err(error) = schedule::check_together(&plans) {
            stop!("the policy's schedule cannot be carried out: {error:?}");
        }
        arena.place(plans.into_iter())
    }

    fn ticks(&self, nanoseconds: u64) -> u64 {
        (u128::from(nanoseconds) * u128::from(self.clock.ticks_per_second) / 1_000_000_000) as u64
    }
}

fn id(index: SubjectIndex) -> SubjectId {
    SubjectId(index.0 as u16)
}

fn level(level: policy::Level) -> Level {
    Level { classification: level.classification.0, compartments: level.compartments.0 }
}

fn absent(level: Level) -> Subject<'static> {
    Subject {
        levels: LevelRange::single(level),
        processor: 0,
        autostart: false,
        restart: RestartRule::NEVER,
        events: &[],
        rights: &[],
        slack_to: &[],
        has_guest: false,
        group: Group::Alone,
    }
}

/// The place of a world's first subject among all of them.
fn group(arena: &mut Arena, members: &[SubjectId]) -> Group<'static> {
    match members {
        [] | [_] => Group::Alone,
        [_, others @ ..] => Group::Leads(arena.place(others.iter().copied())),
    }
}

/// Where the monitor of a virtual processor finds its info page.
const fn info_address(number: usize) -> u64 {
    /// Room for the info page and the world's page.
    const STEP: u64 = 0x1_0000;
    component::INFO + number as u64 * STEP
}

const fn absent_program(name: &'static str) -> Program {
    Program { name, root: 0, entry: 0, stack: 0, info: 0, ports: None, restore: &[], guest: None }
}

/// A name as components see it.
pub fn name(text: &str) -> Name {
    let mut name = [0; NAME_BYTES];
    name.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    name
}

fn bytes_of(info: &InfoPage) -> &[u8] {
    // SAFETY: an info page is made of integers without padding, as its size says.
    unsafe { core::slice::from_raw_parts((&raw const *info).cast(), INFO_PAGE_BYTES) }
}
