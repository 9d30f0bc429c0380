//! Layouts with one defect, of every kind, and the exact violation that each must give.

mod kernel;
mod maps;
mod rights;
mod sharing;
mod structure;

use std::cell::Cell;

use cloister_model::isolation::{
    FrameRange, MappingRule, PhysAddr, Place, Rights, SharingRule, Space, SpaceKind, Violation,
};
use cloister_model::subject::SubjectId;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::layout::{Layout, Placed, Purpose, layouts};
use crate::tables::WRITABLE;

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

#[test]
fn every_kind_of_breakage_is_found_where_it_is() {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let all = [sharing::ALL, rights::ALL, kernel::ALL, structure::ALL, maps::ALL].concat();
    let tried: Vec<Cell<u32>> = all.iter().map(|_| Cell::new(0)).collect();
    let strategy = (layouts(), any::<Index>(), any::<Index>());
    let result = runner.run(&strategy, |(layout, choice, other)| {
        for ((name, breakage), tried) in all.iter().zip(&tried) {
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
    for ((name, _), tried) in all.iter().zip(&tried) {
        assert!(tried.get() >= 10, "{name}: tried {} times only", tried.get());
    }
    let total: u32 = tried.iter().map(Cell::get).sum();
    println!("{total} broken layouts of {} kinds", all.len());
}
