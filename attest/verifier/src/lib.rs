//! The verifier: enrols machines, challenges them, and appraises their evidence.
//!
//! Nothing is accepted by default. Evidence is affirmed only if every check of [`appraisal`] passes,
//! and a check for which nothing is known to compare with fails.

#![forbid(unsafe_code)]

pub mod appraisal;
pub mod cli;
mod cose;
pub mod enrolment;
mod error;
pub mod inspect;
pub mod key;
pub mod network;
pub mod output_file;
pub mod reference;
pub mod result;
pub mod state;
pub mod table;
pub mod time;

pub use appraisal::{Allowances, Appraisal, Finding, Knowledge, Outcome, appraise};
pub use error::AttestError;
pub use reference::Reference;
pub use state::State;
