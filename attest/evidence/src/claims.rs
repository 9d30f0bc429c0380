//! What evidence says (EAT, RFC 9711, as a CWT claims set, RFC 8392).
//!
//! All claims but the last are bound to the TPM: the quote's qualifying data is their digest, and the
//! public key that signs the evidence is one of them. The last claim is the quote itself.

mod decode;
mod encode;
mod fault;
pub(crate) mod label;

pub use decode::{Decoded, MAX_PCRS};
pub use fault::ClaimsFault;

use cloister_audit_heads::Heads;
use cloister_bundle::Digest;
use sha2::{Digest as _, Sha256};

use crate::{LogView, Switches, Verdict};

/// The profile that evidence of this form names (RFC 9711, 6).
pub const PROFILE: &str = "tag:cloister.invalid,2026:evidence#1";

/// The software's name in evidence.
pub const SOFTWARE: &str = "Cloister";

/// Shortest nonce, in bytes.
pub const MIN_NONCE: usize = 16;

/// Longest nonce, in bytes (RFC 9711, 4.1).
pub const MAX_NONCE: usize = 64;

/// Longest version of the software, in bytes.
pub const MAX_VERSION: usize = 32;

/// The policy that is enforced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyClaim {
    /// Its version.
    pub version: u64,
    /// Digest of the compiled policy.
    pub sha256: Digest,
    /// Its switches.
    pub switches: Switches,
}

/// Everything that is bound to the TPM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claims<'a> {
    /// The ed25519 public key that signs this evidence.
    pub evidence_key: [u8; 32],
    /// What the auditor sent.
    pub nonce: &'a [u8],
    /// Who the machine is: the digest of its attestation key's public area; none without TPM.
    pub machine: Option<Digest>,
    /// Version of the software.
    pub version: &'a str,
    /// How often this machine has booted the appliance, as it counts itself.
    pub boot_count: u64,
    /// How often its TPM was reset; 0 without TPM.
    pub reset_count: u32,
    /// What the boot program measured.
    pub boot_log: LogView<'a>,
    /// The policy that is enforced.
    pub policy: PolicyClaim,
    /// Who reaches what, by the finished tables.
    pub resource_map: Digest,
    /// Whether that is what the policy says.
    pub isolation: Verdict,
    /// How far the kernel's audit records are chained; none where the policy has nobody do that.
    pub audit: Option<Heads>,
    /// The firmware's event log, where there is one (TCG, crypto-agile form).
    pub firmware_log: Option<&'a [u8]>,
}

/// What the TPM adds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TpmEvidence<'a> {
    /// What was signed (TPMS_ATTEST).
    pub attest: &'a [u8],
    /// The signature (TPMT_SIGNATURE).
    pub signature: &'a [u8],
    /// The attestation key's public area (TPMT_PUBLIC).
    pub attestation_key: &'a [u8],
    /// Which PCRs of the SHA-256 bank, one bit each.
    pub selection: u32,
    /// Their values, ascending, one after the other: to tell which one differs, not to be believed.
    pub values: &'a [[u8; 32]],
}

const BINDING: &[u8] = b"cloister evidence binding 1";

impl Claims<'_> {
    /// What the TPM's quote has to have as qualifying data: the digest of all claims but the quote.
    #[must_use]
    pub fn qualifying_data(&self) -> [u8; 32] {
        let mut encoder =
            minicbor::Encoder::new(crate::canonical::Hashing(Sha256::new().chain_update(BINDING)));
        // A digest takes everything.
        let _ = self.encode_bound(&mut encoder);
        encoder.into_writer().0.finalize().into()
    }

    /// The identity of the machine with this attestation key (its public area, TPMT_PUBLIC).
    #[must_use]
    pub fn machine_of(attestation_key: &[u8]) -> Digest {
        Digest::of(attestation_key)
    }
}
