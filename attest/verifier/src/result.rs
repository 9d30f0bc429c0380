//! The result of an appraisal as an EAT Attestation Result (draft-ietf-rats-ear-04), with the
//! trustworthiness claims of draft-ietf-rats-ar4si: as JSON, and signed as CWT.

mod cbor;
mod json;

use crate::{
    Appraisal, AttestError,
    appraisal::{Aspect, Outcome},
    key::SecretKey,
};

/// The form of results.
pub const PROFILE: &str = "tag:ietf.org,2026:rats/ear#04";

/// The name of the one attester in results.
pub const SUBMODULE: &str = "cloister";

/// Who made the verifier.
const DEVELOPER: &str = "Cloister";

/// Aspects with their names and numbers (draft-ietf-rats-ar4si, 2.3.3).
const ASPECTS: [(Aspect, &str, u8); 5] = [
    (Aspect::Instance, "instance-identity", 0),
    (Aspect::Configuration, "configuration", 1),
    (Aspect::Executables, "executables", 2),
    (Aspect::Hardware, "hardware", 4),
    (Aspect::Runtime, "runtime-opaque", 5),
];

impl Appraisal {
    /// As JSON: the claims set of the result, which is not signed.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::write(self)
    }

    /// As a signed CWT.
    ///
    /// # Errors
    /// If it cannot be encoded, which does not happen.
    pub fn to_cwt(&self, key: &SecretKey) -> Result<Vec<u8>, AttestError> {
        cbor::write(self, key).map_err(|error| AttestError::Encoding(error.to_string()))
    }

    /// The tier of an outcome (draft-ietf-rats-ar4si, 2.3.2): its name and number.
    fn tier(outcome: Outcome) -> (&'static str, u8) {
        match outcome {
            Outcome::Passed => ("affirming", 2),
            Outcome::Warned => ("warning", 32),
            Outcome::Failed => ("contraindicated", 96),
        }
    }

    /// The trustworthiness vector: name, number and value of each aspect that was looked at.
    fn vector(&self) -> Vec<(&'static str, u8, u8)> {
        ASPECTS
            .iter()
            .filter_map(|(aspect, name, number)| {
                let about = self.findings.iter().filter(|finding| finding.aspect == *aspect);
                let worst = about.map(|finding| finding.outcome).max()?;
                Some((*name, *number, Self::tier(worst).1))
            })
            .collect()
    }

    /// What was appraised by: the reference values.
    fn policy_identifier(&self) -> Option<String> {
        let reference = self.reference?;
        Some(format!("tag:cloister.invalid,2026:reference:{reference}"))
    }

    fn build() -> String {
        format!("cloister-attest {}", env!("CARGO_PKG_VERSION"))
    }
}
