//! The tool as an auditor uses it, on a machine that answers over TCP and by files.

mod support;

use std::{
    path::Path,
    process::{Command, Output},
};

use cloister_attest::{key::SecretKey, reference::Reference};
use cloister_evidence::exchange::{Answer, Request};
use support::{
    Boot, Desk,
    attester::{answer, serve},
    certified::Maker,
    reference,
    swtpm::Swtpm,
};

fn run(state: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloister-attest"))
        .arg("--state")
        .arg(state)
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn expect(output: &Output, status: i32, text: &str) {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(said.contains(text), "{said}");
}

/// Reference values in files.
fn written(directory: &Path) -> (String, String) {
    let key = SecretKey::generate().unwrap();
    let (values, public) = (directory.join("desk.corim"), directory.join("builder.pub"));
    std::fs::write(&values, reference().to_corim(&key).unwrap()).unwrap();
    key.public().create(&public).unwrap();
    (values.display().to_string(), public.display().to_string())
}

#[test]
fn an_auditor_enrols_challenges_and_verifies() {
    let maker = Maker::new();
    let directory = maker.directory();
    let state = directory.join("state");
    let desk = Desk::boot_on(Swtpm::start_in(&maker.make("tpm")), Boot::default());
    let (values, public) = written(directory);
    let (root, intermediate) = (maker.root(), maker.intermediate());
    let (root, intermediate) = (root.to_str().unwrap(), intermediate.to_str().unwrap());
    let (address, machine) = serve(desk, 4);
    let host = address.to_string();
    let by = ["--reference", values.as_str(), "--reference-key", public.as_str()];

    let enrol =
        ["enrol", &host, "--name", "desk-7", "--root", root, "--intermediate", intermediate];
    expect(&run(&state, &enrol), 0, "Enrolled: \"desk-7\"");

    let challenge = [&["challenge", &host][..], &by].concat();
    expect(&run(&state, &challenge), 1, "nobody has said which firmware this machine has");

    let evidence = directory.join("evidence").display().to_string();
    let (json, cwt) = (directory.join("result.json"), directory.join("result.cwt"));
    let learning = ["--learn", "--evidence", &evidence];
    let challenge = [&["challenge", &host][..], &by, &learning].concat();
    // Two requests to enrol, one before: this is the fourth.
    expect(&run(&state, &challenge), 0, "with what you let pass");
    let mut desk = machine.join().unwrap();

    let outputs = ["--json", json.to_str().unwrap(), "--cwt", cwt.to_str().unwrap()];
    let verify = [&["verify", &evidence][..], &by, &outputs].concat();
    expect(&run(&state, &verify), 1, "this may be a recording");
    let result: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(result["submods"]["cloister"]["ear_status"], "contraindicated");
    assert_eq!(std::fs::read(&cwt).unwrap()[..2], [0xd2, 0x84]);

    // By files, as for a machine without a network.
    let request = directory.join("request").display().to_string();
    expect(&run(&state, &["nonce", "-o", &request]), 0, "");
    let message = answer(&mut desk, &std::fs::read(&request).unwrap());
    let Ok(Answer::Evidence(token)) = Answer::parse(&message) else { panic!("evidence") };
    std::fs::write(&evidence, token).unwrap();
    expect(&run(&state, &["inspect", &evidence]), 0, "guest image debian/vmlinuz");
    let verify = [&["verify", &evidence][..], &by, &outputs].concat();
    expect(&run(&state, &verify), 0, "every check passed");
    let result: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(result["submods"]["cloister"]["ear_status"], "affirming");
    assert_eq!(result["eat_profile"], "tag:ietf.org,2026:rats/ear#04");
}

#[test]
fn enrolment_goes_by_files_too() {
    let maker = Maker::new();
    let directory = maker.directory();
    let state = directory.join("state");
    let mut desk = Desk::boot_on(Swtpm::start_in(&maker.make("tpm")), Boot::default());
    let path = |name: &str| directory.join(name).display().to_string();
    let mut buffer = [0; 64];
    let identity = answer(&mut desk, Request::Identity.write(&mut buffer).unwrap());
    std::fs::write(path("identity"), identity).unwrap();
    let (root, intermediate) = (maker.root(), maker.intermediate());
    let first = [
        "enrol",
        "--identity",
        &path("identity"),
        "--request",
        &path("request"),
        "--name",
        "desk-8",
        "--root",
        root.to_str().unwrap(),
        "--intermediate",
        intermediate.to_str().unwrap(),
    ];
    let machine = desk.identity().to_string();
    expect(&run(&state, &first), 0, &machine);
    let activated = answer(&mut desk, &std::fs::read(path("request")).unwrap());
    std::fs::write(path("activated"), activated).unwrap();
    let second = ["enrol", "--activated", &path("activated"), "--machine", &machine];
    expect(&run(&state, &second), 0, "Enrolled: \"desk-8\"");
    expect(&run(&state, &second), 1, "nothing was asked of this machine");
}

#[test]
fn what_keeps_a_command_from_being_carried_out_has_a_status_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (values, public) = written(path);
    let by = ["--reference", values.as_str(), "--reference-key", public.as_str()];
    expect(&run(path, &[&["verify", "/nowhere/evidence"][..], &by].concat()), 2, "cannot be read");
    expect(&run(path, &["challenge", "127.0.0.1:1"]), 2, "127.0.0.1:1: ");
    expect(&run(path, &["verify"]), 2, "Usage");
    let garbage = path.join("garbage").display().to_string();
    std::fs::write(&garbage, b"garbage").unwrap();
    expect(&run(path, &["verify", &garbage]), 1, "not evidence, or cut off");
    expect(&run(path, &["inspect", &garbage]), 2, "not evidence, or cut off");
}

#[test]
fn reference_values_count_only_with_the_right_signature() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (values, public) = written(path);
    let evidence = path.join("evidence").display().to_string();
    std::fs::write(&evidence, b"").unwrap();
    let verify = |more: &[&str]| run(path, &[&["verify", &evidence][..], more].concat());
    expect(
        &verify(&["--reference", &values]),
        1,
        "the reference values are refused: nobody was named whose signature counts",
    );
    expect(
        &verify(&["--reference", &values, "--development"]),
        1,
        "the reference values are refused: the signature is not of the key that was given",
    );
    let mut bytes = std::fs::read(&values).unwrap();
    let place = bytes.windows(9).position(|window| window == b"two desks").unwrap();
    bytes[place] = b'T';
    std::fs::write(&values, bytes).unwrap();
    let refused = verify(&["--reference", &values, "--reference-key", &public]);
    expect(&refused, 1, "the signature is not of the key that was given");
}

#[test]
fn keys_are_made_once_and_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let key = path.join("builder.key").display().to_string();
    expect(&run(path, &["keygen", &key]), 0, "readable by you only");
    expect(&run(path, &["keygen", &key]), 2, "is there already");
    let secret = SecretKey::read(Path::new(&key)).unwrap();
    for secure_boot in [false, true] {
        let values = Reference { secure_boot, ..reference() };
        let corim = values.to_corim(&secret).unwrap();
        assert_eq!(Reference::of_corim(&corim, &secret.public()).unwrap(), values);
    }
}
