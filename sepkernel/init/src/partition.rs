//! From policy to machine: turns the policy's subjects into address spaces, and its schedule, events
//! and rights into the tables that the kernel runs by.

use cloister_abi::{ATTESTER_BYTES, AUDIT_BLOCK_BYTES, INFO_PAGE_BYTES, NO_EVENT};
use cloister_hardware::console::Topic;
use cloister_hardware::handoff::{MAX_PROCESSORS, Range};
use cloister_hardware::layout::AUDIT;
use cloister_hardware::log;
use cloister_model::subject::{Group, RestartRule, Subject};
use cloister_policy_format::{Component, FileIndex, Flags, PolicyView, SubjectIndex};
use cloister_tables::{Clock, LAYOUT, MAX_SUBJECTS, Program, Tables, component};
use heapless::Vec;

use crate::address_space::{Access, AddressSpace, User};
use crate::arena::Arena;
use crate::bundle::Bundle;
use crate::desk::Desk;
use crate::devices::{self, Devices};
use crate::frames::{Frames, Pool};
use crate::info_page::{bytes_of, info_address};
use crate::program::{Loader, Pristine};
use crate::subject::{Scheduled, absent, first, group, id, level};
use crate::world::{self, Planned, Worlds};
use crate::{iommu, stop};

/// Limits of this version; a policy beyond them is refused.
pub const MAX_CHANNELS: usize = 128;

/// Everything that is needed to build.
pub struct Builder<'a> {
    /// The checked policy.
    pub policy: PolicyView<'a>,
    /// The checked files.
    pub bundle: &'a Bundle<'a>,
    /// How time is told.
    pub clock: Clock,
    /// Local APIC numbers of the processors that can be used, the running one first; the policy was checked to need no more.
    pub apics: Vec<u8, MAX_PROCESSORS>,
    /// What the trusted GUI is given.
    pub desk: Desk,
    /// The firmware's event log, and whether it was measured into a TPM.
    pub firmware_log: (&'a [u8], bool),
    /// Whether there are pages of 1 GiB, and whether pages can be kept from execution.
    pub page_features: (bool, bool),
}

/// A channel's memory, and which of the reader's bits its event raises.
#[derive(Clone, Copy)]
pub struct Allotted {
    /// Where it lies.
    pub memory: Range,
    /// The reader's event, or [`NO_EVENT`].
    pub bit: u32,
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
    /// The attester's page, which is filled when everything is known.
    pub attester: Option<Range>,
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
pub struct Native<'a> {
    /// The subject's name.
    pub name: &'a str,
    /// Its file.
    pub program: FileIndex,
    /// Bytes of its working memory.
    pub memory: u64,
    /// Bytes of its stack.
    pub stack: u64,
}

impl Builder<'_> {
    /// Builds all address spaces and tables.
    pub fn build(
        &self,
        mut kernel: AddressSpace,
        frames: &mut Frames,
        devices: &mut Devices,
    ) -> Built {
        let mut arena = Arena::new(&mut kernel, frames);
        let audit = self.allot_audit(&mut kernel, frames);
        let fault_logs: Vec<_, { iommu::MAX_UNITS }> =
            devices.iommu.iter().flat_map(|iommu| iommu.fault_logs(&mut kernel, frames)).collect();
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
                push(&mut programs, absent_program(arena.text(world.name)));
                push(&mut subjects, absent(level(world.level)));
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
            let mut guests = worlds.add(self, frames, &mut arena, &planned, (&mut loader, devices));
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
                push(&mut followers, (program, subject));
            }
            guests.truncate(1);
            program.guest = guests.pop();
            // The stacks of all belong to what is put back.
            program.restore = arena.place(loader.restore.iter().copied());
            push(&mut programs, program);
            push(&mut spaces, loader.space);
            push(&mut subjects, subject);
        }
        let mut attester = None;
        let worlds_before = self.policy.worlds().len();
        for (position, part) in self.policy.components().iter().enumerate() {
            let index = SubjectIndex((worlds_before + position) as u32);
            let Component { name, program, memory, stack, .. } = part;
            let native = Native { name, program, memory, stack };
            let (program, mut loader) =
                self.program(frames, &mut arena, index, &native, (&channels, audit), &mut pristine);
            if self.gui() == Some(index) {
                self.desk.give(self, frames, &mut loader);
            }
            if self.policy.attestation().is_some_and(|it| it.component == index) {
                let (at, size) = (component::ATTESTER, ATTESTER_BYTES as u64);
                attester = Some(loader.add_read_only(frames, at, &[], size));
            }
            devices.give((self, index, first(part.cpus)), frames, &mut loader, None);
            let program =
                Program { restore: arena.place(loader.restore.iter().copied()), ..program };
            push(&mut programs, program);
            push(&mut spaces, loader.space);
            let scheduled = Scheduled::of_component(&part);
            let subject = self.subject(&mut arena, index, &scheduled, &channels);
            push(&mut subjects, subject);
        }
        for (program, subject) in followers {
            push(&mut programs, program);
            push(&mut subjects, subject);
        }
        let plans = self.plans(&mut arena);
        let system = self.policy.system();
        let interrupts = devices.interrupts.iter().map(|(_, interrupt)| *interrupt);
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
            fault_logs: arena.place(fault_logs.into_iter()),
            devices: arena.place(devices.numbers().into_iter()),
            interrupts: arena
                .place(interrupts.collect::<Vec<_, { devices::MAX_INTERRUPTS }>>().into_iter()),
        };
        let placed = arena.place([tables].into_iter());
        let Some(tables) = placed.first() else { stop!("no room for the kernel's tables") };
        let kernel = pristine.space;
        spaces.iter().for_each(|space| space.share_kernel(&kernel));
        Built { kernel, tables, channels, audit, worlds, attester }
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
            push(&mut allotted, Allotted { memory, bit });
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

    /// An address space with everything that the program may use. What is put back at each start is left
    /// to the caller, who may add to it.
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
        loader.memory = loader.add_writable(frames, component::MEMORY, part.memory, &[]);
        let stack = component::STACK_END - part.stack;
        loader.add_writable(frames, stack, part.stack, &[]);
        let info = self.info_page(&mut loader, frames, index, part, channels);
        let size = INFO_PAGE_BYTES as u64;
        loader.add_read_only(frames, component::INFO, bytes_of(&info), size);
        for (_, registers) in devices::memory(&self.policy).filter(|(owner, _)| *owner == index) {
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
            restore: &[],
            guest: None,
        };
        (program, loader)
    }

    /// The content of a file that the policy names.
    pub fn file(&self, file: FileIndex) -> Option<&'static [u8]> {
        self.bundle.content(self.policy.files().get(file.position())?.name)
    }
}

/// Adds to a list that has room for as much as this version allows.
pub fn push<T, const N: usize>(list: &mut Vec<T, N>, item: T) {
    if list.push(item).is_err() {
        stop!("the policy has more than {N} subjects, channels, frames or processors");
    }
}

const fn absent_program(name: &'static str) -> Program {
    Program { name, root: 0, entry: 0, stack: 0, info: 0, ports: None, restore: &[], guest: None }
}
