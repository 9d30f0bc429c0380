//! Tokens: what is signed is read, and every bit counts.

use cloister_evidence::{
    BootLog, Claims, Digest, Event, Heads, Measurer, PolicyClaim, Record, Switches, TpmEvidence,
    Verdict,
    claims::Decoded,
    token::{self, Token, TokenFault},
};

const SEED: [u8; 32] = [3; 32];
/// The public half of the seed, as RFC 8032 derives it.
const KEY: &str = "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1";

fn log() -> BootLog<4096> {
    let mut log = BootLog::new();
    let digest = Digest([1; 32]);
    for event in [
        Event::Kernel(digest),
        Event::TrustAnchors(digest),
        Event::Manifest(digest),
        Event::Policy { sha256: Digest([4; 32]), version: 7, switches: Switches::default() },
        Event::PolicySignature(digest),
        Event::ResourceMap(Digest([5; 32])),
        Event::Isolation(Verdict::Passed),
        Event::Lock,
    ] {
        log.push(&Record { by: Measurer::BootProgram, event }).unwrap();
    }
    log
}

fn claims<'a>(log: &'a BootLog<4096>) -> Claims<'a> {
    let mut evidence_key = [0; 32];
    hex::decode_to_slice(KEY, &mut evidence_key).unwrap();
    Claims {
        evidence_key,
        nonce: &[9; 32],
        machine: Some(Digest([2; 32])),
        version: "0.1.0",
        boot_count: 12,
        reset_count: 3,
        boot_log: log.view().unwrap(),
        policy: PolicyClaim { version: 7, sha256: Digest([4; 32]), switches: Switches::default() },
        resource_map: Digest([5; 32]),
        isolation: Verdict::Passed,
        audit: Heads::read(&[6; 96]),
        firmware_log: Some(b"firmware log"),
    }
}

const TPM: TpmEvidence<'static> = TpmEvidence {
    attest: b"attest",
    signature: b"signature",
    attestation_key: b"key",
    selection: 0b101,
    values: &[[1; 32], [2; 32]],
};

fn signed(claims: &Claims<'_>, tpm: Option<&TpmEvidence<'_>>) -> Vec<u8> {
    let mut buffer = vec![0; 8192];
    token::sign(claims, tpm, &SEED, &mut buffer).unwrap().to_vec()
}

fn open(bytes: &[u8]) -> Result<Decoded<'_>, TokenFault> {
    let token = Token::parse(bytes)?;
    let decoded = Decoded::parse(token.payload)?;
    token.verify(&decoded.claims.evidence_key, &mut vec![0; bytes.len() + 64])?;
    Ok(decoded)
}

#[test]
fn what_was_signed_is_read() {
    let log = log();
    for tpm in [None, Some(&TPM)] {
        for (machine, firmware_log) in
            [(None, None), (Some(Digest([2; 32])), Some(&b"firmware log"[..]))]
        {
            let claims = Claims { machine, firmware_log, ..claims(&log) };
            let bytes = signed(&claims, tpm);
            let opened = open(&bytes).unwrap();
            assert_eq!(opened.claims, claims);
            assert_eq!(opened.tpm().as_ref(), tpm);
        }
    }
}

#[test]
fn every_bit_of_a_token_counts() {
    let log = log();
    let bytes = signed(&claims(&log), Some(&TPM));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn every_truncation_and_addition_is_refused() {
    let log = log();
    let mut bytes = signed(&claims(&log), Some(&TPM));
    for length in 0..bytes.len() {
        assert!(open(&bytes[..length]).is_err(), "{length} bytes");
    }
    bytes.push(0);
    assert_eq!(open(&bytes).unwrap_err(), TokenFault::TrailingBytes(1));
}

#[test]
fn the_binding_covers_every_claim_but_the_quote() {
    let log = log();
    let base = claims(&log);
    let bound = base.qualifying_data();
    let digest = Digest([0xee; 32]);
    let debug = Switches { debug: true, unsafe_dma: false };
    for changed in [
        Claims { evidence_key: [1; 32], ..base },
        Claims { nonce: &[8; 32], ..base },
        Claims { machine: None, ..base },
        Claims { version: "0.1.1", ..base },
        Claims { boot_count: 13, ..base },
        Claims { reset_count: 4, ..base },
        Claims { policy: PolicyClaim { version: 8, ..base.policy }, ..base },
        Claims { policy: PolicyClaim { sha256: digest, ..base.policy }, ..base },
        Claims { policy: PolicyClaim { switches: debug, ..base.policy }, ..base },
        Claims { resource_map: digest, ..base },
        Claims { isolation: Verdict::NotRun, ..base },
        Claims { audit: None, ..base },
        Claims { audit: Some(Heads::NONE), ..base },
        Claims { audit: Heads::read(&[6; 48]), ..base },
        Claims { firmware_log: None, ..base },
    ] {
        assert_ne!(changed.qualifying_data(), bound, "{changed:?}");
    }
}

#[test]
fn the_binding_is_over_the_encoded_claims() {
    let log = log();
    let claims = claims(&log);
    let bytes = signed(&claims, None);
    let payload = Token::parse(&bytes).unwrap().payload;
    // Without the map's head (one byte), and the last claim: its label (five bytes) and null.
    let bound = &payload[1..payload.len() - 6];
    let digest = Digest::of(&[b"cloister evidence binding 1", bound].concat());
    assert_eq!(claims.qualifying_data(), digest.0);
}

#[test]
fn claims_that_contradict_the_log_are_refused() {
    let log = log();
    let base = claims(&log);
    let older = PolicyClaim { version: 8, ..base.policy };
    for (changed, name) in [
        (Claims { policy: older, ..base }, "policy"),
        (Claims { resource_map: Digest([0; 32]), ..base }, "resource-map"),
        (Claims { isolation: Verdict::NotRun, ..base }, "isolation"),
    ] {
        assert_eq!(
            open(&signed(&changed, None)).unwrap_err().to_string(),
            format!("the claim \"{name}\" and the boot log contradict each other")
        );
    }
}

#[test]
fn a_buffer_that_is_too_small_is_no_panic() {
    let log = log();
    let claims = claims(&log);
    let needed = signed(&claims, Some(&TPM)).len();
    for length in 0..needed + 64 {
        let mut buffer = vec![0; length];
        if let Ok(token) = token::sign(&claims, Some(&TPM), &SEED, &mut buffer) {
            assert_eq!(token.len(), needed);
        }
    }
}

#[test]
fn another_key_than_the_claims_name_does_not_sign() {
    let log = log();
    let mut buffer = vec![0; 8192];
    let refused = token::sign(&claims(&log), None, &[4; 32], &mut buffer);
    assert_eq!(refused.unwrap_err(), TokenFault::Signature);
}
