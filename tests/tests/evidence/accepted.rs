//! Evidence of a boot, of firmware with Secure Boot and a TPM, is accepted for its image.

use std::{
    thread::{sleep, spawn},
    time::{Duration, Instant},
};

use cloister::{
    auditor::free_port,
    doctor::{self, requirement::Purpose},
    machine::{
        Options,
        enrolment::Certificates,
        options::{Forward, Network},
    },
};
use cloister_attest::{Reference, network::Client};
use cloister_evidence::{
    Token,
    claims::Decoded,
    exchange::{Answer, Problem},
};
use cloister_model::audit::{Kind, Record};
use cloister_tests::audit::{self, Journal};

use crate::{
    POLICY,
    auditor::{Auditor, NONCE},
    certified::Maker,
    commands,
    image::{Image, answers, evidence_of},
    tpm2_tools,
};

/// What evidence says of the kernel's records is their chain, with what was refused to the challenger. Nothing
/// is compared where the machine was so slow that records were lost.
fn records_are_chained(journal: &Journal, evidence: &[u8]) {
    let token = Token::parse(evidence).expect("a token");
    let heads = Decoded::parse(token.payload).expect("claims").claims.audit.expect("heads");
    let [head] = heads.as_slice() else { panic!("{heads:?}") };
    let count = usize::try_from(head.records).expect("a few");
    match journal.records().filter(|_| head.lost == 0) {
        Some(records) => {
            let records = &records[..count];
            assert_eq!(audit::chain(records), head.digest);
            let refused = |record: &Record| record.kind == Kind::Refused as u16;
            assert!(records.iter().any(refused), "what the challenger may not do is not there");
        }
        None => println!("too slow to look at each of {count} records, {} lost", head.lost),
    }
}

/// How long the attester may take to have an address and answer.
const PATIENCE: Duration = Duration::from_secs(180);

/// Challenges the attester from this machine, over its own network, as `cloister-attest challenge` does.
fn challenge(port: u16) -> Vec<u8> {
    let client = Client::new(&format!("127.0.0.1:{port}"), PATIENCE);
    let start = Instant::now();
    loop {
        match client.challenge(&NONCE) {
            Ok(evidence) => return evidence,
            Err(error) if start.elapsed() > PATIENCE => panic!("{error}"),
            Err(_) => sleep(Duration::from_millis(500)),
        }
    }
}

#[test]
fn evidence_of_a_boot_is_accepted_for_its_image() {
    let image = Image::build(POLICY);
    doctor::ensure(&[Purpose::SecureBoot]).expect("OVMF with Secure Boot, and virt-fw-vars");
    let maker = Maker::new();
    let tpm = maker.make("tpm");
    let enrolled = image.directory.path().join("enrolled.fd");
    let keys = Certificates::all(&image.appliance.certificate);
    keys.enrol(&enrolled).expect("a store with enrolled keys");
    let port = free_port(0).expect("a port");
    let forwards = vec![Forward { host: port, machine: 4433 }];
    let mut machine = image.start(&Options {
        memory: 1024,
        processors: 1,
        network: Some(Network { forwards }),
        enrolled: Some(enrolled),
        tpm_state: Some(tpm.clone()),
        ..Options::default()
    });
    machine.line("lock", |line| line == "milestone: locked");
    let mut journal = Journal::new(audit::place(&machine.log(), "recorder"));
    let by_network = spawn(move || challenge(port));
    let answers =
        answers(&mut machine, &[("challenger", 3)], |machine| journal.look(machine.machine()));
    while !by_network.is_finished() {
        journal.look(machine.machine());
        sleep(Duration::from_millis(50));
    }
    journal.look(machine.machine());
    let by_network = by_network.join().expect("an answer");
    let [refusal, by_channel, identity] = &answers[..] else { panic!("{} answers", answers.len()) };
    drop(machine);
    assert_eq!(Answer::parse(refusal), Ok(Answer::Problem(Problem::BadRequest)));
    let evidence = evidence_of(by_channel);
    let auditor = Auditor::knowing(evidence);
    let reference = Reference { secure_boot: true, ..image.reference() };
    match auditor.verdict(evidence, &reference) {
        Ok(table) => println!("{table}"),
        Err(failures) => panic!("refused:\n{}", failures.join("\n")),
    }
    assert_eq!(auditor.verdict(&by_network, &reference).err(), None);
    for evidence in [evidence, &by_network] {
        records_are_chained(&journal, evidence);
    }

    let token = Token::parse(evidence).expect("a token");
    let decoded = Decoded::parse(token.payload).expect("claims");
    tpm2_tools::confirm(&decoded, image.directory.path());

    commands::audit(&image, &maker, &tpm, identity, evidence);

    // One bit changed in the evidence.
    let mut altered = evidence.to_vec();
    altered[evidence.len() / 2] ^= 1;
    assert!(auditor.verdict(&altered, &reference).is_err());
}
