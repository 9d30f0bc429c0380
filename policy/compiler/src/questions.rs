//! Questions about policies: what may flow where and why, and what a change would change.
//!
//! All answers come from the model and the carrier graph that the checks use, so that no question
//! can be answered differently from how the policy is judged.

mod change;
mod commands;
mod explain;
mod graph;
mod hop;
mod reach;
mod reach_change;
mod review;
mod rules;
mod show;
mod statement;
mod what_if;

pub use change::{Change, Direction, changes};
pub use commands::{
    Answer, AssertArgs, DiffArgs, ExplainArgs, GraphArgs, GraphFormat, QuestionError, WhatIfArgs,
};
pub use explain::explain;
pub use graph::{dot, svg};
pub use reach::{Hindrance, Path, Reach};
pub use reach_change::{ReachChange, reach_changes};
pub use review::Reviewed;
pub use statement::{About, Statement, statements};
pub use what_if::{Edit, EditError, apply};
