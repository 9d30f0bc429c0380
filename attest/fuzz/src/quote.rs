//! What a TPM is said to have written, from anybody.

use cloister_attest::enrolment::{EndorsementKey, Trust};
use cloister_tpm::{AttestationKey, Quote, Signature};

/// Reading never panics, and nothing is a certificate of anyone who is trusted.
///
/// # Panics
/// When that does not hold.
pub fn quote(input: &[u8]) {
    let _ = Quote::parse(input);
    let _ = Signature::parse(input);
    let _ = AttestationKey::parse(input);
    if let Ok(key) = EndorsementKey::parse(input) {
        assert!(AttestationKey::parse(input).is_err(), "a key is not for both");
        assert!(Trust::default().verify(input, &key, 1000).is_err());
    }
    let some_key = EndorsementKey::P256([4; 65]);
    assert!(Trust::default().verify(input, &some_key, 1000).is_err());
}
