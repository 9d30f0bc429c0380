//! What a domain can see of a state.

use std::cmp::Ordering;

use cloister_abi::Reply;
use cloister_model::dispatch::{Condition, Processor, Run};
use cloister_model::schedule::Slot;
use cloister_model::subject::{CommandSet, SubjectId};

use crate::composition::{Domain, State};
use crate::scenario::Scenario;

/// One subject's own part of a state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Own {
    condition: Condition,
    events: u64,
    requests: CommandSet,
    seen: Option<Reply>,
    /// How it uses its processor, if it does.
    run: Option<Run>,
    /// Whether its turn to hold the present frame is to come, is now, or is over.
    turn: Option<Ordering>,
}

/// What a domain can see: all see the time and the plans; a subject sees itself and those whose
/// frames it may inherit, since when it gets them depends on these.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct View {
    time: u64,
    slots: Vec<Slot>,
    subjects: Vec<Own>,
}

impl View {
    /// What `domain` sees of `state`.
    pub fn of(scenario: &Scenario, state: &State, domain: Domain) -> Self {
        let slots = state.processors.iter().map(|processor| processor.slot).collect();
        let subjects = match domain {
            Domain::Time | Domain::Device(_) => Vec::new(),
            Domain::Subject(id) => {
                let seen = scenario.sources(id);
                seen.iter().map(|&source| own(scenario, state, source)).collect()
            }
        };
        Self { time: state.time, slots, subjects }
    }
}

fn own(scenario: &Scenario, state: &State, id: SubjectId) -> Own {
    let processor = &state.processors[usize::from(scenario.subject(id).processor)];
    Own {
        condition: state.conditions[id.position()],
        events: state.events[id.position()],
        requests: state.requests[id.position()],
        seen: state.seen[id.position()],
        run: Some(processor.run).filter(|run| run.subject() == Some(id)),
        turn: turn(scenario, processor, id),
    }
}

/// A subject sees its turn in the present frame: as the owner, or as an heir who may see all that
/// come before it. Whoever may not gets no turn.
fn turn(scenario: &Scenario, processor: &Processor, id: SubjectId) -> Option<Ordering> {
    let owner = processor.slot.subject?;
    let heirs = scenario.subject(owner).slack_to.iter().copied();
    let order = [owner].into_iter().chain(heirs);
    let turn = order.clone().position(|holder| holder == id)?;
    let may_have_it = order.take(turn).all(|earlier| scenario.may_see(id, earlier));
    may_have_it.then(|| processor.heirs_passed.cmp(&turn))
}
