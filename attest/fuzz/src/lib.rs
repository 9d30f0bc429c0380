//! What is fuzzed of attestation, and what must hold for every input. Programs, corpus and replay
//! work as those of `policy/fuzz`.

#![forbid(unsafe_code)]

mod attester;
mod evidence;
mod exchange;
mod firmware_log;
mod quote;

pub use attester::attester;
pub use cloister_policy_fuzz::{Target, replay, replay_arguments};
pub use evidence::evidence;
pub use exchange::exchange;
pub use firmware_log::firmware_log;
pub use quote::quote;

/// All targets by name, which is also the name of the folder of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("attester", attester),
    ("evidence", evidence),
    ("exchange", exchange),
    ("firmware-log", firmware_log),
    ("quote", quote),
];
