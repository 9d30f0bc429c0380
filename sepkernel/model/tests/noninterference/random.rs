//! Larger systems, generated: whether a domain sees the same in two runs of which one leaves out
//! all that may not interfere with it (J. A. Goguen and J. Meseguer, "Security Policies and Security
//! Models", 1982). The levels of these systems form a lattice and nobody is trusted, so leaving out
//! is leaving out what does not flow to the domain.

use cloister_model::dispatch::System;
use cloister_model::schedule::{MinorFrame, Plan, check_together};
use cloister_model::subject::{Group, Level, LevelRange, Restart, RestartRule, Subject, SubjectId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::composition::{Action, Domain, Operation, State};
use crate::mutation::Mutation;
use crate::scenario::{Scenario, events, run_guest, signal, stop_self, subject, wait};
use crate::view::View;

const SUBJECTS: u16 = 6;
const PROCESSORS: u16 = 3;

/// A system: each subject's level, processor, whether it has a world, the order of its frames; and
/// which of the allowed events and heirs there are.
fn scenarios() -> impl Strategy<Value = Scenario> {
    let subjects = vec((0_u8..3, 0_u64..4, 0..PROCESSORS, any::<bool>()), usize::from(SUBJECTS));
    (subjects, any::<bool>(), vec(any::<bool>(), 36), vec(any::<bool>(), 36)).prop_map(
        |(subjects, strict, sends, inherits)| {
            let levels: Vec<_> = subjects
                .iter()
                .map(|&(classification, compartments, ..)| {
                    LevelRange::single(Level { classification, compartments })
                })
                .collect();
            let up = |from: usize, to: usize, chosen: &[bool]| {
                from != to && chosen[from * 6 + to] && levels[to].may_see(levels[from])
            };
            let list: Vec<Subject<'static>> = (0..usize::from(SUBJECTS))
                .map(|from| {
                    let (.., processor, has_guest) = subjects[from];
                    let targets: Vec<_> = (0..6)
                        .filter(|&to| up(from, to.into(), &sends))
                        .map(|to| (to, 0))
                        .collect();
                    let same = |to: &u16| subjects[usize::from(*to)].2 == processor;
                    let heirs: Vec<_> = (0..6)
                        .filter(|&to| up(from, to.into(), &inherits))
                        .filter(same)
                        .map(SubjectId)
                        .collect();
                    let rule = RestartRule { when: Restart::Always, limit: 2, window: 3 };
                    Subject {
                        events: events(&targets),
                        slack_to: heirs.leak(),
                        restart: rule,
                        has_guest,
                        group: Group::Alone,
                        ..subject(levels[from], processor)
                    }
                })
                .collect();
            Scenario::generated(System { subjects: list.leak(), strict }, plans(&subjects), levels)
        },
    )
}

fn plans(subjects: &[(u8, u64, u16, bool)]) -> Vec<Plan<'static>> {
    let plan = |processor| {
        let on = (0..).zip(subjects).filter(|(_, subject)| subject.2 == processor);
        let mut owners: Vec<_> = on.map(|(id, _)| Some(SubjectId(id))).collect();
        owners.resize(owners.len().max(1), None);
        let count = owners.len() as u64;
        let frame = |(subject, number): (Option<SubjectId>, u64)| {
            let (start, end) = (60 * number / count, 60 * (number + 1) / count);
            MinorFrame { subject, start, length: end - start, barrier: false }
        };
        let frames: Vec<_> = owners.into_iter().zip(0..).map(frame).collect();
        Plan { major: 60, allowance: 1, frames: frames.leak() }
    };
    let plans: Vec<_> = (0..PROCESSORS).map(plan).collect();
    assert_eq!(check_together(&plans), Ok(()));
    plans
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let operation = prop_oneof![
        4 => (0_u64..6).prop_map(signal),
        3 => Just(wait(1)),
        1 => Just(run_guest(1)),
        1 => Just(stop_self()),
        1 => Just(Operation::Fault),
        2 => prop::sample::select(&[0x7b, 0x78, 0x7f, 0x72]).prop_map(Operation::Exit),
        3 => Just(Operation::Restored),
    ];
    let act =
        (0..SUBJECTS, operation).prop_map(|(id, operation)| Action::Do(SubjectId(id), operation));
    vec(prop_oneof![1 => Just(Action::Tick), 6 => act], 0..250)
}

/// The first of all subjects, in any state on the way, that sees an action that may not interfere
/// with it.
fn first_leak(
    scenario: &Scenario,
    actions: &[Action],
    mutation: Option<Mutation>,
) -> Option<(Domain, Action)> {
    for viewer in (0..SUBJECTS).map(SubjectId).map(Domain::Subject) {
        let (mut all, mut some) = (State::first(scenario), State::first(scenario));
        for &action in actions {
            let output;
            (all, output) = all.step(scenario, action, mutation);
            if scenario.may_interfere(action.domain(), viewer) {
                let answer;
                (some, answer) = some.step(scenario, action, mutation);
                if action.domain() == viewer && output != answer {
                    return Some((viewer, action));
                }
            }
            if View::of(scenario, &all, viewer) != View::of(scenario, &some, viewer) {
                return Some((viewer, action));
            }
        }
    }
    None
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() })
}

#[test]
fn nobody_sees_what_those_do_that_may_not_interfere() {
    let result = runner().run(&(scenarios(), actions()), |(scenario, actions)| {
        prop_assert_eq!(first_leak(&scenario, &actions, None), None);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn wrong_rules_are_seen_in_generated_systems_too() {
    for mutation in [
        Mutation::RestartClearsAnother,
        Mutation::WaitTakesFromAnother,
        Mutation::SharedBudget,
        Mutation::FaultEndsFrame,
        Mutation::WakeUpDisturbs,
    ] {
        let mut runner =
            TestRunner::new(Config { max_shrink_iters: 0, ..runner().config().clone() });
        let result = runner.run(&(scenarios(), actions()), |(scenario, actions)| {
            prop_assert_eq!(first_leak(&scenario, &actions, Some(mutation)), None);
            Ok(())
        });
        assert!(result.is_err(), "{mutation:?} is not seen");
    }
}
