//! Machines that were enrolled.

use std::collections::BTreeMap;

use cloister_evidence::{Heads, MAX_HEADS};
use serde::{Deserialize, Serialize};

/// A machine. It is who its attestation key is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// 1.
    pub format: u32,
    /// Digest of its attestation key's public area.
    #[serde(with = "hex::serde")]
    pub identity: [u8; 32],
    /// What people call it.
    pub name: String,
    /// Its attestation key's public area (TPMT_PUBLIC).
    #[serde(with = "hex::serde")]
    pub attestation_key: Vec<u8>,
    /// The TPM that the key was proven to live in.
    pub endorsement: Endorsement,
    /// When it was enrolled, in seconds since 1970.
    pub enrolled: u64,
    /// What its firmware's PCRs hold, once they were learned.
    pub firmware: Option<BTreeMap<u8, String>>,
    /// Its resource map, once it was learned.
    pub resource_map: Option<String>,
    /// From the newest evidence that was affirmed.
    pub accepted: Accepted,
}

/// The TPM's certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// Digest of the certificate.
    #[serde(with = "hex::serde")]
    pub certificate: [u8; 32],
    /// Who issued it.
    pub issuer: String,
    /// Its serial number, in hexadecimal.
    pub serial: String,
}

/// The highest that was accepted; nothing goes back behind it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Version of the policy.
    pub policy_version: u64,
    /// Boots.
    pub boot_count: u64,
    /// Resets of the TPM.
    pub reset_count: u32,
    /// The TPM's clock, in milliseconds.
    pub clock: u64,
    /// Where the chains of the kernel's audit records were.
    #[serde(default)]
    pub chained: Option<Chained>,
}

/// Where the chains of the kernel's audit records were in one boot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chained {
    /// The TPM's count of resets, by which boots are told apart.
    pub boot: u32,
    /// The heads, in the form in which channels carry them.
    #[serde(with = "hex::serde")]
    heads: Vec<u8>,
}

impl Chained {
    /// These heads.
    #[must_use]
    pub fn of(boot: u32, heads: &Heads) -> Self {
        Self { boot, heads: heads.write(&mut [0; MAX_HEADS]).to_owned() }
    }

    /// The heads; none if the file was damaged.
    #[must_use]
    pub fn heads(&self) -> Option<Heads> {
        Heads::read(&self.heads)
    }
}
