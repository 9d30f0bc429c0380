//! Who makes evidence, and where an auditor asks for it.

use serde::{Deserialize, Serialize};

use crate::{NetworkIndex, SubjectIndex};

/// The attester.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// The component.
    pub component: SubjectIndex,
    /// The outside network that it answers on; none answers on the trusted screen only.
    pub network: Option<NetworkIndex>,
    /// The TCP port that it answers on.
    pub port: u16,
    /// Whether there must be a TPM.
    pub tpm: TpmRule,
}

/// Whether there must be a TPM.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum TpmRule {
    /// Boot halts without one.
    #[default]
    Required,
    /// Evidence says that there was none.
    Optional,
}
