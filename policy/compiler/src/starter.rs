//! The policy that `init` writes.

/// A commented policy with one world, without errors.
pub const STARTER: &str = include_str!("starter.toml");
