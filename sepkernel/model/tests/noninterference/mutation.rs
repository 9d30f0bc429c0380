//! Systems that are broken on purpose. Each must be found, by the condition that it breaks.

use cloister_abi::Reply;
use cloister_model::dispatch::Run;
use cloister_model::subject::{State as Life, SubjectId};

use crate::composition::{Action, Operation, Output, State};
use crate::explore::{Condition, explore};
use crate::scenario::{HIGH, LOW, Scenario, events};

/// A wrong rule of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutation {
    /// A restart also clears the next subject's events.
    RestartClearsAnother,
    /// A wait also takes the bits of the next subject.
    WaitTakesFromAnother,
    /// A signal answers whether the receiver was waiting.
    SignalTells,
    /// A command takes effect at once and takes the present frame from whoever runs.
    ControlPreempts,
    /// A frame that nobody used goes back to its subject.
    TimeComesBack,
    /// A fault of a subject ends the frame.
    FaultEndsFrame,
    /// Restart budgets are one.
    SharedBudget,
    /// A signal to another processor lets the receiver run, whoever has the frame.
    WakeUpDisturbs,
}

impl Mutation {
    /// Does the wrong thing after the right one.
    pub fn apply(
        self,
        scenario: &Scenario,
        before: &State,
        action: Action,
        after: &mut State,
        output: &mut Output,
    ) {
        let Action::Do(actor, operation) = action else { return };
        let happened = output.is_some();
        let count = after.conditions.len();
        let next = (actor.position() + 1) % count;
        let signals = operation == crate::scenario::signal(0) && happened;
        match self {
            Self::RestartClearsAnother => {
                if operation == Operation::Restored && happened {
                    after.events[next] = 0;
                    after.requests[next].0 = 0;
                }
            }
            Self::WaitTakesFromAnother => {
                if operation == crate::scenario::wait(1) && happened {
                    after.events[next] &= !1;
                }
            }
            Self::SignalTells => {
                if signals && let Some(target) = scenario.subject(actor).events.first() {
                    let receiver = before.conditions[target.receiver.position()].state;
                    let waiting =
                        !matches!(receiver, Life::Active(activity) if activity.mask() == 0);
                    *output = Some(Some(Reply::done(u64::from(waiting))));
                }
            }
            Self::ControlPreempts => {
                for (id, requests) in (0..).map(SubjectId).zip(after.requests.clone()) {
                    let condition = &mut after.conditions[id.position()];
                    if let Some(command) = requests.strongest() {
                        condition.state = condition.state.after_command(command);
                        after.processors[usize::from(scenario.subject(id).processor)].run =
                            Run::Idle;
                    }
                }
            }
            Self::TimeComesBack => {
                for processor in 0..after.processors.len() {
                    if after.processors[processor].run == Run::Idle {
                        after.processors[processor].holder =
                            after.processors[processor].slot.subject;
                        after.processors[processor].heirs_passed = 0;
                        after.dispatch(scenario, processor, &|dispatcher| dispatcher.wake_up());
                    }
                }
            }
            Self::FaultEndsFrame => {
                if operation == Operation::Fault && happened {
                    *after = after.step(scenario, Action::Tick, None).0;
                }
            }
            Self::SharedBudget => {
                if operation == Operation::Fault && happened {
                    after.conditions[next].budget = after.conditions[actor.position()].budget;
                }
            }
            Self::WakeUpDisturbs => {
                if signals && let Some(target) = scenario.subject(actor).events.first() {
                    let processor = scenario.subject(target.receiver).processor;
                    after.processors[usize::from(processor)].run = Run::Native(target.receiver);
                }
            }
        }
    }
}

/// The condition that a mutation breaks in a scenario.
#[track_caller]
fn finds(scenario: &Scenario, mutation: Mutation) -> Condition {
    match explore(scenario, Some(mutation)) {
        Err(finding) => finding.condition,
        Ok(states) => panic!("{mutation:?} is not found in {states} states of {}", scenario.name),
    }
}

#[track_caller]
fn finds_table(scenario: Scenario) -> Condition {
    match explore(&scenario, None) {
        Err(finding) => finding.condition,
        Ok(states) => panic!("the table is not found in {states} states of {}", scenario.name),
    }
}

#[test]
fn each_wrong_rule_is_found() {
    let control = Scenario::control(true, 1);
    assert_eq!(finds(&control, Mutation::RestartClearsAnother), Condition::Respect);
    assert_eq!(finds(&control, Mutation::SharedBudget), Condition::Respect);
    let guard = Scenario::guard(true, 1);
    assert_eq!(finds(&guard, Mutation::WaitTakesFromAnother), Condition::Respect);
    assert_eq!(finds(&guard, Mutation::SignalTells), Condition::Output);
    assert_eq!(finds(&control, Mutation::ControlPreempts), Condition::Step);
    assert_eq!(finds(&control, Mutation::FaultEndsFrame), Condition::Respect);
    finds(&Scenario::inheritance(false, 2), Mutation::TimeComesBack);
    let guard = Scenario::guard(true, 2);
    assert_eq!(finds(&guard, Mutation::WakeUpDisturbs), Condition::Respect);
}

#[test]
fn an_event_back_to_low_is_found() {
    let scenario = Scenario::guard(true, 2);
    let back = scenario.with_subject(2, |high| high.events = events(&[(0, 0)]));
    assert_eq!(finds_table(back), Condition::Respect);
}

#[test]
fn time_given_to_a_subject_that_does_not_dominate_is_found() {
    // The kernel believes that the subjects have other levels than the policy gave them.
    let scenario = Scenario::world(false, 1)
        .with_subject(0, |world| world.slack_to = &[])
        .with_subject(1, |high| {
            high.levels = LOW;
            high.slack_to = &[SubjectId(0)];
        });
    finds_table(scenario);
    let scenario = Scenario::inheritance(false, 1).with_subject(0, |low| {
        low.slack_to = &[SubjectId(2), SubjectId(1)];
    });
    let scenario = scenario.with_subject(1, |middle| middle.levels = HIGH);
    assert!(explore(&scenario, None).is_ok(), "the kernel itself leaves out who may not follow");
    let believed = scenario.with_subject(2, |top| top.levels = HIGH);
    finds_table(believed);
}

#[test]
fn a_right_that_the_policy_does_not_give_is_found() {
    let right = Scenario::control(true, 1).subject(SubjectId(2)).rights;
    let scenario = Scenario::control(true, 1).with_subject(1, |high| high.rights = right);
    let scenario = scenario.with_operations(1, Scenario::control(true, 1), 2);
    assert_eq!(finds_table(scenario), Condition::Respect);
}
