//! An auditor who asked once, and knows one machine.

use cloister_attest::{
    Allowances, AttestError, Knowledge, Reference, appraise,
    state::{Endorsement, Machine, Nonce, NonceState},
    table,
};
use cloister_bundle::Digest;
use cloister_evidence::{Token, claims::Decoded};
use cloister_tpm::AttestationKey;

/// The nonce of `guests/native/src/challenge.rs`.
pub const NONCE: [u8; 32] = [0x5a; 32];
const NOW: u64 = 1_000_000;

/// The auditor.
pub struct Auditor {
    pub machine: Option<Machine>,
    pub allowances: Allowances,
}

impl Auditor {
    /// One who knows no machine, and lets pass debugging, and that a slow machine loses audit records.
    pub fn new() -> Self {
        let allowances =
            Allowances { debug: true, learn: true, lost_records: true, ..Allowances::default() };
        Self { machine: None, allowances }
    }

    /// One who knows the machine of this evidence.
    pub fn knowing(evidence: &[u8]) -> Self {
        let token = Token::parse(evidence).expect("a token");
        let decoded = Decoded::parse(token.payload).expect("claims");
        let key = decoded.tpm().expect("a quote").attestation_key;
        AttestationKey::parse(key).expect("an attestation key");
        let machine = Machine {
            format: 1,
            identity: Digest::of(key).0,
            name: "desk".to_owned(),
            attestation_key: key.to_vec(),
            endorsement: Endorsement {
                certificate: [0; 32],
                issuer: "swtpm".to_owned(),
                serial: "1".to_owned(),
            },
            enrolled: NOW,
            firmware: None,
            resource_map: None,
            accepted: Default::default(),
        };
        Self { machine: Some(machine), ..Self::new() }
    }

    /// What fails, each with its meaning; the table if nothing does.
    pub fn verdict(&self, evidence: &[u8], reference: &Reference) -> Result<String, Vec<String>> {
        let references = std::slice::from_ref(reference);
        let appraisal =
            appraise(evidence, self, references, self.allowances, NOW).expect("a result");
        if appraisal.is_acceptable() {
            return Ok(table::render(&appraisal));
        }
        Err(appraisal.failures().map(|it| format!("{}: {}", it.claim, it.meaning)).collect())
    }
}

impl Knowledge for Auditor {
    fn machine(&self, identity: Digest) -> Result<Option<Machine>, AttestError> {
        Ok(self.machine.clone().filter(|machine| machine.identity == identity.0))
    }

    fn use_nonce(&self, nonce: &[u8], now: u64) -> Result<NonceState, AttestError> {
        let issued = Nonce { issued: now - 1, expires: now + 60 };
        Ok(if nonce == NONCE { NonceState::Fresh(issued) } else { NonceState::Unknown })
    }
}
