//! The attester, by itself on a TPM: what it does at its start, and that it can be enrolled and asked.

mod support;

use cloister_attest::{
    Allowances, State, appraise,
    enrolment::{self, Trust},
    table, time,
};
use cloister_attester::{Attester, Boot, Buffers, Extended};
use cloister_evidence::{
    LogView,
    exchange::{Answer, HEADER, MAX_REQUEST, Problem, Request},
    log::MACHINE_PCR,
};
use cloister_tpm::{Tpm, Transport};
use support::{Desk, certified::Maker, reference, swtpm::Swtpm};

/// The attester on a machine that booted the usual image.
fn started<'a, 't>(boot: Boot<'a>, tpm: &'t mut Swtpm) -> (Attester<'a, &'t mut Swtpm>, Extended) {
    Attester::with_tpm(boot, Tpm::new(tpm), "1.0").unwrap()
}

fn boot_of<'a>(log: LogView<'a>, firmware: &'a [u8]) -> Boot<'a> {
    Boot::parse(log.len(), log.items(), Some(firmware)).unwrap()
}

fn ask<T: Transport>(attester: &mut Attester<'_, T>, request: &Request<'_>) -> Vec<u8> {
    let message = request.write(&mut [0; HEADER + MAX_REQUEST]).unwrap().to_vec();
    let request = Request::parse(&message).unwrap().unwrap();
    attester.answer(&request, &mut Buffers::new()).to_vec()
}

#[test]
fn it_extends_the_machines_events_once_and_never_beside_others() {
    let desk = Desk::new();
    let boot = boot_of(desk.log.view().unwrap(), &desk.firmware);
    // A machine whose firmware measured nothing: what matters is the machine's PCR.
    let mut swtpm = Swtpm::start();
    Tpm::new(&mut swtpm).startup().unwrap();
    assert_eq!(started(boot, &mut swtpm).1, Extended::Now);
    let (mut attester, extended) = started(boot, &mut swtpm);
    assert_eq!(extended, Extended::Before);
    let challenge = Request::Challenge { nonce: &[7; 32] };
    assert!(matches!(Answer::parse(&ask(&mut attester, &challenge)), Ok(Answer::Evidence(_))));

    Tpm::new(&mut swtpm).pcr_extend(MACHINE_PCR, &[1; 32]).unwrap();
    assert_eq!(started(boot, &mut swtpm).1, Extended::Otherwise);
}

#[test]
fn its_key_is_lost_when_a_pcr_changes() {
    let desk = Desk::new();
    let boot = boot_of(desk.log.view().unwrap(), &desk.firmware);
    let (mut attester, _) = Attester::with_tpm(boot, desk.tpm, "1.0").unwrap();
    let challenge = Request::Challenge { nonce: &[7; 32] };
    assert!(matches!(Answer::parse(&ask(&mut attester, &challenge)), Ok(Answer::Evidence(_))));
    attester.tpm_mut().unwrap().pcr_extend(4, &[1; 32]).unwrap();
    let refused = ask(&mut attester, &challenge);
    assert_eq!(Answer::parse(&refused), Ok(Answer::Problem(Problem::Internal)));
}

#[test]
fn it_can_be_enrolled_and_then_affirmed() {
    let maker = Maker::new();
    let desk = Desk::boot_on(Swtpm::start_in(&maker.make("one")), support::Boot::default());
    let boot = boot_of(desk.log.view().unwrap(), &desk.firmware);
    let (mut attester, extended) = Attester::with_tpm(boot, desk.tpm, "1.0").unwrap();
    assert_eq!(extended, Extended::Before);

    let state = State::open(maker.directory()).unwrap();
    let trust = Trust::read(&[maker.root()], &[maker.intermediate()]).unwrap();
    let identity = ask(&mut attester, &Request::Identity);
    let (identity, credential) =
        enrolment::begin(&state, &identity, "desk-7", &trust, time::now()).unwrap();
    let wrong = Request::Activate { credential_blob: &credential.blob, secret: &[0; 256] };
    assert_eq!(
        Answer::parse(&ask(&mut attester, &wrong)),
        Ok(Answer::Problem(Problem::Refused)),
        "a credential that is not for this TPM"
    );
    let request =
        Request::Activate { credential_blob: &credential.blob, secret: &credential.secret };
    let activated = ask(&mut attester, &request);
    enrolment::finish(&state, identity, &activated).unwrap();

    let now = time::now();
    let nonce = state.issue_nonce(now, 60).unwrap();
    let answer = ask(&mut attester, &Request::Challenge { nonce: &nonce });
    let Ok(Answer::Evidence(evidence)) = Answer::parse(&answer) else { panic!("no evidence") };
    let learning = Allowances { learn: true, ..Allowances::default() };
    let appraisal = appraise(evidence, &state, &[reference()], learning, now).unwrap();
    assert!(appraisal.is_acceptable(), "{}", table::render(&appraisal));
}
