//! One processor's life: take the next minor frame from the plan, run whoever the model says until
//! the frame's end, repeat. What to do about anything that happens is decided in `cloister_model`;
//! this file carries it out.

use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use cloister_abi::{Number, Registers};
use cloister_hardware::handoff::MAX_PROCESSORS;
use cloister_model::audit::Kind;
use cloister_model::call::LogLine;
use cloister_model::dispatch::{Condition, Dispatcher, Effect, Outcome, Processor, Run, System};
use cloister_model::exit::{Disposition, KernelWork, NativeExit, Origin, Vectors, classify};
use cloister_model::schedule::{Barrier, Cursor, Entry, Meeting, Plan, Slot};
use cloister_model::subject::{Mailbox, Meter, SubjectId};
use cloister_tables::{FIRST_DEVICE_VECTOR, MAX_SUBJECTS, Tables};

use crate::audit::{self, Journal};
use crate::local_apic::{self, Admitted, SPURIOUS, TIMER, WAKE_UP};
use crate::ring3::SYSTEM_CALL;
use crate::subjects::Subjects;
use crate::{log, time};

const VECTORS: Vectors = Vectors { timer: TIMER, wake_up: WAKE_UP, spurious: SPURIOUS };

/// What all processors share: senders set bits, owners clear them.
static MAILBOXES: [Mailbox; MAX_SUBJECTS] = [const { Mailbox::new(0, NO_COMMANDS) }; MAX_SUBJECTS];
const NO_COMMANDS: cloister_model::subject::CommandSet = cloister_model::subject::CommandSet(0);

/// Meetings to which the processors have come; each writes its own.
static MEETINGS: [AtomicU64; MAX_PROCESSORS] = [const { AtomicU64::new(0) }; MAX_PROCESSORS];

/// Whose frame it is on each processor.
static OWNERS: [AtomicU16; MAX_PROCESSORS] = [const { AtomicU16::new(u16::MAX) }; MAX_PROCESSORS];

/// One processor's view of the system.
pub struct Cpu {
    tables: &'static Tables,
    plan: Plan<'static>,
    system: System<'static>,
    processor: Processor,
    conditions: [Condition; MAX_SUBJECTS],
    subjects: Subjects,
    journal: Journal,
    meter: Meter,
    start: u64,
    apics: [u8; MAX_PROCESSORS],
}

impl Cpu {
    /// The view at the start; none if the tables have no such processor.
    ///
    /// # Safety
    /// As for [`Journal::new`].
    pub unsafe fn new(
        tables: &'static Tables,
        number: u16,
        subjects: Subjects,
        apics: [u8; MAX_PROCESSORS],
    ) -> Option<Self> {
        let plan = *tables.plans.get(usize::from(number))?;
        let first = tables.subjects.first()?;
        let mut conditions = [Condition::at_boot(first); MAX_SUBJECTS];
        for (condition, subject) in conditions.iter_mut().zip(tables.subjects) {
            *condition = Condition::at_boot(subject);
        }
        Some(Self {
            tables,
            plan,
            system: System { subjects: tables.subjects, strict: tables.strict },
            processor: Processor::new(number),
            conditions,
            subjects,
            // SAFETY: passed on to the caller; the tables have a plan for the processor.
            journal: unsafe { Journal::new(number) },
            meter: Meter::new(0),
            start: 0,
            apics,
        })
    }

    /// Runs the plan for ever.
    pub fn run(mut self, start: u64) -> ! {
        self.start = start;
        let mut cursor = self.plan.first(start);
        loop {
            cursor = self.frame(cursor);
        }
    }

    /// Runs the frame at the cursor; returns the cursor of the next one.
    fn frame(&mut self, cursor: Cursor) -> Cursor {
        match self.plan.enter(cursor, time::now()) {
            Entry::OnTime => {}
            Entry::Late(ticks) => self.journal.kernel(Kind::FrameLate, ticks),
            Entry::Missed { frames, resume } => {
                self.journal.kernel(Kind::FrameMissed, frames);
                return resume;
            }
        }
        let Some(slot) = self.plan.slot(cursor) else { return self.plan.next(cursor) };
        self.journal.grant(slot);
        if self.processor.number == 0 {
            self.journal.refused(self.tables);
        }
        if let Some(owner) = OWNERS.get(usize::from(self.processor.number)) {
            owner.store(slot.subject.unwrap_or(SubjectId::KERNEL).0, Ordering::Release);
        }
        self.subjects.switch_to(slot.subject);
        let outcome = self.dispatcher().begin_frame(slot);
        self.carry_out(&outcome);
        time::wait_until(&self.tables.clock, slot.run_from);
        self.meter = Meter::new(time::now());
        self.run_slot(slot);
        if slot.barrier {
            self.meet(self.plan.meeting_number(cursor, self.start), slot.end);
        }
        self.plan.next(cursor)
    }

    /// Waits for the other processors at a frame's end; half of the switching allowance at most, so
    /// that the next frame's subject runs on time.
    fn meet(&mut self, meeting: u64, end: u64) {
        let barrier = Barrier(MEETINGS.get(..self.tables.plans.len()).unwrap_or(&MEETINGS));
        barrier.arrive(self.processor.number.into(), meeting);
        let deadline = end.saturating_add(self.plan.allowance / 2);
        loop {
            match barrier.meeting(meeting, time::now(), deadline) {
                Meeting::Met => return,
                Meeting::Waiting => core::hint::spin_loop(),
                Meeting::Broken => return self.journal.kernel(Kind::BarrierBroken, meeting),
            }
        }
    }

    /// Runs whoever the model says until the slot's end.
    fn run_slot(&mut self, slot: Slot) {
        loop {
            let now = time::now();
            self.journal.charge(self.meter.lap(now, self.processor.run.subject()));
            if now >= slot.end {
                return;
            }
            let until = self.dispatcher().next_alarm().unwrap_or(slot.end).min(slot.end);
            if until <= now {
                let outcome = self.dispatcher().alarm(now);
                self.carry_out(&outcome);
                continue;
            }
            match self.processor.run {
                Run::Native(id) => self.run_native(id, until),
                Run::Restore(id) => {
                    if self.subjects.restore_some(id) {
                        let outcome = self.dispatcher().restored();
                        self.carry_out(&outcome);
                    }
                }
                Run::Guest(id) => self.run_guest(id, until),
                Run::Idle => {
                    local_apic::admit(self.admitted());
                    time::wait_for_interrupt(&self.tables.clock, until);
                    local_apic::admit(Admitted::Nothing);
                    let outcome = self.interrupted();
                    self.carry_out(&outcome);
                }
            }
        }
    }

    /// Lets a native program run until the processor leaves it, at `until` at the latest, and sees to
    /// the reason.
    fn run_native(&mut self, id: SubjectId, until: u64) {
        self.subjects.switch_to(Some(id));
        time::arm(&self.tables.clock, until);
        let Some(exit) = self.subjects.run(id) else { return };
        if exit.vector == u64::from(SYSTEM_CALL) {
            let registers = self.subjects.call(id);
            self.system_call(&registers);
            return;
        }
        match classify(Origin::Subject, exit.vector as u8, &VECTORS) {
            NativeExit::FrameEnd | NativeExit::Device(_) => local_apic::end_of_interrupt(),
            NativeExit::WakeUp => {
                local_apic::end_of_interrupt();
                let outcome = self.dispatcher().wake_up();
                self.carry_out(&outcome);
            }
            NativeExit::Spurious => {}
            NativeExit::Fault => {
                audit::fault(&mut self.journal, self.tables, id, &exit);
                let outcome = self.dispatcher().fault();
                self.carry_out(&Outcome { note: None, ..outcome });
            }
            NativeExit::Fatal(vector) => log::fatal(vector, &exit),
        }
    }

    /// Lets a world run until it needs somebody, or `until` at the latest.
    fn run_guest(&mut self, id: SubjectId, until: u64) {
        time::arm(&self.tables.clock, until);
        // The owner of the frame is the world itself, so wake-ups are for it.
        local_apic::admit(self.admitted());
        let left = self.subjects.run_guest(id);
        local_apic::admit(Admitted::Nothing);
        let outcome = match left {
            None | Some(Disposition::Fatal) => log::broken(self.tables, id),
            Some(Disposition::Kernel(KernelWork::Interrupt)) => self.interrupted(),
            Some(other) => self.dispatcher().guest_exit(other),
        };
        self.carry_out(&outcome);
    }

    /// What may interrupt in the present frame: devices of its owner, and of nobody else.
    fn admitted(&self) -> Admitted {
        // A subject's interrupts come where it runs.
        let owner = self.processor.slot.subject;
        let any = self.tables.interrupts.iter().any(|one| Some(one.target.receiver) == owner);
        if any { Admitted::Devices } else { Admitted::WakeUps }
    }

    /// Interrupts came: of devices, of other processors, or the timer's.
    fn interrupted(&mut self) -> Outcome {
        let (noted, number) = (self.subjects.take_interrupts(), self.processor.number);
        let here = self.tables.interrupts.iter().filter(|one| one.processor == number);
        let came = here.filter(|one| {
            noted.unbounded_shr(one.vector.wrapping_sub(FIRST_DEVICE_VECTOR).into()) & 1 == 1
        });
        self.dispatcher().interrupt(came.map(|one| one.target))
    }

    fn system_call(&mut self, registers: &Registers) {
        if let (Run::Native(id), Some(Number::RunGuest)) =
            (self.processor.run, Number::from_number(registers.number))
        {
            self.subjects.take_orders(id);
        }
        let caller = self.processor.run.subject();
        let outcome = self.dispatcher().system_call(registers);
        if let (Effect::Log, Some(id)) = (outcome.effect, caller) {
            log::component(self.tables, id, &LogLine::of(registers));
        }
        self.carry_out(&outcome);
    }

    /// Does what a decision left to do.
    fn carry_out(&mut self, outcome: &Outcome) {
        if let (Some(reply), Run::Native(id)) = (outcome.reply, self.processor.run) {
            self.subjects.reply(id, reply);
        }
        match outcome.effect {
            // A line of the log is written where the call came, with its registers.
            Effect::None | Effect::Log => {}
            Effect::WakeUp { processor, receiver } => {
                let position = usize::from(processor);
                let there = OWNERS.get(position).map(|owner| owner.load(Ordering::Acquire));
                if let Some(number) = self.apics.get(position)
                    && there == Some(receiver.0)
                {
                    local_apic::wake_up(*number);
                }
            }
        }
        if let Some(note) = outcome.note {
            self.journal.note(self.tables, &note);
        }
    }

    fn dispatcher(&mut self) -> Dispatcher<'_> {
        Dispatcher {
            system: &self.system,
            mailboxes: &MAILBOXES,
            conditions: &mut self.conditions,
            processor: &mut self.processor,
        }
    }
}
