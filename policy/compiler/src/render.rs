//! Findings for people, for programs, and for code review systems.

mod human;
mod json;
mod sarif;

pub use human::{Style, human};
pub use json::json;
pub use sarif::sarif;
