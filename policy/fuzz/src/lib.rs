//! What is fuzzed, and what must hold for every input.
//!
//! Each target is a function that panics when a promise is broken. The programs in `src/bin` hand
//! it what libFuzzer finds; the tests hand it the kept corpus; and a program built without
//! `--cfg fuzzing` hands it the files on its command line, which is how a finding is looked at.

#![forbid(unsafe_code)]

mod binary;
mod file;
mod replay;
mod signature;
mod source;

pub use binary::binary;
pub use file::file;
pub use replay::{replay, replay_arguments};
pub use signature::signature;
pub use source::source;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// All targets by name, which is also the name of the folder of its corpus.
pub const TARGETS: &[(&str, Target)] =
    &[("binary", binary), ("file", file), ("signature", signature), ("source", source)];
