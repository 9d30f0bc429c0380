//! Layouts with one defect, of every kind, and the exact violation that each must give.

use std::cell::Cell;

use cloister_model::isolation::{
    FrameRange, MappingRule, PhysAddr, Place, Rights, SharingRule, Space, SpaceKind, Through,
    Violation,
};
use cloister_model::subject::SubjectId;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::layout::{Layout, MEMORY, Placed, Purpose, READ, WRITE, layouts};
use crate::tables::{LARGE, NO_EXECUTE, PRESENT, USER, WRITABLE};

/// A layout to break, and choices of whom and where.
struct Case {
    layout: Layout,
    choice: Index,
    other: Index,
}

fn place(subject: SubjectId, entry: u64) -> Place {
    Place { subject, entry: PhysAddr(entry) }
}

impl Case {
    /// A page that was mapped for a purpose, by a subject (the kernel's pages have none of these).
    fn placed(&self, purpose: Purpose) -> Placed {
        let of_subject = |placed: &&Placed| {
            placed.purpose == purpose && placed.region.subject != SubjectId::KERNEL
        };
        let all: Vec<_> = self.layout.placed.iter().filter(of_subject).collect();
        *all[self.choice.index(all.len())]
    }

    /// A subject that is none of these.
    fn stranger(&self, not: &[SubjectId]) -> Option<SubjectId> {
        let ids = self.layout.spaces.iter().map(|space| space.subject);
        let others: Vec<_> = ids.filter(|id| !not.contains(id)).collect();
        (!others.is_empty()).then(|| others[self.other.index(others.len())])
    }

    /// A frame of a page.
    fn frame(&self, placed: &Placed) -> u64 {
        let FrameRange { first, end } = placed.region.frames;
        first + self.other.index((end - first) as usize) as u64
    }

    /// Lets a subject map a frame too; the entry that does so.
    fn intrude(&mut self, subject: SubjectId, frame: u64, rights: Rights) -> u64 {
        let space = self.layout.native(subject);
        self.layout.place(space, FrameRange::of(frame, 1), rights, Purpose::Data)
    }

    /// The entries by which a frame of a page can be written: a world's memory is its monitor's too.
    fn writers(&self, page: &Placed, frame: u64) -> [Place; 2] {
        let reaches = |p: &&Placed| p.purpose == Purpose::Guest && p.region.frames.has(frame);
        let guest = self.layout.placed.iter().find(reaches).map_or(page.entry, |p| p.entry);
        [page.entry, guest].map(|entry| place(page.region.subject, entry))
    }

    /// The violation of sharing a frame that two mappings may write; which of them is found first
    /// depends on where their regions begin.
    fn shared(&self, frame: u64, writers: [Place; 2], other: Place) -> Violation {
        let rule = SharingRule::Shared;
        let [one, two] = writers.map(|writer| Violation::Sharing { rule, frame, writer, other });
        if self.layout.check() == Err(one) { one } else { two }
    }

    /// Lets the guest of a world that is none of these reach a frame; the world and the entry.
    fn guest_intrudes(
        &mut self,
        not: &[SubjectId],
        frame: u64,
        rights: Rights,
    ) -> Option<(SubjectId, u64)> {
        let nested = |s: &Space| s.kind == SpaceKind::Nested && !not.contains(&s.subject);
        let space = self.layout.spaces.iter().position(nested)?;
        let frames = FrameRange::of(frame, 1);
        let entry = self.layout.place(space, frames, rights, Purpose::Data);
        Some((self.layout.spaces[space].subject, entry))
    }

    /// Lets the kernel map a frame too.
    fn kernel_maps(&mut self, frame: u64, leaf: u64) -> u64 {
        let root = self.layout.kernel_root;
        self.layout.tables.map(root, 0xf_ff80_0000 + 0x300, frame, 1, leaf, WRITABLE)
    }
}

fn mapping(rule: MappingRule, at: Place, frame: u64) -> Violation {
    Violation::Mapping { rule, at, frame }
}

/// Breaks a layout; the violation that this must give. None if the layout has not what it takes.
type Breakage = fn(&mut Case) -> Option<Violation>;

fn frame_shared_for_reading(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    let (subject, frame) = (victim.region.subject, case.frame(&victim));
    let intruder = case.stranger(&[subject])?;
    let other = place(intruder, case.intrude(intruder, frame, READ));
    Some(case.shared(frame, case.writers(&victim, frame), other))
}

fn frame_shared_by_a_large_page(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    let subject = victim.region.subject;
    let base = victim.region.frames.first / 512 * 512;
    let large = FrameRange::of(base, 512);
    if case.layout.channels.iter().any(|c| !c.frames.intersection(large).is_empty()) {
        return None;
    }
    let intruder = case.stranger(&[subject])?;
    let space = case.layout.native(intruder);
    let others = case.layout.placed.iter().filter(|placed| {
        let region = placed.region;
        region.subject != intruder
            && region.subject != SubjectId::KERNEL
            && region.rights.write
            && region.through == Through::Native
            && !region.frames.intersection(large).is_empty()
    });
    let first = others.min_by_key(|placed| placed.region.frames.first.max(base)).copied()?;
    let frame = first.region.frames.first.max(base);
    // What the intruder had there itself would be in the way of the exact expectation.
    let own = case.layout.placed.iter().any(|placed| {
        placed.region.subject == intruder && !placed.region.frames.intersection(large).is_empty()
    });
    if own {
        return None;
    }
    let writers = case.writers(&first, frame);
    let entry = case.layout.place(space, large, READ, Purpose::Data);
    Some(case.shared(frame, writers, place(intruder, entry)))
}

fn kernel_frame_mapped(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let frame = 0x100 + case.choice.index(4) as u64;
    let entry = case.intrude(intruder, frame, READ);
    Some(mapping(MappingRule::KernelFrame, place(intruder, entry), frame))
}

fn table_mapped_by_a_subject(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let frame = case.layout.kernel_root >> 12;
    let entry = case.intrude(intruder, frame, WRITE);
    Some(mapping(MappingRule::Table, place(intruder, entry), frame))
}

fn table_mapped_by_the_kernel(case: &mut Case) -> Option<Violation> {
    let frame = case.layout.kernel_root >> 12;
    let entry = case.kernel_maps(frame, NO_EXECUTE);
    Some(mapping(MappingRule::Table, place(SubjectId::KERNEL, entry), frame))
}

fn subject_memory_mapped_by_the_kernel(case: &mut Case) -> Option<Violation> {
    let frame = case.placed(Purpose::Text).region.frames.first;
    let entry = case.kernel_maps(frame, NO_EXECUTE);
    Some(mapping(MappingRule::KernelElsewhere, place(SubjectId::KERNEL, entry), frame))
}

fn subject_memory_executed_by_the_kernel(case: &mut Case) -> Option<Violation> {
    let frame = case.placed(Purpose::Text).region.frames.first;
    let entry = case.kernel_maps(frame, 0);
    Some(mapping(MappingRule::KernelExecutes, place(SubjectId::KERNEL, entry), frame))
}

fn data_executable(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    *case.layout.tables.entry(victim.entry) &= !NO_EXECUTE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::WriteExecute, at, victim.region.frames.first))
}

fn text_writable(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    *case.layout.tables.entry(victim.entry) |= WRITABLE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::WriteExecute, at, victim.region.frames.first))
}

fn kernel_text_writable(case: &mut Case) -> Option<Violation> {
    let text = case.layout.placed[0];
    *case.layout.tables.entry(text.entry) |= WRITABLE;
    let at = place(SubjectId::KERNEL, text.entry);
    Some(mapping(MappingRule::WriteExecute, at, text.region.frames.first))
}

fn kernel_text_writable_elsewhere(case: &mut Case) -> Option<Violation> {
    let text = case.layout.placed[0];
    let frame = text.region.frames.first;
    let entry = case.kernel_maps(frame, WRITABLE | NO_EXECUTE);
    let (writer, other) = (place(SubjectId::KERNEL, entry), place(SubjectId::KERNEL, text.entry));
    Some(Violation::Sharing { rule: SharingRule::WriteExecute, frame, writer, other })
}

fn text_writable_elsewhere(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    let (subject, frame) = (victim.region.subject, victim.region.frames.first);
    let entry = case.intrude(subject, frame, WRITE);
    let (writer, other) = (place(subject, entry), place(subject, victim.entry));
    Some(Violation::Sharing { rule: SharingRule::WriteExecute, frame, writer, other })
}

fn reader_writes(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Reader);
    *case.layout.tables.entry(victim.entry) |= WRITABLE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::ReaderWrites, at, victim.region.frames.first))
}

fn reader_executes(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Reader);
    *case.layout.tables.entry(victim.entry) &= !NO_EXECUTE;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::ChannelExecutable, at, victim.region.frames.first))
}

fn channel_of_others(case: &mut Case) -> Option<Violation> {
    let channel = case.layout.channels[case.choice.index(case.layout.channels.len())];
    let intruder = case.stranger(&[channel.writer, channel.reader])?;
    let entry = case.intrude(intruder, channel.frames.first, READ);
    let at = place(intruder, entry);
    Some(mapping(MappingRule::ChannelOfOthers, at, channel.frames.first))
}

fn window_of_another(case: &mut Case) -> Option<Violation> {
    let windows = &case.layout.windows;
    let window = *windows.get(case.choice.index(windows.len().max(1)))?;
    let intruder = case.stranger(&[window.subject])?;
    let frame = window.frames.first;
    let other = place(intruder, case.intrude(intruder, frame, READ));
    let writer = |subject| {
        let mut windows = case.layout.placed.iter().filter(|p| p.purpose == Purpose::Window);
        let window = windows.find(|p| p.region.subject == subject && p.region.frames.has(frame));
        place(subject, window.unwrap().entry)
    };
    let writers = [SubjectId::KERNEL, window.subject].map(writer);
    Some(case.shared(frame, writers, other))
}

fn device_of_another(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Registers);
    let owner = victim.region.subject;
    let intruder = case.stranger(&[owner])?;
    let frame = victim.region.frames.first;
    let entry = case.intrude(intruder, frame, WRITE);
    Some(mapping(MappingRule::DeviceOf(owner), place(intruder, entry), frame))
}

fn nowhere(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let frame = 0xf_ee00;
    let entry = case.intrude(intruder, frame, WRITE);
    Some(mapping(MappingRule::Nowhere, place(intruder, entry), frame))
}

fn a_gigabyte_from_zero_on(case: &mut Case) -> Option<Violation> {
    let intruder = case.stranger(&[])?;
    let space = case.layout.spaces[case.layout.native(intruder)];
    let entry = case.layout.tables.entry_of(space.root.0, 1 << 27, 3, WRITABLE | USER);
    *case.layout.tables.entry(entry) = PRESENT | USER | LARGE | NO_EXECUTE;
    Some(mapping(MappingRule::KernelFrame, place(intruder, entry), 0x100))
}

fn closed_page_in_a_program(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    *case.layout.tables.entry(victim.entry) &= !USER;
    let at = place(victim.region.subject, victim.entry);
    Some(mapping(MappingRule::SupervisorInLowerHalf, at, victim.region.frames.first))
}

fn kernel_open_everywhere(case: &mut Case) -> Option<Violation> {
    let text = case.layout.placed[0];
    let root = case.layout.kernel_root;
    let page = 0xf_ff80_0000 + 0x400;
    for level in 1..=3 {
        let entry = case.layout.tables.entry_of(root, page, level, 0);
        *case.layout.tables.entry(entry) |= USER;
    }
    let roots: Vec<_> = case.layout.spaces.iter().map(|space| space.root.0).collect();
    let native =
        roots.iter().zip(&case.layout.spaces).filter(|(_, space)| space.kind != SpaceKind::Nested);
    let native: Vec<_> = native.map(|(&root, _)| root).chain([root]).collect();
    for root in native {
        *case.layout.tables.entry(root + 511 * 8) |= USER;
    }
    let at = place(SubjectId::KERNEL, text.entry);
    Some(mapping(MappingRule::UserInKernelHalf, at, text.region.frames.first))
}

fn another_kernel_half(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    let entry = root + (256 + case.choice.index(256) as u64) * 8;
    *case.layout.tables.entry(entry) ^= USER;
    Some(Violation::KernelHalf(place(subject, entry)))
}

fn kernel_root_with_a_lower_half(case: &mut Case) -> Option<Violation> {
    let root = case.layout.kernel_root;
    let entry = case.layout.tables.map(root, 0x100, 0x100, 1, 0, 0);
    Some(mapping(MappingRule::KernelLowerHalf, place(SubjectId::KERNEL, entry), 0x100))
}

fn reserved_bits(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Text);
    let entry = case.layout.tables.entry(victim.entry);
    *entry |= 1 << 40;
    let value = *entry;
    Some(Violation::Malformed { at: place(victim.region.subject, victim.entry), value })
}

fn table_in_subject_memory(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    let entry = root + (1 + case.choice.index(255) as u64) * 8;
    let frame = MEMORY.first + 5;
    *case.layout.tables.entry(entry) = frame << 12 | PRESENT | WRITABLE | USER;
    Some(Violation::TableElsewhere { at: place(subject, entry), frame })
}

fn tables_lead_back(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    // A table that is full of itself, at every level below the root.
    let table = case.layout.tables.table();
    *case.layout.tables.entry(root + 8 * 200) = table | PRESENT | USER;
    for index in 0..512 {
        *case.layout.tables.entry(table + index * 8) = table | PRESENT | USER;
    }
    // Before the walk runs out of tables it finds itself mapped as a page.
    Some(mapping(MappingRule::Table, place(subject, table), table >> 12))
}

fn too_many_tables(case: &mut Case) -> Option<Violation> {
    let subject = case.stranger(&[])?;
    let root = case.layout.spaces[case.layout.native(subject)].root.0;
    let tables = [0; 3].map(|_| case.layout.tables.table());
    *case.layout.tables.entry(root + 8 * 200) = tables[0] | PRESENT | USER;
    for (table, next) in tables.iter().zip(&tables[1..]) {
        for index in 0..512 {
            *case.layout.tables.entry(table + index * 8) = next | PRESENT | USER;
        }
    }
    Some(Violation::Loop(subject))
}

fn guest_reaches_another(case: &mut Case) -> Option<Violation> {
    let victim = case.placed(Purpose::Data);
    let (subject, frame) = (victim.region.subject, case.frame(&victim));
    let (intruder, entry) = case.guest_intrudes(&[subject], frame, READ)?;
    Some(case.shared(frame, case.writers(&victim, frame), place(intruder, entry)))
}

fn guest_reaches_the_kernel(case: &mut Case) -> Option<Violation> {
    let (intruder, entry) = case.guest_intrudes(&[], 0x101, READ)?;
    Some(mapping(MappingRule::KernelFrame, place(intruder, entry), 0x101))
}

fn port_open(case: &mut Case) -> Option<Violation> {
    let maps = case.layout.port_maps.len();
    let id = SubjectId(case.choice.index(maps) as u16);
    let port = case.other.index(0x1_0000) as u16;
    let granted = case.layout.ports.iter().any(|grant| grant.first == port && grant.subject == id);
    case.layout.port_maps[usize::from(id.0)][usize::from(port / 8)] &= !(1 << (port % 8));
    (!granted).then_some(Violation::Port { subject: id, port })
}

fn register_open(case: &mut Case) -> Option<Violation> {
    let maps = case.layout.register_maps.len();
    let which = case.choice.index(maps.max(1));
    let worlds: Vec<_> =
        case.layout.spaces.iter().filter(|s| s.kind == SpaceKind::Nested).collect();
    let subject = worlds.get(which)?.subject;
    let bit = case.other.index(3 * 0x800 * 8);
    let map = &mut case.layout.register_maps[which];
    if map[bit / 8] & 1 << (bit % 8) == 0 {
        return None;
    }
    map[bit / 8] &= !(1 << (bit % 8));
    let (part, offset) = (bit / (0x800 * 8), bit % (0x800 * 8) / 2);
    let register = [0, 0xc000_0000, 0xc001_0000][part] + offset as u32;
    let switched = (0xc000_0100..=0xc000_0102).contains(&register);
    (!switched).then_some(Violation::Register { subject, register, write: bit % 2 == 1 })
}

const ALL: &[(&str, Breakage)] = &[
    ("frame shared for reading", frame_shared_for_reading),
    ("frame shared by a large page", frame_shared_by_a_large_page),
    ("kernel frame mapped", kernel_frame_mapped),
    ("table mapped by a subject", table_mapped_by_a_subject),
    ("table mapped by the kernel", table_mapped_by_the_kernel),
    ("subject memory mapped by the kernel", subject_memory_mapped_by_the_kernel),
    ("subject memory executed by the kernel", subject_memory_executed_by_the_kernel),
    ("data executable", data_executable),
    ("text writable", text_writable),
    ("kernel text writable", kernel_text_writable),
    ("kernel text writable elsewhere", kernel_text_writable_elsewhere),
    ("text writable elsewhere", text_writable_elsewhere),
    ("reader writes", reader_writes),
    ("reader executes", reader_executes),
    ("channel of others", channel_of_others),
    ("window of another", window_of_another),
    ("device of another", device_of_another),
    ("nowhere", nowhere),
    ("a gigabyte from zero on", a_gigabyte_from_zero_on),
    ("closed page in a program", closed_page_in_a_program),
    ("kernel open everywhere", kernel_open_everywhere),
    ("another kernel half", another_kernel_half),
    ("kernel root with a lower half", kernel_root_with_a_lower_half),
    ("reserved bits", reserved_bits),
    ("table in subject memory", table_in_subject_memory),
    ("tables lead back", tables_lead_back),
    ("too many tables", too_many_tables),
    ("guest reaches another", guest_reaches_another),
    ("guest reaches the kernel", guest_reaches_the_kernel),
    ("port open", port_open),
    ("register open", register_open),
];

#[test]
fn every_kind_of_breakage_is_found_where_it_is() {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let tried: Vec<Cell<u32>> = ALL.iter().map(|_| Cell::new(0)).collect();
    let strategy = (layouts(), any::<Index>(), any::<Index>());
    let result = runner.run(&strategy, |(layout, choice, other)| {
        for ((name, breakage), tried) in ALL.iter().zip(&tried) {
            let mut case = Case { layout: layout.clone(), choice, other };
            if let Some(expected) = breakage(&mut case) {
                prop_assert_eq!(case.layout.check().map(|_| ()), Err(expected), "{}", name);
                tried.set(tried.get() + 1);
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    for ((name, _), tried) in ALL.iter().zip(&tried) {
        assert!(tried.get() >= 10, "{name}: tried {} times only", tried.get());
    }
    let total: u32 = tried.iter().map(Cell::get).sum();
    println!("{total} broken layouts of {} kinds", ALL.len());
}
