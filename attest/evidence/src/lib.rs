//! The formats of evidence: what the boot program logs, what the attester signs, and what the
//! verifier reads. `docs/evidence.md` has the same as CDDL.
//!
//! - [`log`]: the boot log, a closed grammar of events, each of which is extended into a PCR;
//! - [`claims`]: what evidence says, and the part of it that a TPM's quote binds;
//! - [`token`]: claims as a signed token (EAT as CWT in COSE_Sign1);
//! - [`exchange`]: requests and answers of the attester's TCP endpoint;
//! - [`short_code`]: the boot's measurement for people to compare.
//!
//! Everything has exactly one encoding, and readers accept only that one.

#![no_std]
#![forbid(unsafe_code)]

mod canonical;
pub mod claims;
pub mod exchange;
pub mod log;
pub mod short_code;
pub mod token;

pub use claims::{Claims, PolicyClaim, TpmEvidence};
pub use cloister_audit_heads::{Head, Heads, MAX_BYTES as MAX_HEADS};
pub use cloister_bundle::Digest;
pub use log::{BootLog, Event, LogView, Measurer, Record, Switches, Verdict};
pub use short_code::ShortCode;
pub use token::Token;

/// Longest evidence in bytes: a boot log of the largest bundle and a long firmware log.
pub const MAX_EVIDENCE: usize = 192 * 1024;

/// Longest firmware event log that evidence carries, in bytes.
pub const MAX_FIRMWARE_LOG: usize = 96 * 1024;
