//! TPM 2.0: what the attester says to it and what the verifier reads from it.
//!
//! Three layers, each usable without the ones above:
//! - [`interface`]: the register interfaces CRB and TIS, as state machines over [`interface::Registers`];
//! - [`command`]: the few commands that attestation needs, over a [`Transport`];
//! - the structures: [`Quote`], [`Selection`], [`PcrBank`], [`AttestationKey`], [`event_log`].
//!
//! Messages are encoded and decoded by `tpm2-protocol`. References are to the TPM 2.0 Library
//! Specification (revision 1.59) as "Part N", and to the TCG PC Client profiles by name.

#![no_std]
#![forbid(unsafe_code)]

pub mod command;
pub mod event_log;
pub mod interface;
mod pcr;
mod public;
mod quote;
mod selection;
mod signature;

pub use command::{Tpm, TpmError, Transport};
pub use pcr::{PcrBank, extend};
pub use public::{AttestationKey, KeyFault, name};
pub use quote::{Quote, QuoteFault};
pub use selection::{PCR_COUNT, Selection};
pub use signature::{Signature, SignatureFault};

/// A SHA-256 digest.
pub type Digest = [u8; 32];
