//! Other programs agree: tpm2-tools on quotes and logs, pycose and pycddl on tokens and forms.

mod support;

use std::{path::Path, process::Command};

use cloister::doctor::{self, requirement::Purpose};
use cloister_attest::{Allowances, State, appraise, key::SecretKey};
use cloister_bundle::Digest;
use cloister_evidence::exchange::{HEADER, MAX_REQUEST, Request};
use cloister_tpm::{AttestationKey, event_log::EventLog};
use p256::pkcs8::{EncodePublicKey as _, LineEnding};
use support::{Desk, digest, firmware_log::FirmwareLog, pcrs, reference};

fn run(program: &str, arguments: &[&str]) -> String {
    doctor::ensure(&[Purpose::Attestation]).expect("tpm2-tools");
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn tpm2_checkquote_accepts_a_quote() {
    let mut desk = Desk::new();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let key = AttestationKey::parse(&desk.key.public).unwrap();
    let public = p256::PublicKey::from_sec1_bytes(&key.point).unwrap();
    std::fs::write(path("key"), public.to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
    let quoted = desk.tpm.quote(desk.key.handle, &[5; 32], pcrs()).unwrap();
    std::fs::write(path("message"), quoted.attest).unwrap();
    std::fs::write(path("signature"), quoted.signature).unwrap();
    let qualification = "05".repeat(32);
    run(
        "tpm2_checkquote",
        &[
            "-u",
            &path("key"),
            "-m",
            &path("message"),
            "-s",
            &path("signature"),
            "-g",
            "sha256",
            "-q",
            &qualification,
        ],
    );
}

#[test]
fn tpm2_eventlog_replays_a_log_to_the_same_values() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let log = FirmwareLog::usual(&digest("boot program"));
    std::fs::write(&path, log.bytes()).unwrap();
    let printed = run("tpm2_eventlog", &[path.to_str().unwrap()]);
    let (_, values) = printed.split_once("\npcrs:").expect("values of PCRs");
    let bank = EventLog::parse(log.bytes()).unwrap().replay();
    for pcr in [0, 1, 4, 5, 7] {
        let line = format!("{pcr:2}  : 0x{}", Digest(*bank.get(pcr).unwrap()));
        let other = format!("{pcr:<2} : 0x{}", Digest(*bank.get(pcr).unwrap()));
        assert!(values.contains(&line) || values.contains(&other), "{line} is not in {values}");
    }
}

/// The programs of `check.py`, from PyPI.
const PACKAGES: [&str; 3] = ["pycose==1.1.0", "cbor2==5.9.0", "pycddl==0.6.4"];

#[test]
fn pycose_and_pycddl_accept_evidence_result_and_reference_values() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = environment.join("bin/python");
    let python = python.to_str().unwrap();
    if !environment.join("bin/complete").exists() {
        run("python3", &["-m", "venv", "--clear", environment.to_str().unwrap()]);
        run(python, &[&["-m", "pip", "--quiet", "install"][..], &PACKAGES].concat());
        std::fs::write(environment.join("bin/complete"), b"").unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(directory.path().join(name), bytes).unwrap();
    };
    let state = State::open(&directory.path().join("state")).unwrap();
    let mut desk = Desk::new();
    desk.enrol(&state);
    let nonce = state.issue_nonce(1000, 60).unwrap();
    let evidence = desk.evidence(&nonce);
    let key = SecretKey::generate().unwrap();
    let appraisal =
        appraise(&evidence, &state, &[reference()], Allowances::default(), 1000).unwrap();
    write("evidence", &evidence);
    write("result", &appraisal.to_cwt(&key).unwrap());
    write("reference", &reference().to_corim(&key).unwrap());
    write("key", key.public().to_pem().unwrap().as_bytes());
    let mut buffer = [0; HEADER + MAX_REQUEST];
    for (name, request) in [
        ("challenge-request", Request::Challenge { nonce: &nonce }),
        ("identity-request", Request::Identity),
        ("activate-request", Request::Activate { credential_blob: &[1; 68], secret: &[2; 256] }),
    ] {
        write(name, request.write(&mut buffer).unwrap());
    }
    let script = here.join("tests/other_tools/check.py");
    let document = here.join("../../docs/evidence.md");
    let arguments =
        [script.as_path(), document.as_path(), directory.path()].map(|path| path.to_str().unwrap());
    run(python, &arguments);
}
