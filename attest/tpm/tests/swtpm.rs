//! The commands on a TPM: swtpm, which behaves as the reference implementation does.

#[path = "../testing/swtpm.rs"]
mod swtpm;

use cloister_tpm::{
    AttestationKey, PcrBank, Quote, Selection, Signature, Tpm, TpmError, command::EndorsementKind,
};
use p256::ecdsa::{VerifyingKey, signature::Verifier as _};
use swtpm::Swtpm;

fn tpm() -> Tpm<Swtpm> {
    let mut tpm = Tpm::new(Swtpm::start());
    tpm.startup().unwrap();
    tpm
}

#[test]
fn extensions_are_as_computed() {
    let mut tpm = tpm();
    let selection = Selection::of(&[8, 9, 17]);
    let mut expected = PcrBank::after_reset();
    assert_eq!(tpm.pcr_read(selection).unwrap(), expected);
    for (pcr, digest) in [(8, [1; 32]), (9, [2; 32]), (8, [3; 32])] {
        tpm.pcr_extend(pcr, &digest).unwrap();
        expected.extend(pcr, &digest).unwrap();
    }
    assert_eq!(tpm.pcr_read(selection).unwrap(), expected);
}

#[test]
fn a_quote_verifies_and_says_what_was_asked() {
    let mut tpm = tpm();
    tpm.pcr_extend(8, &[1; 32]).unwrap();
    let selection = Selection::of(&[0, 7, 8, 9]);
    let bank = tpm.pcr_read(selection).unwrap();
    let key = tpm.create_attestation_key().unwrap();
    let parsed = AttestationKey::parse(&key.public).unwrap();
    let quoted = tpm.quote(key.handle, &[5; 32], selection).unwrap();
    let quote = Quote::parse(quoted.attest).unwrap();
    assert_eq!(quote.qualifying_data, [5; 32]);
    assert_eq!(quote.selection, selection);
    assert_eq!(quote.pcr_digest, bank.composite(selection));
    let signature = Signature::parse(quoted.signature).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&signature.0).unwrap();
    let verifying = VerifyingKey::from_sec1_bytes(&parsed.point).unwrap();
    verifying.verify(quoted.attest, &signature).unwrap();
}

#[test]
fn the_attestation_key_is_the_same_every_time() {
    let mut tpm = tpm();
    let first = tpm.create_attestation_key().unwrap();
    tpm.flush(first.handle).unwrap();
    let second = tpm.create_attestation_key().unwrap();
    assert_eq!(first.public, second.public);
}

#[test]
fn sealed_data_opens_until_a_pcr_changes() {
    let mut tpm = tpm();
    let selection = Selection::of(&[8, 9]);
    let sealed = tpm.seal(&[7; 32], selection).unwrap();
    for _ in 0..5 {
        assert_eq!(tpm.unseal(&sealed).unwrap(), [7; 32]);
    }
    tpm.pcr_extend(10, &[1; 32]).unwrap();
    assert_eq!(tpm.unseal(&sealed).unwrap(), [7; 32]);
    tpm.pcr_extend(9, &[1; 32]).unwrap();
    for _ in 0..5 {
        assert!(matches!(tpm.unseal(&sealed), Err(TpmError::Refused { .. })));
    }
    // Nothing was left behind: there are slots for the next.
    assert!(tpm.create_attestation_key().is_ok());
}

#[test]
fn endorsement_keys_of_both_kinds_can_be_made() {
    let mut tpm = tpm();
    for kind in [EndorsementKind::Rsa2048, EndorsementKind::P256] {
        let key = tpm.create_endorsement_key(kind).unwrap();
        assert!(AttestationKey::parse(&key.public).is_err());
        tpm.flush(key.handle).unwrap();
        assert_eq!(tpm.nv_read(kind.certificate_index(), &mut [0; 16]).unwrap(), None);
    }
}
