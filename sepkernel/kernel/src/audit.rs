//! The journal: what happened, in records of one size, the newest of each processor.

use cloister_hardware::console::{self, Topic};
use cloister_hardware::text::Text as _;
use cloister_hardware::{crash, exception};
use cloister_model::audit::{Kind, Record, Ring};
use cloister_model::dispatch::Note;
use cloister_model::subject::SubjectId;
use cloister_tables::Tables;

use crate::log::name;
use crate::subjects::Exit;
use crate::time;

/// The vector of page faults, the only ones that have an address.
const PAGE_FAULT: u64 = 14;

/// Records that a processor keeps.
const CAPACITY: usize = 64;

/// One processor's records.
pub struct Journal {
    processor: u16,
    boot: u64,
    ring: Option<Ring>,
    records: [Option<Record>; CAPACITY],
}

impl Journal {
    /// An empty journal, of the boot whose number the crash record says; 0 where there is none.
    pub fn new(processor: u16) -> Self {
        let boot = crash::read().map_or(0, |record| record.boot);
        Self { processor, boot, ring: Ring::new(CAPACITY as u64), records: [None; CAPACITY] }
    }

    /// The kernel entered a frame late.
    pub fn late(&mut self, ticks: u64) {
        self.add(Kind::FrameLate, SubjectId::KERNEL, [ticks, 0, 0, 0]);
    }

    /// Frames did not run.
    pub fn missed(&mut self, frames: u64) {
        self.add(Kind::FrameMissed, SubjectId::KERNEL, [frames, 0, 0, 0]);
    }

    /// Something that the model found worth a record.
    pub fn note(&mut self, tables: &Tables, note: &Note) {
        self.add(note.kind, note.subject, [note.argument, 0, 0, 0]);
        if tables.debug && note.kind != Kind::Refused {
            console::with(|console| {
                console.line(Topic::Audit, |line| {
                    line.text(words(note.kind));
                    line.text(" ");
                    line.text(name(tables, note.subject));
                    line.text(" (");
                    line.decimal(note.argument);
                    line.text(")");
                });
            });
        }
    }

    fn add(&mut self, kind: Kind, subject: SubjectId, arguments: [u64; 4]) {
        let Some(place) = self.ring.as_mut().map(Ring::push) else { return };
        let record = Record {
            sequence: place.sequence,
            boot: self.boot,
            time: time::now(),
            kind: kind as u16,
            subject,
            processor: self.processor,
            arguments,
        };
        if let Some(entry) = self.records.get_mut(place.position as usize) {
            *entry = Some(record);
        }
    }
}

/// A native program did what it must not.
pub fn fault(journal: &mut Journal, tables: &Tables, subject: SubjectId, exit: &Exit) {
    let arguments = [exit.vector, exit.error_code, exit.rip, exit.address];
    journal.add(Kind::Fault, subject, arguments);
    if tables.debug {
        console::with(|console| {
            console.line(Topic::Audit, |line| {
                line.text(name(tables, subject));
                line.text(": ");
                line.text(exception::name(exit.vector));
                line.text(" (error code ");
                line.hexadecimal(exit.error_code);
                line.text(") at ");
                line.hexadecimal(exit.rip);
                if exit.vector == PAGE_FAULT {
                    line.text(", address ");
                    line.hexadecimal(exit.address);
                }
            });
        });
    }
}

const fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Boot => "booted",
        Kind::Lock => "locked",
        Kind::Started => "started",
        Kind::Stopped => "stopped",
        Kind::Paused => "paused",
        Kind::Resumed => "resumed",
        Kind::Restoring => "restoring",
        Kind::Fault => "fault of",
        Kind::GuestStopped => "world stopped",
        Kind::Refused => "refused",
        Kind::Ended => "ended",
        Kind::FrameLate => "frame late",
        Kind::FrameMissed => "frames missed",
        Kind::BarrierBroken => "barrier broken",
    }
}
