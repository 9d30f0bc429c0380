//! What is fuzzed of the monitor and of what worlds exchange, and what must hold for every input. Programs, corpus and replay
//! work as those of `policy/fuzz`.

#![forbid(unsafe_code)]

mod file_drop;
mod port;

pub use cloister_policy_fuzz::{Target, replay, replay_arguments};
pub use cloister_virtio::hostile::hostile as virtio;
pub use file_drop::file_drop;
pub use port::port;

/// All targets by name, which is also the name of the folder of its corpus.
pub const TARGETS: &[(&str, Target)] =
    &[("virtio", virtio), ("file-drop", file_drop), ("port", port)];
