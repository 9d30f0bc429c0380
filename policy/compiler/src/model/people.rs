//! Officers and auditors.

use cloister_policy_format::TpmRule;

use super::{NetworkReference, SubjectReference};
use crate::source::{Located, Span};

/// Who approves the next policy.
#[derive(Clone, Debug, Default)]
pub struct Officers {
    /// The section's heading.
    pub span: Span,
    /// How many must sign.
    pub required: Option<Located<u64>>,
    /// Who wrote this policy.
    pub author: Option<Located<String>>,
    /// Whether all keys that are there are well-formed.
    pub complete: bool,
    /// The keys, by name.
    pub keys: Vec<Officer>,
}

/// An officer.
#[derive(Clone, Debug)]
pub struct Officer {
    /// The name.
    pub name: Located<String>,
    /// The ed25519 public key.
    pub key: Option<Located<[u8; 32]>>,
}

/// Who makes evidence.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// The section's heading.
    pub span: Span,
    /// The component.
    pub component: Option<SubjectReference>,
    /// The outside network that it answers on.
    pub network: Option<NetworkReference>,
    /// The TCP port; absent means 4433.
    pub port: Option<Located<u64>>,
    /// Whether there must be a TPM; absent means yes.
    pub tpm: Option<Located<TpmRule>>,
}
