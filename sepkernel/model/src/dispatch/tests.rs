//! One processor and a few subjects, step by step.

use std::vec::Vec;

use cloister_abi::{Code, Command, FRAME_EVENT, InfoItem, Number, Registers, Reply, TIMER_EVENT};

use super::{Condition, Dispatcher, Effect, Note, Outcome, Processor, Run, System};
use crate::audit::Kind;
use crate::exit::{SvmExit, disposition};
use crate::schedule::Slot;
use crate::subject::{
    CommandSet, EventBit, EventTarget, Group, Level, LevelRange, Mailbox, Restart, RestartRule,
    Right, State, StopReason, Subject, SubjectId,
};

const LOW: SubjectId = SubjectId(0);
const WORLD: SubjectId = SubjectId(1);
const OTHER: SubjectId = SubjectId(2);

const fn subject(classification: u8, processor: u16) -> Subject<'static> {
    Subject {
        levels: LevelRange::single(Level { classification, compartments: 0 }),
        processor,
        autostart: true,
        restart: RestartRule::NEVER,
        events: &[],
        rights: &[],
        slack_to: &[],
        has_guest: false,
        group: Group::Alone,
    }
}

fn target(receiver: SubjectId, bit: u8) -> EventTarget {
    EventTarget { receiver, bit: EventBit::new(bit).unwrap() }
}

/// Low and a world on processor 0, another subject on processor 1.
struct Machine {
    subjects: Vec<Subject<'static>>,
    strict: bool,
    mailboxes: Vec<Mailbox>,
    conditions: Vec<Condition>,
    processor: Processor,
}

impl Machine {
    fn new(strict: bool) -> Self {
        let mut subjects = [subject(0, 0), subject(1, 0), subject(1, 1)].to_vec();
        subjects[0].events = [target(WORLD, 3), target(OTHER, 5)].to_vec().leak();
        subjects[0].slack_to = &[WORLD];
        subjects[0].rights =
            [Right { target: WORLD, commands: CommandSet::of(Command::Pause) }].to_vec().leak();
        subjects[1].has_guest = true;
        subjects[1].restart = RestartRule { when: Restart::OnCrash, limit: 1, window: 100 };
        let conditions = subjects.iter().map(Condition::at_boot).collect();
        let mailboxes = subjects.iter().map(|_| Mailbox::default()).collect();
        Self { subjects, strict, mailboxes, conditions, processor: Processor::new(0) }
    }

    fn act(&mut self, happens: impl FnOnce(&mut Dispatcher<'_>) -> Outcome) -> Outcome {
        happens(&mut Dispatcher {
            system: &System { subjects: &self.subjects, strict: self.strict },
            mailboxes: &self.mailboxes,
            conditions: &mut self.conditions,
            processor: &mut self.processor,
        })
    }

    fn frame(&mut self, subject: Option<SubjectId>) -> Outcome {
        let slot = Slot { subject, start: 0, run_from: 10, end: 100, barrier: false };
        self.act(|dispatcher| dispatcher.begin_frame(slot))
    }

    fn call(&mut self, number: Number, first: u64, second: u64) -> Outcome {
        let arguments = [first, second, 0, 0, 0, 0];
        let registers = Registers { number: number as u64, arguments };
        self.act(|dispatcher| dispatcher.system_call(&registers))
    }

    fn exit(&mut self, code: u64) -> Outcome {
        self.act(|dispatcher| dispatcher.guest_exit(disposition(SvmExit::decode(code), code, 0)))
    }

    fn alarm(&mut self) -> Option<u64> {
        let mut alarm = None;
        self.act(|dispatcher| {
            alarm = dispatcher.next_alarm();
            Outcome::default()
        });
        alarm
    }

    fn run(&self) -> Run {
        self.processor.run
    }
}

#[test]
fn a_frame_runs_its_subject_and_an_idle_frame_nobody() {
    let mut machine = Machine::new(true);
    assert_eq!(machine.frame(Some(LOW)), Outcome::default());
    assert_eq!(machine.run(), Run::Native(LOW));
    machine.frame(None);
    assert_eq!(machine.run(), Run::Idle);
    machine.frame(Some(SubjectId(77)));
    assert_eq!(machine.run(), Run::Idle, "a subject that does not exist");
}

#[test]
fn a_wait_ends_with_the_events_that_were_waited_for_and_leaves_the_others() {
    let mut machine = Machine::new(true);
    machine.frame(Some(WORLD));
    assert_eq!(machine.call(Number::Wait, 0b1000, 0), Outcome::default());
    assert_eq!(machine.run(), Run::Idle);
    machine.frame(Some(LOW));
    assert_eq!(machine.call(Number::Signal, 0, 0).reply, Some(Reply::DONE));
    let outcome = machine.frame(Some(WORLD));
    assert_eq!((machine.run(), outcome.reply), (Run::Native(WORLD), Some(Reply::done(0b1000))));
    let pending = machine.call(Number::Info, InfoItem::PendingEvents as u64, 0);
    assert_eq!(pending.reply, Some(Reply::done(FRAME_EVENT)));
    assert_eq!(machine.call(Number::Wait, FRAME_EVENT, 0).reply, Some(Reply::done(FRAME_EVENT)));
}

#[test]
fn an_event_wakes_its_receiver_within_the_receivers_own_frame_only() {
    let mut machine = Machine::new(true);
    machine.frame(Some(WORLD));
    machine.call(Number::Wait, 1, 0);
    machine.frame(None);
    machine.mailboxes[1].raise(EventBit::new(0).unwrap());
    machine.act(|dispatcher| dispatcher.wake_up());
    assert_eq!(machine.run(), Run::Idle);
    machine.frame(Some(WORLD));
    assert_eq!(machine.run(), Run::Native(WORLD));
    machine.call(Number::Wait, 1, 0);
    let outcome = machine.act(|dispatcher| dispatcher.interrupt([target(WORLD, 0)].into_iter()));
    assert_eq!((machine.run(), outcome.reply), (Run::Native(WORLD), Some(Reply::done(1))));
}

#[test]
fn a_signal_says_the_same_whatever_its_receiver_does_and_wakes_only_other_processors() {
    let mut machine = Machine::new(true);
    machine.frame(Some(LOW));
    for state in [State::Active(crate::subject::Activity::Native), State::Restoring] {
        machine.conditions[1].state = state;
        machine.conditions[2].state = state;
        let done = Outcome { reply: Some(Reply::DONE), ..Outcome::default() };
        assert_eq!(machine.call(Number::Signal, 0, 0), done);
        let elsewhere =
            Outcome { effect: Effect::WakeUp { processor: 1, receiver: OTHER }, ..done };
        assert_eq!(machine.call(Number::Signal, 1, 0), elsewhere);
    }
    assert_eq!(machine.mailboxes[2].events(), 1 << 5);
}

#[test]
fn what_is_not_in_the_callers_tables_is_refused_and_recorded() {
    let mut machine = Machine::new(true);
    machine.frame(Some(LOW));
    for (number, first, second) in [
        (Number::Signal, 2, 0),
        (Number::Signal, u64::MAX, 0),
        (Number::Control, 0, Command::Stop as u64),
        (Number::Control, 1, Command::Pause as u64),
        (Number::RunGuest, 1, 0),
    ] {
        let outcome = machine.call(number, first, second);
        assert_eq!(outcome.reply, Some(Reply::refused(Code::NotAllowed)), "{number:?} {first}");
        let note = Note { kind: Kind::Refused, subject: LOW, argument: number as u64 };
        assert_eq!(outcome.note, Some(note));
        assert_eq!(machine.run(), Run::Native(LOW));
    }
}

#[test]
fn a_command_takes_effect_when_the_targets_frame_begins() {
    let mut machine = Machine::new(true);
    machine.frame(Some(LOW));
    let before = machine.conditions[1];
    assert_eq!(machine.call(Number::Control, 0, Command::Pause as u64).reply, Some(Reply::DONE));
    assert_eq!(machine.conditions[1], before);
    let outcome = machine.frame(Some(WORLD));
    let note = Note { kind: Kind::Paused, subject: WORLD, argument: 0 };
    assert_eq!((machine.run(), outcome.note), (Run::Idle, Some(note)));
}

#[test]
fn monitor_and_world_hand_the_frame_to_each_other() {
    let mut machine = Machine::new(true);
    machine.frame(Some(WORLD));
    machine.call(Number::RunGuest, 1, 0);
    assert_eq!(machine.run(), Run::Guest(WORLD));
    assert_eq!(machine.exit(0x72), Outcome::default(), "the kernel's work alone");
    assert_eq!(machine.run(), Run::Guest(WORLD));
    let outcome = machine.exit(0x7b);
    let reply = Reply { code: Code::GuestExit, value: 0 };
    assert_eq!((machine.run(), outcome.reply), (Run::Native(WORLD), Some(reply)));

    machine.call(Number::RunGuest, 1, 0);
    let outcome = machine.act(|dispatcher| dispatcher.interrupt([target(WORLD, 0)].into_iter()));
    assert_eq!((machine.run(), outcome.reply), (Run::Native(WORLD), Some(Reply::done(1))));

    machine.call(Number::RunGuest, 1, 0);
    machine.exit(0x78);
    assert_eq!(machine.run(), Run::Idle, "halted");
    machine.frame(Some(WORLD));
    assert_eq!(machine.run(), Run::Idle, "still halted");
    machine.act(|dispatcher| dispatcher.interrupt([target(WORLD, 0)].into_iter()));
    assert_eq!(machine.run(), Run::Native(WORLD));
    assert_eq!(machine.processor.slot.end, 100, "the frame's end never moved");
}

#[test]
fn a_fault_restarts_once_in_the_subjects_own_time_and_then_stops() {
    let mut machine = Machine::new(true);
    machine.frame(Some(WORLD));
    machine.call(Number::SetTimer, 50, 0);
    let fault = machine.act(|dispatcher| dispatcher.fault());
    assert_eq!(fault.note.map(|note| (note.kind, note.subject)), Some((Kind::Fault, WORLD)));
    assert_eq!(machine.run(), Run::Restore(WORLD));
    machine.frame(Some(LOW));
    assert_eq!(machine.run(), Run::Native(LOW));
    machine.frame(Some(WORLD));
    assert_eq!(machine.run(), Run::Restore(WORLD));
    let note = machine.act(|dispatcher| dispatcher.restored()).note;
    assert_eq!(note, Some(Note { kind: Kind::Started, subject: WORLD, argument: 2 }));
    assert_eq!(machine.alarm(), None, "the timer was its predecessor's");
    machine.call(Number::RunGuest, 1, 0);
    let note = machine.exit(0x7f).note;
    assert_eq!(note, Some(Note { kind: Kind::GuestStopped, subject: WORLD, argument: 0x7f }));
    assert_eq!(machine.run(), Run::Idle);
    assert_eq!(machine.conditions[1].state, State::Stopped(StopReason::Guest));
}

#[test]
fn time_left_over_goes_up_unless_strict_and_does_not_come_back() {
    for strict in [true, false] {
        let mut machine = Machine::new(strict);
        machine.frame(Some(LOW));
        machine.call(Number::Wait, 1, 0);
        machine.mailboxes[0].raise(EventBit::new(0).unwrap());
        machine.act(|dispatcher| dispatcher.wake_up());
        assert_eq!(machine.run(), Run::Native(if strict { LOW } else { WORLD }));
        machine.call(Number::Wait, 2, 0);
        machine.act(|dispatcher| dispatcher.wake_up());
        assert_eq!(machine.run(), Run::Idle);
        assert_eq!(machine.processor.slot.end, 100);
    }
}

#[test]
fn a_timer_ends_a_wait_in_the_subjects_own_time() {
    let mut machine = Machine::new(true);
    machine.frame(Some(WORLD));
    machine.call(Number::SetTimer, 50, 0);
    machine.call(Number::Wait, TIMER_EVENT, 0);
    assert_eq!(machine.alarm(), Some(50));
    machine.act(|dispatcher| dispatcher.alarm(49));
    assert_eq!(machine.run(), Run::Idle);
    machine.frame(Some(LOW));
    assert_eq!(machine.alarm(), None, "another's frame");
    machine.act(|dispatcher| dispatcher.alarm(60));
    assert_eq!(machine.mailboxes[1].events() & TIMER_EVENT, 0);
    let slot = Slot { subject: Some(WORLD), start: 100, run_from: 110, end: 200, barrier: false };
    let outcome = machine.act(|dispatcher| dispatcher.begin_frame(slot));
    let expired = (Run::Native(WORLD), Some(Reply::done(TIMER_EVENT)));
    assert_eq!((machine.run(), outcome.reply), expired);
    assert_eq!(machine.alarm(), None, "once");
    machine.call(Number::SetTimer, 150, 0);
    machine.call(Number::RunGuest, TIMER_EVENT, 0);
    let outcome = machine.act(|dispatcher| dispatcher.alarm(151));
    assert_eq!((machine.run(), outcome.reply), expired);
    machine.call(Number::SetTimer, 200, 0);
    assert_eq!(machine.alarm(), None, "not in this frame");
}

#[test]
fn what_cannot_happen_to_whoever_runs_changes_nothing() {
    let mut machine = Machine::new(true);
    machine.frame(None);
    let before = (machine.conditions.clone(), machine.processor);
    for outcome in [
        machine.call(Number::StopSelf, 0, 0),
        machine.exit(0x7b),
        machine.act(|dispatcher| dispatcher.fault()),
        machine.act(|dispatcher| dispatcher.restored()),
        machine.act(|dispatcher| dispatcher.interrupt([target(SubjectId(99), 0)].into_iter())),
    ] {
        assert_eq!(outcome, Outcome::default());
    }
    assert_eq!(before, (machine.conditions, machine.processor));
}

/// A world with two virtual processors: the first on processor 0, the other on processor 1.
struct World {
    subjects: Vec<Subject<'static>>,
    mailboxes: Vec<Mailbox>,
    /// Each processor keeps the conditions that are its own.
    conditions: [Vec<Condition>; 2],
    processors: [Processor; 2],
}

impl World {
    fn new() -> Self {
        let mut subjects = [subject(1, 0), subject(1, 1)].to_vec();
        subjects[0].group = Group::Leads(&[SubjectId(1)]);
        subjects[0].restart = RestartRule { when: Restart::OnCrash, limit: 2, window: 100 };
        subjects[1].group = Group::Follows(SubjectId(0));
        let conditions: Vec<_> = subjects.iter().map(Condition::at_boot).collect();
        let mailboxes = subjects.iter().map(|_| Mailbox::default()).collect();
        let conditions = [conditions.clone(), conditions];
        Self { subjects, mailboxes, conditions, processors: [0, 1].map(Processor::new) }
    }

    fn act(
        &mut self,
        number: usize,
        happens: impl FnOnce(&mut Dispatcher<'_>) -> Outcome,
    ) -> Outcome {
        happens(&mut Dispatcher {
            system: &System { subjects: &self.subjects, strict: true },
            mailboxes: &self.mailboxes,
            conditions: &mut self.conditions[number],
            processor: &mut self.processors[number],
        })
    }

    /// The next frame of the processor's subject; what it then runs.
    fn frame(&mut self, number: usize) -> Run {
        let subject = Some(SubjectId(number as u16));
        let slot = Slot { subject, start: 0, run_from: 10, end: 100, barrier: false };
        self.act(number, |dispatcher| dispatcher.begin_frame(slot));
        self.processors[number].run
    }
}

#[test]
fn a_worlds_memory_is_restored_only_when_none_of_its_processors_uses_it() {
    const FIRST: SubjectId = SubjectId(0);
    const OTHER: SubjectId = SubjectId(1);
    let mut world = World::new();
    assert_eq!((world.frame(0), world.frame(1)), (Run::Native(FIRST), Run::Native(OTHER)));
    world.act(0, |dispatcher| dispatcher.fault());
    assert_eq!(world.processors[0].run, Run::Idle, "the other one still runs");
    assert_eq!(world.frame(0), Run::Idle);
    assert_eq!(world.frame(1), Run::Idle, "it stops when its frame begins");
    assert_eq!(world.frame(0), Run::Restore(FIRST));
    assert_eq!(world.frame(1), Run::Idle, "it waits for the first one");
    world.act(0, |dispatcher| dispatcher.restored());
    assert_eq!(world.processors[0].run, Run::Native(FIRST));
    assert_eq!(world.frame(1), Run::Restore(OTHER));
    world.act(1, |dispatcher| dispatcher.restored());
    assert_eq!(world.processors[1].run, Run::Native(OTHER));
    assert_eq!(world.conditions[1][1].incarnation, world.conditions[0][0].incarnation);
}

#[test]
fn the_end_of_one_virtual_processor_is_the_end_of_its_world() {
    let mut world = World::new();
    world.frame(0);
    world.frame(1);
    world.act(1, |dispatcher| dispatcher.fault());
    assert_eq!(world.frame(1), Run::Idle, "it does not start by itself");
    assert_eq!(world.frame(0), Run::Restore(SubjectId(0)));
}

#[test]
fn a_worlds_processors_pause_and_go_on_together_whatever_came_between() {
    let mut world = World::new();
    world.frame(0);
    world.frame(1);
    world.mailboxes[0].request(Command::Pause);
    assert_eq!((world.frame(0), world.frame(1)), (Run::Idle, Run::Idle));
    world.mailboxes[0].request(Command::Resume);
    world.frame(0);
    world.mailboxes[0].request(Command::Pause);
    world.frame(0);
    world.mailboxes[0].request(Command::Resume);
    world.frame(0);
    assert_eq!(world.frame(1), Run::Native(SubjectId(1)));
}
