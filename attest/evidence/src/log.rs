//! The boot log: what the boot program measured, in order.
//!
//! What is extended into a PCR is the SHA-256 digest of the event's encoding, and that holds the
//! event's kind and all that it says: nothing of it can be read differently afterwards. The order of
//! events is a [`Grammar`]; a log that does not follow it is no log.

mod event;
mod grammar;
mod reader;
mod writer;

pub use event::{Event, EventFault, MAX_EVENT, MAX_NAME, Measurer, Record, Switches, Verdict};
pub use grammar::{Grammar, GrammarFault};
pub use reader::{LogFault, LogView, Logged};
pub use writer::{BootLog, Extension, Refused};

/// PCR of what was booted: the same on every machine that boots one image, so that it can be
/// predicted.
pub const IMAGE_PCR: u8 = 8;

/// PCR of what the machine made of it: resource map, isolation verdict, lock.
pub const MACHINE_PCR: u8 = 9;

/// Most events in a log: every file of the largest bundle, command lines, and what comes once.
pub const MAX_EVENTS: u16 = 640;
