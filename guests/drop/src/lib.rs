//! File drop: the files of a directory of one world appear in a directory of another, over a ring channel
//! that has no way back.
//!
//! ```text
//! directory ─ Source ─ records ─ ring in the channel's memory ─ Receiver ─ directory
//! ```
//!
//! The sender hears of nothing. It sends each file several times ([`source`]); the receiver keeps the
//! blocks that it has ([`partial`]) over its own restarts and the sender's, and puts the file under its
//! name when all are there and have the right digest ([`receiver`]). Repetition is what fits this
//! medium: records are whole or lost, and they are lost many at once, when the reader was too slow
//! for as long as the ring lasts; codes that mend scattered losses would mend none of these.
//!
//! The receiver trusts nothing that comes: names, sizes, numbers and contents are the sender's.

#![deny(unsafe_code)]

pub mod device;
pub mod name;
pub mod pace;
pub mod partial;
pub mod progress;
pub mod receiver;
pub mod record;
pub mod source;

mod completed;
mod digest;
