//! An auditor's commands, on the files of a booted machine.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser as _;
use cloister_attest::cli::Cli;
use cloister_evidence::{
    Token,
    claims::Decoded,
    exchange::{Answer, Request},
};
use cloister_tpm::{Tpm, command::EndorsementKind};

use crate::{certified::Maker, image::Image, swtpm::Swtpm};

/// Carries a command out, which has to end with `status` and say `text`.
#[track_caller]
fn expect(state: &Path, arguments: &[&str], status: u8, text: &str) {
    let state = state.display().to_string();
    let all = [&["cloister-attest", "--state", &state], arguments].concat();
    let mut said = Vec::new();
    let ended = Cli::try_parse_from(all).expect("a command").run(&mut said);
    let said = String::from_utf8_lossy(&said);
    assert_eq!(ended, status, "{arguments:?}: {said}");
    assert!(said.contains(text), "{arguments:?}: {said}");
}

/// What the machine answers to the second step of its enrolment, carried there by file: the same TPM opens
/// the credential.
fn activated(tpm: &Path, request: &[u8]) -> Vec<u8> {
    let Ok(Some(Request::Activate { credential_blob, secret })) = Request::parse(request) else {
        panic!("a request to activate")
    };
    let mut tpm = Tpm::new(Swtpm::start_in(tpm));
    tpm.startup().expect("a TPM");
    let endorsement = tpm.create_endorsement_key(EndorsementKind::Rsa2048).expect("a key");
    let attestation = tpm.create_attestation_key().expect("a key");
    let opened = tpm
        .activate_credential(attestation.handle, endorsement.handle, credential_blob, secret)
        .expect("the credential is for this TPM");
    let mut buffer = [0; 256];
    Answer::Activated(&opened).write(&mut buffer).expect("room").to_vec()
}

/// Enrols the machine with this TPM, whose maker is known; makes reference values from the image's files; and
/// verifies and shows the evidence.
pub fn audit(image: &Image, maker: &Maker, tpm: &Path, identity: &[u8], evidence: &[u8]) {
    let directory = image.directory.path();
    let path = |name: &str| directory.join(name).display().to_string();
    let write = |name: &str, bytes: &[u8]| std::fs::write(path(name), bytes).expect("a file");
    let read = |name: &str| std::fs::read(path(name)).expect(name);
    let state = directory.join("auditor");
    write("evidence", evidence);
    write("identity", identity);

    expect(&state, &["keygen", &path("builder.key")], 0, "for auditors");
    #[rustfmt::skip]
    expect(&state, &[
        "reference", "--manifest", &path("manifest"), "--policy", &path("policy.bin"),
        "--kernel", &path("kernel.elf"), "--boot-program", &path("BOOTX64.EFI"), "--secure-boot",
        "--key", &path("builder.key"), "--output", &path("desk.corim"), "--json", &path("desk.json"),
    ], 0, "PCR 8 will be ");

    let (root, intermediate) = (maker.root(), maker.intermediate());
    let (root, intermediate) =
        (root.to_str().expect("a path"), intermediate.to_str().expect("a path"));
    #[rustfmt::skip]
    expect(&state, &[
        "enrol", "--identity", &path("identity"), "--request", &path("request"), "--name", "desk",
        "--root", root, "--intermediate", intermediate,
    ], 0, "for the machine to answer");
    write("activated", &activated(tpm, &read("request")));
    let token = Token::parse(evidence).expect("a token");
    let claims = Decoded::parse(token.payload).expect("claims").claims;
    let machine = claims.machine.expect("a machine").to_string();
    let finish = ["enrol", "--activated", &path("activated"), "--machine", &machine];
    expect(&state, &finish, 0, "Enrolled: \"desk\"");

    // The challenger's nonce is always the same: the auditor's state says that it was issued.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let nonce = format!("{{\"issued\":{},\"expires\":{}}}", now - 1, now + 3600);
    let name = format!("auditor/nonces/{}.json", hex::encode(claims.nonce));
    write(&name, nonce.as_bytes());
    #[rustfmt::skip]
    let verify = [
        "verify", &path("evidence"), "--reference", &path("desk.corim"),
        "--reference-key", &path("builder.pub"), "--learn", "--allow-debug", "--allow-lost-records",
        "--json", &path("result.json"), "--cwt", &path("result.cwt"),
    ];
    expect(&state, &verify, 0, "The machine \"desk\" runs what it should, with what you let pass.");
    expect(&state, &verify, 1, "this may be a recording");
    expect(&state, &["inspect", &path("evidence")], 0, "guest image debian/initrd.img");
    expect(&state, &["inspect", &path("evidence")], 0, "Secure Boot       on");
}
