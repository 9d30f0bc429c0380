//! From boot to verdict: an appliance under UEFI with a TPM tells an auditor what it booted.

#![forbid(unsafe_code)]

use std::{path::Path, process::Command};

use cloister::{
    build::appliance::{Appliance, Request},
    doctor::{self, requirement::Purpose},
    machine::{Options, options::Firmware},
};
use cloister_attest::{
    Allowances, AttestError, Knowledge, Reference, appraise,
    reference::{Expected, Sources},
    state::{Machine, Nonce, NonceState},
    table,
};
use cloister_bundle::Digest;
use cloister_evidence::{
    Token,
    claims::Decoded,
    exchange::{Answer, Problem},
};
use cloister_tests::running::{Running, quickest};
use cloister_tpm::{AttestationKey, event_log::EventLog};
use tempfile::TempDir;

/// The nonce of `guests/native/src/challenge.rs`.
const NONCE: [u8; 32] = [0x5a; 32];
const NOW: u64 = 1_000_000;

const POLICY: &str = include_str!("../policies/attested.toml");

/// An appliance with its files.
struct Image {
    appliance: Appliance,
    directory: TempDir,
}

impl Image {
    fn build(policy: &str) -> Self {
        let needed = [Purpose::Build, Purpose::Run, Purpose::Uefi, Purpose::Tpm];
        doctor::ensure(&needed).expect("everything needed is there or can be installed");
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("policy.toml");
        std::fs::write(&file, policy).expect("the policy can be written");
        let request = Request { policy: file, ..Request::default() };
        let appliance =
            Appliance::build(&request, directory.path()).expect("the appliance can be built");
        Self { appliance, directory }
    }

    /// What the attester answers: by a channel what is no request and a challenge, by TCP a challenge.
    fn answers(&self, options: &Options) -> [Vec<u8>; 3] {
        let media = self.appliance.write(options.firmware, self.directory.path()).expect("media");
        let mut machine = Running::start_with(options, &media);
        for _ in 0..3 {
            machine.line("answer", |line| line.ends_with(" bytes is whole"));
        }
        let log = machine.log();
        let said_by = |subject: &str| {
            let prefix = format!("component: {subject}: answer ");
            let said = log.iter().filter_map(|line| line.strip_prefix(&prefix));
            let lines: Vec<_> = said.map(|said| hex::decode(said).ok()).collect();
            // A line that is no bytes ends an answer.
            let answers = lines.split(Option::is_none);
            answers.map(|lines| lines.iter().flatten().flatten().copied().collect()).collect()
        };
        let (by_channel, by_tcp): (Vec<Vec<u8>>, Vec<Vec<u8>>) =
            (said_by("challenger"), said_by("caller"));
        [by_channel[0].clone(), by_channel[1].clone(), by_tcp[0].clone()]
    }

    /// The reference values of this image.
    fn reference(&self) -> Reference {
        let file = |name| std::fs::read(self.directory.path().join(name)).expect(name);
        let sources = Sources {
            manifest: &file("manifest"),
            policy: &file("policy.bin"),
            kernel: &file("kernel.elf"),
            boot_program: Some(&file("BOOTX64.EFI")),
        };
        sources.reference().expect("reference values")
    }
}

/// An auditor who asked once, and knows this machine.
struct Auditor(Option<Machine>);

impl Auditor {
    fn of(attestation_key: &[u8]) -> Self {
        let accepted = Default::default();
        let endorsement = cloister_attest::state::Endorsement {
            certificate: [0; 32],
            issuer: "swtpm".to_owned(),
            serial: "1".to_owned(),
        };
        Self(Some(Machine {
            format: 1,
            identity: Digest::of(attestation_key).0,
            name: "desk".to_owned(),
            attestation_key: attestation_key.to_vec(),
            endorsement,
            enrolled: NOW,
            firmware: None,
            resource_map: None,
            accepted,
        }))
    }

    /// What fails, each with its meaning; the table if nothing does.
    fn verdict(&self, evidence: &[u8], reference: &Reference) -> Result<String, Vec<String>> {
        let allowances = Allowances { debug: true, learn: true, ..Allowances::default() };
        let references = std::slice::from_ref(reference);
        let appraisal = appraise(evidence, self, references, allowances, NOW).expect("a result");
        if appraisal.is_acceptable() {
            return Ok(table::render(&appraisal));
        }
        Err(appraisal.failures().map(|it| format!("{}: {}", it.claim, it.meaning)).collect())
    }
}

impl Knowledge for Auditor {
    fn machine(&self, identity: Digest) -> Result<Option<Machine>, AttestError> {
        Ok(self.0.clone().filter(|machine| machine.identity == identity.0))
    }

    fn use_nonce(&self, nonce: &[u8], now: u64) -> Result<NonceState, AttestError> {
        let issued = Nonce { issued: now - 1, expires: now + 60 };
        Ok(if nonce == NONCE { NonceState::Fresh(issued) } else { NonceState::Unknown })
    }
}

fn evidence_of(answer: &[u8]) -> &[u8] {
    match Answer::parse(answer) {
        Ok(Answer::Evidence(evidence)) => evidence,
        other => panic!("no evidence, but {other:?}"),
    }
}

/// Debian's tools agree with quote and log.
fn confirm_with_tpm2_tools(decoded: &Decoded<'_>, directory: &Path) {
    doctor::ensure(&[Purpose::Attestation]).expect("tpm2-tools");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let keep = |name: &str, bytes: &[u8]| {
        let path = directory.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    };
    let tpm = decoded.tpm().expect("a quote");
    // tpm2-tools read a TPM2B_PUBLIC as it is.
    let length = u16::try_from(tpm.attestation_key.len()).expect("short").to_be_bytes();
    let key = keep("key", &[&length, tpm.attestation_key].concat());
    let (message, signature) = (keep("quote", tpm.attest), keep("signature", tpm.signature));
    let qualification = hex::encode(decoded.claims.qualifying_data());
    let arguments =
        ["-u", &key, "-m", &message, "-s", &signature, "-g", "sha256", "-q", &qualification];
    run("tpm2_checkquote", &arguments);

    let bytes = decoded.claims.firmware_log.expect("a log");
    let printed = run("tpm2_eventlog", &[&keep("log", bytes)]);
    let (_, values) = printed.split_once("\npcrs:").expect("values of PCRs");
    let bank = EventLog::parse(bytes).expect("a log").replay();
    for pcr in [0, 4, 5, 7, 8] {
        let value = hex::encode(bank.get(pcr).expect("a PCR"));
        assert!(values.contains(&value), "PCR {pcr}: {value} is not in {values}");
    }
}

#[test]
fn evidence_of_a_boot_is_accepted_for_its_image_and_no_other() {
    let image = Image::build(POLICY);
    let options = Options { memory: 1024, processors: 1, ..Options::default() };
    let [refusal, by_channel, by_tcp] = image.answers(&options);
    assert_eq!(Answer::parse(&refusal), Ok(Answer::Problem(Problem::BadRequest)));
    let evidence = evidence_of(&by_channel);
    let token = Token::parse(evidence).expect("a token");
    let decoded = Decoded::parse(token.payload).expect("claims");
    let key = decoded.tpm().expect("a quote").attestation_key;
    AttestationKey::parse(key).expect("an attestation key");

    let auditor = Auditor::of(key);
    let reference = image.reference();
    match auditor.verdict(evidence, &reference) {
        Ok(table) => println!("{table}"),
        Err(failures) => panic!("refused:\n{}", failures.join("\n")),
    }
    assert_eq!(auditor.verdict(evidence_of(&by_tcp), &reference).err(), None);
    confirm_with_tpm2_tools(&decoded, image.directory.path());

    // One bit changed in a part of the image that the auditor expects.
    for part in ["kernel", "policy", "component native/attester", "guest image debian/initrd.img"] {
        let mut other = reference.clone();
        let is_part = |event: &&mut Expected| event.event().to_string() == part;
        let event = other.events.iter_mut().find(is_part).expect("a part");
        event.sha256.0[0] ^= 1;
        let failures = auditor.verdict(evidence, &other).expect_err("another image");
        let reason = format!("the content of the {part} is not the image's");
        assert!(failures.iter().any(|it| it.contains(&reason)), "{part}: {failures:?}");
    }

    // One bit changed in the evidence.
    let mut altered = evidence.to_vec();
    altered[evidence.len() / 2] ^= 1;
    assert!(auditor.verdict(&altered, &reference).is_err());
}

#[test]
fn a_machine_without_tpm_says_so_and_is_refused() {
    let image = Image::build(&POLICY.replace("\"required\"", "\"optional\""));
    let [_, evidence, _] = image.answers(&Options { firmware: Firmware::Pvh, ..quickest(1) });
    let evidence = evidence_of(&evidence);
    let failures = Auditor(None).verdict(evidence, &image.reference()).expect_err("no TPM");
    assert!(failures.iter().any(|it| it.contains("no TPM")), "{failures:?}");
}
