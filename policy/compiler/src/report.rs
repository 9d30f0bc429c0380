//! The policy in prose.

use crate::compile::Outcome;

/// The policy in prose, to be read aloud.
pub fn report(outcome: &Outcome) -> String {
    outcome.source.name.clone()
}
