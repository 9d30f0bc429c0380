//! Evidence from anybody.

use cloister_attest::{
    Allowances, AttestError, Knowledge, appraise, inspect,
    state::{Machine, Nonce, NonceState},
    table,
};
use cloister_bundle::Digest;
use cloister_evidence::{LogView, Token, claims::Decoded};

/// An auditor to whom every nonce is fresh, and who knows no machine.
struct Credulous;

impl Knowledge for Credulous {
    fn use_nonce(&self, _nonce: &[u8], now: u64) -> Result<NonceState, AttestError> {
        Ok(NonceState::Fresh(Nonce { issued: now, expires: now + 1 }))
    }

    fn machine(&self, _identity: Digest) -> Result<Option<Machine>, AttestError> {
        Ok(None)
    }
}

/// Reading never panics; what is read can be shown and appraised, and is not accepted: no input can
/// have been signed by a TPM that somebody enrolled. Claims and logs, which in evidence lie behind
/// a signature, are tried by themselves too.
///
/// # Panics
/// When that does not hold.
pub fn evidence(input: &[u8]) {
    let _ = inspect::render(input);
    let everything = Allowances {
        debug: true,
        unsafe_dma: true,
        lost_records: true,
        learn: true,
        relearn: true,
    };
    let appraisal = appraise(input, &Credulous, &[], everything, 1000).expect("nothing is asked");
    assert!(!appraisal.is_acceptable(), "nobody signed");
    let _ = table::render(&appraisal);
    let _ = appraisal.to_json();

    let payload = Token::parse(input).map_or(input, |token| token.payload);
    if let Ok(decoded) = Decoded::parse(payload) {
        let _ = decoded.claims.qualifying_data();
        let _ = decoded.claims.boot_log.replay();
        assert!(decoded.tpm().is_none_or(|tpm| tpm.values.len() <= 24));
    }
    if let Some((count, items)) = input.split_first()
        && let Ok(log) = LogView::parse(u16::from(*count), items)
    {
        assert_eq!(log.events().count(), usize::from(*count), "every event can be read");
        let last = log.events().last().map(|logged| logged.record.event.title());
        assert_eq!(last, Some("lock"), "a log ends with the lock");
    }
}
