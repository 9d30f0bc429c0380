//! Every screen of the trusted GUI, rendered by the code that runs on the appliance, and the comparison
//! with the pictures that were looked at and accepted.
//!
//! `cargo run -p cloister-gallery` says what changed and writes pictures of it; with `--accept` what is
//! rendered now becomes what is expected.

#![forbid(unsafe_code)]

pub mod compare;
pub mod desk;
pub mod guest;
pub mod image;
pub mod scenes;

use std::path::PathBuf;

/// The command that makes what is rendered now the expected pictures.
pub const ACCEPT: &str = "cargo run -p cloister-gallery -- --accept";

/// Where the expected pictures are.
#[must_use]
pub fn golden_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../golden")
}
