//! Debian's tools agree with quote and log.

use std::{path::Path, process::Command};

use cloister::doctor::{self, requirement::Purpose};
use cloister_evidence::claims::Decoded;
use cloister_tpm::event_log::EventLog;

/// Has `tpm2_checkquote` and `tpm2_eventlog` look at evidence; files go to `directory`.
pub fn confirm(decoded: &Decoded<'_>, directory: &Path) {
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
