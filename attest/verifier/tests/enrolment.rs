//! Enrolment: a key is known only if its TPM has proven that it is its own.

mod support;

use cloister_attest::{
    AttestError, State,
    enrolment::{self, Credential, EndorsementKey, Trust},
    state::Machine,
    time,
};
use cloister_evidence::exchange::{Answer, HEADER, MAX_REQUEST, Request};
use cloister_tpm::{command::EndorsementKind, name};
use support::{Boot, Desk, attester::answer, certified::Maker, swtpm::Swtpm};

fn message(request: &Request<'_>) -> Vec<u8> {
    request.write(&mut [0; HEADER + MAX_REQUEST]).unwrap().to_vec()
}

fn activation(credential: &Credential) -> Vec<u8> {
    message(&Request::Activate { credential_blob: &credential.blob, secret: &credential.secret })
}

fn desk_of(maker: &Maker, tpm: &str) -> Desk {
    Desk::boot_on(Swtpm::start_in(&maker.make(tpm)), Boot::default())
}

fn enrol(desk: &mut Desk, state: &State, trust: &Trust) -> Result<Machine, AttestError> {
    let identity = answer(desk, &message(&Request::Identity));
    let (identity, credential) = enrolment::begin(state, &identity, "desk-7", trust, time::now())?;
    enrolment::finish(state, identity, &answer(desk, &activation(&credential)))
}

#[test]
fn a_machine_with_a_certified_tpm_is_enrolled() {
    let maker = Maker::new();
    let mut desk = desk_of(&maker, "one");
    let state = State::open(maker.directory()).unwrap();
    let trust = Trust::read(&[maker.root()], &[maker.intermediate()]).unwrap();
    let machine = enrol(&mut desk, &state, &trust).unwrap();
    assert_eq!(machine.identity, desk.identity().0);
    assert_eq!(state.machine(desk.identity()).unwrap(), Some(machine));
}

#[test]
fn an_untrusted_maker_or_a_missing_link_is_refused() {
    let (maker, other) = (Maker::new(), Maker::new());
    let mut desk = desk_of(&maker, "one");
    other.make("two");
    let state = State::open(maker.directory()).unwrap();
    let trusts = [
        Trust::read(&[other.root()], &[other.intermediate()]).unwrap(),
        Trust::read(&[maker.root()], &[other.intermediate()]).unwrap(),
        Trust::read(&[other.root()], &[maker.intermediate()]).unwrap(),
        Trust::default(),
    ];
    for trust in trusts {
        let error = enrol(&mut desk, &state, &trust).unwrap_err().to_string();
        assert!(error.contains("no trusted certificate is that of the issuer \"CN="), "{error}");
    }
    assert_eq!(state.machine(desk.identity()).unwrap(), None);
}

#[test]
fn a_certificate_of_another_tpm_is_refused() {
    let maker = Maker::new();
    let (mut desk, mut other) = (desk_of(&maker, "one"), desk_of(&maker, "two"));
    let state = State::open(maker.directory()).unwrap();
    let trust = Trust::read(&[maker.root()], &[maker.intermediate()]).unwrap();
    let (mine, theirs) = (
        answer(&mut desk, &message(&Request::Identity)),
        answer(&mut other, &message(&Request::Identity)),
    );
    let (
        Ok(Answer::Identity { certificate, .. }),
        Ok(Answer::Identity { endorsement_key, attestation_key, .. }),
    ) = (Answer::parse(&theirs), Answer::parse(&mine))
    else {
        panic!("identities")
    };
    let mut buffer = [0; 8192];
    let mixed = Answer::Identity { certificate, endorsement_key, attestation_key };
    let mixed = mixed.write(&mut buffer).unwrap();
    let error = enrolment::begin(&state, mixed, "x", &trust, time::now()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not enrolled: the certificate is for another endorsement key than the machine's"
    );
    // Certificate and endorsement key of one TPM, attestation key of another: it cannot be activated.
    let Ok(Answer::Identity { endorsement_key, .. }) = Answer::parse(&theirs) else {
        panic!("an identity")
    };
    let mut buffer = [0; 8192];
    let mixed = Answer::Identity { certificate, endorsement_key, attestation_key };
    let mixed = mixed.write(&mut buffer).unwrap();
    let (identity, credential) = enrolment::begin(&state, mixed, "x", &trust, time::now()).unwrap();
    for desk in [&mut desk, &mut other] {
        let refused = answer(desk, &activation(&credential));
        assert!(matches!(Answer::parse(&refused), Ok(Answer::Problem(_))));
    }
    let mut buffer = [0; 64];
    let guess = Answer::Activated(&[0; 32]).write(&mut buffer).unwrap();
    let error = enrolment::finish(&state, identity, guess).unwrap_err().to_string();
    assert_eq!(
        error,
        "not enrolled: the machine did not tell the secret: its attestation key is not in the TPM \
         that the certificate is for"
    );
    // There is one try.
    let error = enrolment::finish(&state, identity, guess).unwrap_err().to_string();
    assert_eq!(error, "not enrolled: nothing was asked of this machine, or it has answered before");
}

#[test]
fn an_outdated_certificate_is_refused() {
    let maker = Maker::new();
    let mut desk = desk_of(&maker, "one");
    let state = State::open(maker.directory()).unwrap();
    let trust = Trust::read(&[maker.root()], &[maker.intermediate()]).unwrap();
    let identity = answer(&mut desk, &message(&Request::Identity));
    // Before any, and after the year 9999, in which the tests' certificates end.
    for now in [0, 300_000_000_000] {
        let error = enrolment::begin(&state, &identity, "x", &trust, now).unwrap_err().to_string();
        assert!(error.ends_with("is not valid now"), "{error}");
    }
}

/// Both kinds of endorsement keys open what was encrypted to them, and only for the right key.
#[test]
fn credentials_open_in_the_tpm_that_they_are_for() {
    let mut desk = Desk::new();
    for kind in [EndorsementKind::Rsa2048, EndorsementKind::P256] {
        let loaded = desk.tpm.create_endorsement_key(kind).unwrap();
        let key = EndorsementKey::parse(&loaded.public).unwrap();
        let good = Credential::make(&key, &name(&desk.key.public), &[7; 32]).unwrap();
        let handle = desk.key.handle;
        let mut activate = |credential: &Credential| {
            desk.tpm.activate_credential(
                handle,
                loaded.handle,
                &credential.blob,
                &credential.secret,
            )
        };
        assert_eq!(activate(&good).unwrap(), [7; 32], "{kind:?}");
        let other = Credential::make(&key, &name(b"another key"), &[7; 32]).unwrap();
        assert!(activate(&other).is_err());
        let mut altered = good.clone();
        altered.blob[40] ^= 1;
        assert!(activate(&altered).is_err());
        assert_eq!(activate(&good).unwrap(), [7; 32]);
        desk.tpm.flush(loaded.handle).unwrap();
    }
}
