//! The small systems that are explored, each as the policy sees it and as the kernel was given it.

use cloister_abi::{Command, InfoItem, Number, Registers, TIMER_EVENT};
use cloister_model::dispatch::System;
use cloister_model::schedule::{MinorFrame, Plan, check_together};
use cloister_model::subject::{
    CommandSet, EventBit, EventTarget, Group, Level, LevelRange, Restart, RestartRule, Right,
    Subject, SubjectId,
};

use crate::composition::{Action, Domain, Operation};
use crate::well_formed;

/// A system with what may happen in it.
#[derive(Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// What the kernel was given.
    pub system: System<'static>,
    pub plans: Vec<Plan<'static>>,
    /// How far time goes on at once.
    pub tick: u64,
    /// The levels that the policy gives the subjects.
    levels: Vec<LevelRange>,
    /// Who may interfere with whom besides what levels allow: a trusted subject is at one end.
    trusted: Vec<(u16, u16)>,
    /// What each subject may try.
    operations: Vec<Vec<Operation>>,
    /// Device interrupts.
    interrupts: Vec<EventTarget>,
}

/// Ticks of the major frame.
const MAJOR: u64 = 12;

pub const LOW: LevelRange = LevelRange::single(Level { classification: 0, compartments: 0 });
pub const HIGH: LevelRange = LevelRange::single(Level { classification: 1, compartments: 0 });
const BOTH: LevelRange = LevelRange { low: LOW.low, high: HIGH.high };

impl Scenario {
    /// The subject with this number, as the kernel was given it.
    pub fn subject(&self, id: SubjectId) -> &Subject<'static> {
        &self.system.subjects[id.position()]
    }

    /// The subject itself, and those whose frames the policy lets it inherit.
    pub fn sources(&self, id: SubjectId) -> Vec<SubjectId> {
        let ids = (0..).map(SubjectId).take(self.levels.len());
        let inherits = |&other: &SubjectId| {
            let list = self.subject(other).slack_to;
            let behind = |&earlier: &SubjectId| self.may_see(id, earlier);
            other == id
                || !self.system.strict && list.contains(&id) && self.may_see(id, other)
                || !self.system.strict
                    && ids.clone().any(|owner| {
                        let list = self.subject(owner).slack_to;
                        let before = list.iter().take_while(|&&heir| heir != id);
                        list.contains(&id)
                            && before.clone().all(behind)
                            && before.clone().any(|&earlier| earlier == other)
                    })
        };
        ids.clone().filter(inherits).collect()
    }

    /// Whether the policy's levels let `viewer` see what `other` does.
    pub fn may_see(&self, viewer: SubjectId, other: SubjectId) -> bool {
        self.levels[viewer.position()].may_see(self.levels[other.position()])
    }

    /// Whether the policy lets the domain `from` interfere with `to`.
    pub fn may_interfere(&self, from: Domain, to: Domain) -> bool {
        match (from, to) {
            (Domain::Time, _) => true,
            (_, Domain::Time) => false,
            (Domain::Subject(from) | Domain::Device(from), Domain::Subject(to)) => {
                from == to || self.may_see(to, from) || self.trusted.contains(&(from.0, to.0))
            }
            (from, to @ Domain::Device(_)) => from == to,
        }
    }

    /// All domains.
    pub fn domains(&self) -> Vec<Domain> {
        let subjects = (0..).map(SubjectId).take(self.levels.len()).map(Domain::Subject);
        let devices = self.interrupts.iter().map(|target| Domain::Device(target.receiver));
        [Domain::Time].into_iter().chain(devices).chain(subjects).collect()
    }

    /// All actions.
    pub fn actions(&self) -> Vec<Action> {
        let tick = [Action::Tick].into_iter();
        let interrupts = self.interrupts.iter().map(|&target| Action::Interrupt(target));
        let operations = (0..)
            .map(SubjectId)
            .zip(&self.operations)
            .flat_map(|(id, list)| list.iter().map(move |&operation| Action::Do(id, operation)));
        tick.chain(interrupts).chain(operations).collect()
    }

    /// A system where nobody is trusted and nobody's actions are listed.
    pub fn generated(
        system: System<'static>,
        plans: Vec<Plan<'static>>,
        levels: Vec<LevelRange>,
    ) -> Self {
        well_formed::check(&system);
        let (trusted, operations, interrupts) = (vec![], vec![], vec![]);
        let tick = MAJOR;
        Self { name: "generated", system, plans, tick, levels, trusted, operations, interrupts }
    }

    /// The same system, given to the kernel with one subject changed: what the policy says stays.
    pub fn with_subject(mut self, id: usize, change: impl FnOnce(&mut Subject<'static>)) -> Self {
        let mut subjects = self.system.subjects.to_vec();
        change(&mut subjects[id]);
        self.system.subjects = subjects.leak();
        self
    }

    /// The same system, where one subject may also try what another of another system may.
    pub fn with_operations(mut self, id: usize, other: Self, whose: usize) -> Self {
        self.operations[id].extend(&other.operations[whose]);
        self
    }

    /// All scenarios.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for processors in [1, 2] {
            for strict in [true, false] {
                all.push(Self::inheritance(strict, processors));
                all.push(Self::world(strict, processors));
                all.push(Self::timers(strict, processors));
                // On two processors these give no time away.
                if strict || processors == 1 {
                    all.push(Self::guard(strict, processors));
                    all.push(Self::control(strict, processors));
                }
            }
        }
        all
    }

    /// Low sends to high; what high sends to low passes a guard.
    pub fn guard(strict: bool, processors: u16) -> Self {
        let [low, guard, high] = [0, 1, 2];
        let mut subjects = [subject(LOW, 0), subject(BOTH, 0), subject(HIGH, processors - 1)];
        subjects[low].events = events(&[(2, 0)]);
        subjects[guard].events = events(&[(0, 0)]);
        subjects[high].events = events(&[(1, 0)]);
        subjects[low].slack_to = &[SubjectId(2)];
        if processors > 1 {
            subjects[low].slack_to = &[];
        }
        subjects[guard].slack_to = subjects[low].slack_to;
        let mut calls = vec![wait(1), signal(0), signal(1), stop_self()];
        let low_calls = calls.clone();
        calls.push(pending());
        Self {
            name: name("guard", strict, processors),
            system: system(subjects, strict),
            plans: plans(processors, &[&[0, 1, 2], &[2]]),
            tick: MAJOR,
            levels: vec![LOW, BOTH, HIGH],
            trusted: vec![(1, 0), (2, 1)],
            operations: vec![low_calls, calls.clone(), calls],
            interrupts: vec![],
        }
    }

    /// Two at high inherit low's frames, one after the other; each can be woken by low and by a
    /// device.
    pub fn inheritance(strict: bool, processors: u16) -> Self {
        let top = LevelRange::single(Level { classification: 2, compartments: 0 });
        let mut subjects = [subject(LOW, 0), subject(HIGH, 0), subject(top, 0)];
        subjects[0].slack_to = &[SubjectId(1), SubjectId(2)];
        subjects[0].events = events(&[(1, 0), (2, 0)]);
        subjects[1].slack_to = &[SubjectId(2)];
        subjects[1].events = events(&[(2, 0)]);
        let mut list = subjects.to_vec();
        let mut levels = vec![LOW, HIGH, top];
        let mut operations = vec![
            vec![wait(1), signal(0), signal(1)],
            vec![wait(1), signal(0), Operation::Fault],
            vec![wait(1), stop_self()],
        ];
        if processors > 1 {
            let sender = Subject { events: events(&[(0, 0), (1, 0)]), ..subject(LOW, 1) };
            list.push(sender);
            levels.push(LOW);
            operations.push(vec![signal(0), signal(1), wait(1)]);
        }
        Self {
            name: name("inheritance", strict, processors),
            system: System { subjects: list.leak(), strict },
            plans: plans(processors, &[&[0, 1], &[3]]),
            tick: MAJOR,
            levels,
            trusted: vec![],
            operations,
            interrupts: events(&[(0, 0)]).to_vec(),
        }
    }

    /// A trusted subject controls one at low and one at high, which fault and restart.
    pub fn control(strict: bool, processors: u16) -> Self {
        let rule = RestartRule { when: Restart::OnCrash, limit: 1, window: 2 };
        let mut subjects = [subject(LOW, 0), subject(HIGH, processors - 1), subject(BOTH, 0)];
        subjects[0].restart = rule;
        subjects[1].restart = RestartRule { when: Restart::Always, ..rule };
        subjects[1].autostart = false;
        subjects[2].rights = rights(&[(0, CommandSet::ALL), (1, CommandSet::ALL)]);
        subjects[0].slack_to = if processors > 1 { &[] } else { &[SubjectId(1)] };
        let own = vec![wait(1 << 63), Operation::Fault, stop_self(), Operation::Restored];
        let commands = [Command::Start, Command::Stop, Command::Pause, Command::Resume];
        let mut controls = vec![control(0, Command::Restart), control(7, Command::Stop)];
        for (right, command) in (0..2).zip([&commands[2..], &commands[..2]]) {
            controls.extend(command.iter().map(|&command| control(right, command)));
        }
        Self {
            name: name("control", strict, processors),
            system: system(subjects, strict),
            plans: plans(processors, &[&[0, 2, 1], &[1]]),
            tick: MAJOR,
            levels: vec![LOW, HIGH, BOTH],
            trusted: vec![(2, 0), (2, 1)],
            operations: vec![own.clone(), own, controls],
            interrupts: vec![],
        }
    }

    /// Timers at low, at high who may inherit low's frames, and in a monitor; time goes on in
    /// smaller steps than frames.
    pub fn timers(strict: bool, processors: u16) -> Self {
        let mut subjects = [subject(LOW, 0), subject(HIGH, 0), subject(LOW, processors - 1)];
        subjects[0].slack_to = &[SubjectId(1)];
        subjects[1].has_guest = true;
        subjects[2].events = events(&[(0, 0), (1, 0)]);
        let both = TIMER_EVENT | 1;
        let low = vec![set_timer(2), set_timer(6), wait(both)];
        let high = vec![set_timer(4), wait(both), run_guest(both), Operation::Exit(0x78)];
        Self {
            name: name("timers", strict, processors),
            system: system(subjects, strict),
            plans: plans(processors, &[&[0, 1, 2], &[2]]),
            tick: 2,
            levels: vec![LOW, HIGH, LOW],
            trusted: vec![],
            operations: vec![low, high, vec![signal(0), signal(1)]],
            interrupts: vec![],
        }
    }

    /// A world at low with its monitor, next to a component at high that may get its time.
    pub fn world(strict: bool, processors: u16) -> Self {
        let mut subjects = [subject(LOW, 0), subject(HIGH, 0), subject(LOW, processors - 1)];
        let rule = RestartRule { when: Restart::OnCrash, limit: 1, window: 3 };
        subjects[0].has_guest = true;
        subjects[0].restart = rule;
        subjects[0].slack_to = &[SubjectId(1)];
        subjects[0].events = events(&[(2, 1), (1, 0)]);
        subjects[2].events = events(&[(0, 1)]);
        let world = vec![
            run_guest(0b11),
            wait(0b11),
            signal(0),
            signal(1),
            Operation::Fault,
            Operation::Exit(0x7b),
            Operation::Exit(0x78),
            Operation::Exit(0x7f),
            Operation::Exit(0x999),
            Operation::Restored,
        ];
        Self {
            name: name("world", strict, processors),
            system: system(subjects, strict),
            plans: plans(processors, &[&[0, 1, 2], &[2]]),
            tick: MAJOR,
            levels: vec![LOW, HIGH, LOW],
            trusted: vec![],
            operations: vec![world, vec![wait(1), run_guest(1)], vec![signal(0), wait(0b10)]],
            interrupts: events(&[(0, 0)]).to_vec(),
        }
    }
}

fn name(kind: &str, strict: bool, processors: u16) -> &'static str {
    let time = if strict { "strict" } else { "time given away" };
    format!("{kind}, {processors} processors, {time}").leak()
}

pub fn subject(levels: LevelRange, processor: u16) -> Subject<'static> {
    Subject {
        levels,
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

fn system(subjects: [Subject<'static>; 3], strict: bool) -> System<'static> {
    let system = System { subjects: subjects.to_vec().leak(), strict };
    well_formed::check(&system);
    system
}

/// Plans of frames of equal length; a list that is shorter than the first has longer frames.
fn plans(processors: u16, owners: &[&[u16]]) -> Vec<Plan<'static>> {
    let major = MAJOR;
    let owners: Vec<Vec<u16>> = if processors == 1 {
        vec![owners[0].to_vec()]
    } else {
        let other: Vec<u16> = owners[1].to_vec();
        vec![owners[0].iter().copied().filter(|id| !other.contains(id)).collect(), other]
    };
    let plan = |list: &Vec<u16>| {
        let length = major / list.len() as u64;
        let frame = |(&id, number): (&u16, u64)| MinorFrame {
            subject: Some(SubjectId(id)),
            start: number * length,
            length,
            barrier: false,
        };
        let frames: Vec<_> = list.iter().zip(0..).map(frame).collect();
        Plan { major, allowance: 1, frames: frames.leak() }
    };
    let plans: Vec<_> = owners.iter().map(plan).collect();
    assert_eq!(check_together(&plans), Ok(()));
    plans
}

pub fn events(targets: &[(u16, u8)]) -> &'static [EventTarget] {
    let target = |&(receiver, bit)| EventTarget {
        receiver: SubjectId(receiver),
        bit: EventBit::new(bit).unwrap(),
    };
    targets.iter().map(target).collect::<Vec<_>>().leak()
}

fn rights(rights: &[(u16, CommandSet)]) -> &'static [Right] {
    let right = |&(target, commands)| Right { target: SubjectId(target), commands };
    rights.iter().map(right).collect::<Vec<_>>().leak()
}

fn call(number: Number, first: u64, second: u64) -> Operation {
    Operation::Call(Registers { number: number as u64, arguments: [first, second, 0, 0, 0, 0] })
}

pub fn wait(mask: u64) -> Operation {
    call(Number::Wait, mask, 0)
}

pub fn signal(event: u64) -> Operation {
    call(Number::Signal, event, 0)
}

pub fn stop_self() -> Operation {
    call(Number::StopSelf, 0, 0)
}

fn pending() -> Operation {
    call(Number::Info, InfoItem::PendingEvents as u64, 0)
}

fn control(right: u64, command: Command) -> Operation {
    call(Number::Control, right, command as u64)
}

pub fn run_guest(mask: u64) -> Operation {
    call(Number::RunGuest, mask, 0)
}

fn set_timer(instant: u64) -> Operation {
    call(Number::SetTimer, instant, 0)
}
