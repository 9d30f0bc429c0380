//! Explores every reachable state and checks the three conditions in each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use crate::composition::{Action, Domain, Output, State};
use crate::mutation::Mutation;
use crate::scenario::Scenario;
use crate::view::View;

/// The condition that does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    Output,
    Step,
    Respect,
}

/// A counterexample.
#[derive(Debug)]
pub struct Finding {
    pub scenario: String,
    pub condition: Condition,
    pub action: Action,
    /// Who sees what it must not.
    pub domain: Domain,
    pub before: State,
    pub after: State,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, condition, action, domain, before, after } = self;
        writeln!(formatter, "{scenario}: {condition:?} fails for {domain:?} at {action:?}")?;
        write!(formatter, "before: {before:?}\nafter: {after:?}")
    }
}

/// A fast hash: a million states are looked up some ten million times.
#[derive(Clone, Copy, Default)]
struct Multiply(u64);

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Multiply>>;

/// Numbers of values: equal values have equal numbers.
struct Numbers<T>(Map<T, u32>);

impl<T: std::hash::Hash + Eq> Numbers<T> {
    fn number(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap();
        *self.0.entry(value).or_insert(next)
    }
}

/// Notes `value` under `key`; false if another value stands there.
fn is_function<K: std::hash::Hash + Eq, V: PartialEq>(
    map: &mut Map<K, V>,
    key: K,
    value: V,
) -> bool {
    match map.entry(key) {
        Entry::Occupied(entry) => *entry.get() == value,
        Entry::Vacant(entry) => {
            entry.insert(value);
            true
        }
    }
}

/// Explores a scenario; returns how many states it has.
pub fn explore(scenario: &Scenario, mutation: Option<Mutation>) -> Result<usize, Box<Finding>> {
    let domains = scenario.domains();
    let actions = scenario.actions();
    let position = |domain| domains.iter().position(|&other| other == domain).unwrap();
    let mut views: Vec<Numbers<View>> = domains.iter().map(|_| Numbers(Map::default())).collect();
    let mut look = |state: &State| -> Vec<u32> {
        let pairs = domains.iter().zip(&mut views);
        pairs.map(|(&domain, numbers)| numbers.number(View::of(scenario, state, domain))).collect()
    };
    let first = State::first(scenario);
    let mut seen: Map<State, usize> = Map::from_iter([(first.clone(), 0)]);
    let mut looks = vec![look(&first)];
    let mut queue = vec![first];
    let mut outputs: Map<(usize, u32), Output> = Map::default();
    let mut steps: Map<(usize, usize, u32, u32), u32> = Map::default();

    let mut next = 0;
    while let Some(before) = queue.get(next).cloned() {
        let sight = looks[next].clone();
        for (number, &action) in actions.iter().enumerate() {
            let actor = position(action.domain());
            let (after, output) = before.step(scenario, action, mutation);
            let reached = *seen.entry(after.clone()).or_insert_with(|| {
                looks.push(look(&after));
                queue.push(after.clone());
                queue.len() - 1
            });
            let finding = |condition, domain| {
                let (before, after) = (before.clone(), after.clone());
                let scenario = scenario.name.to_owned();
                Err(Box::new(Finding { scenario, condition, action, domain, before, after }))
            };
            if !is_function(&mut outputs, (number, sight[actor]), output) {
                return finding(Condition::Output, action.domain());
            }
            for (viewer, &domain) in domains.iter().enumerate() {
                let (saw, sees) = (sight[viewer], looks[reached][viewer]);
                if saw != sees && !scenario.may_interfere(action.domain(), domain) {
                    return finding(Condition::Respect, domain);
                }
                if !is_function(&mut steps, (number, viewer, saw, sight[actor]), sees) {
                    return finding(Condition::Step, domain);
                }
            }
        }
        next += 1;
    }
    Ok(queue.len())
}
