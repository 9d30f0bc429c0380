//! The journal: what happened, in records of one size, and how much time each subject used. The
//! policy's reader sees it; the last records are in the crash record too.

use core::sync::atomic::Ordering;

use cloister_abi::{AUDIT_BLOCK_BYTES, AUDIT_MAGIC, AUDIT_SUBJECTS, AuditBlock};
use cloister_hardware::console::{self, Topic};
use cloister_hardware::layout::AUDIT;
use cloister_hardware::text::Text as _;
use cloister_hardware::{crash, exception};
use cloister_model::audit::{Kind, Record};
use cloister_model::dispatch::Note;
use cloister_model::schedule::Slot;
use cloister_model::subject::SubjectId;
use cloister_tables::{MAX_SUBJECTS, Tables};

use crate::log::name;
use crate::subjects::Exit;
use crate::{fault_log, time};

/// The vector of page faults, the only ones that have an address.
const PAGE_FAULT: u64 = 14;

const _: () = assert!(AUDIT_SUBJECTS == MAX_SUBJECTS, "every subject's time is counted");

/// One processor's journal.
pub struct Journal {
    processor: u16,
    boot: u64,
    /// Number of the next record.
    next: u64,
    block: &'static AuditBlock,
}

impl Journal {
    /// The journal of a boot whose number the crash record says; 0 where there is none. Its first
    /// record says that the configuration is locked.
    ///
    /// # Safety
    /// The boot program must have mapped a block for each processor of the schedule, of which this is
    /// one.
    pub unsafe fn new(processor: u16) -> Self {
        let boot = crash::read().map_or(0, |record| record.boot);
        let offset = u64::from(processor).wrapping_mul(AUDIT_BLOCK_BYTES as u64);
        // SAFETY: the caller vouches for the block; its words are atomic, so it may be read by others.
        let block = unsafe { &*(AUDIT.wrapping_add(offset) as *const AuditBlock) };
        let mut journal = Self { processor, boot, next: 0, block };
        journal.add(Kind::Lock, SubjectId::KERNEL, [0; 4]);
        block.magic.store(AUDIT_MAGIC, Ordering::Release);
        journal
    }

    /// A slot begins.
    pub fn grant(&mut self, slot: Slot) {
        if let Some(id) = slot.subject {
            self.block.charge(id.position(), slot.end.saturating_sub(slot.run_from), 0);
        }
    }

    /// Time is charged to a subject, if to any.
    pub fn charge(&mut self, charge: Option<(SubjectId, u64)>) {
        if let Some((id, ticks)) = charge {
            self.block.charge(id.position(), 0, ticks);
        }
    }

    /// Something about the kernel itself, with the argument of its kind.
    pub fn kernel(&mut self, kind: Kind, argument: u64) {
        self.add(kind, SubjectId::KERNEL, [argument, 0, 0, 0]);
    }

    /// Something that the model found worth a record.
    #[cold]
    pub fn note(&mut self, tables: &Tables, note: &Note) {
        self.add(note.kind, note.subject, [note.argument, 0, 0, 0]);
        if tables.debug && note.kind != Kind::Refused {
            console::line(Topic::Audit, |line| {
                line.text(note.kind.words());
                line.text(" ");
                line.text(name(tables, note.subject));
                line.text(" (");
                line.decimal(note.argument);
                line.text(")");
            });
        }
    }

    /// IOMMUs refused what devices wanted.
    pub fn refused(&mut self, tables: &Tables) {
        for [device, address, reason] in tables.fault_logs.iter().filter_map(fault_log::next) {
            let known = tables.devices.iter().find(|(number, _)| u64::from(*number) == device);
            let owner = known.map_or(SubjectId::KERNEL, |(_, owner)| *owner);
            self.add(Kind::DeviceRefused, owner, [address, device, reason, 0]);
            if tables.debug {
                console::line(Topic::Audit, |line| {
                    line.text(Kind::DeviceRefused.words());
                    line.text(" ");
                    line.text(name(tables, owner));
                    line.text(" at ");
                    line.hexadecimal(address);
                });
            }
        }
    }

    fn add(&mut self, kind: Kind, subject: SubjectId, arguments: [u64; 4]) {
        let sequence = self.next;
        self.next = sequence.wrapping_add(1);
        let record = Record {
            sequence,
            boot: self.boot,
            time: time::now(),
            kind: kind as u16,
            subject,
            processor: self.processor,
            arguments,
        };
        let words = record.to_words();
        self.block.write(sequence, &words);
        crash::tail::keep(self.processor.into(), sequence, &words);
    }
}

/// A native program did what it must not.
pub fn fault(journal: &mut Journal, tables: &Tables, subject: SubjectId, exit: &Exit) {
    let arguments = [exit.vector, exit.error_code, exit.rip, exit.address];
    journal.add(Kind::Fault, subject, arguments);
    if tables.debug {
        console::line(Topic::Audit, |line| {
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
    }
}
