//! Reference values come from what an image is made of, and predict what it measures.

mod support;

use std::io;

use cloister_attest::reference::{Kind, Sources};
use cloister_bundle::{Digest, Entry, Role};
use cloister_bundle_writer::encode;
use cloister_policy::{
    compile::{self, Options},
    date::Day,
    files::{FileSource, ReadSeek},
};

/// The example with two worlds, compiled; every file that it names is there.
fn policy() -> Vec<u8> {
    struct AnyFiles;
    impl FileSource for AnyFiles {
        fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
            let mut bytes = vec![0; 0x300];
            if name.contains("vmlinuz") {
                bytes[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
                bytes[0x202..0x206].copy_from_slice(b"HdrS");
            } else {
                bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
                bytes[18] = 62;
            }
            Ok(Box::new(io::Cursor::new(bytes)))
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policy/examples/two-worlds.toml");
    let options = Options { files: Some(&AnyFiles), today: Day(20_000), ..Options::default() };
    let outcome = compile::check(path, std::fs::read(path).unwrap(), &options);
    compile::compile(&outcome).unwrap().bytes
}

fn manifest_of(policy: Digest) -> Vec<u8> {
    let entry = |name, role, sha256| Entry { name, role, size: 1, sha256 };
    let some = Digest([1; 32]);
    encode(&[
        entry("anchors", Role::TrustAnchors, some),
        entry("policy.bin", Role::Policy, policy),
        entry("policy.sig", Role::PolicySignature, some),
        entry("native/one", Role::Component, some),
        entry("debian/vmlinuz", Role::GuestImage, some),
    ])
    .unwrap()
}

#[test]
fn every_file_is_an_event_and_so_is_every_command_line() {
    let policy_bytes = policy();
    let manifest = manifest_of(Digest::of(&policy_bytes));
    let sources = Sources {
        manifest: &manifest,
        policy: &policy_bytes,
        kernel: b"kernel",
        boot_program: None,
    };
    let reference = sources.reference().unwrap();
    let [kernel, anchors, list, policy, signature, component, guest, lines @ ..] =
        &reference.events[..]
    else {
        panic!("too few events")
    };
    assert_eq!(kernel.sha256, Digest::of(b"kernel"));
    assert_eq!(anchors.kind, Kind::TrustAnchors);
    assert_eq!(list.sha256, Digest::of(&manifest));
    assert!(matches!(policy.kind, Kind::Policy { .. }));
    assert_eq!(policy.sha256, Digest::of(&policy_bytes));
    assert_eq!(signature.kind, Kind::PolicySignature);
    assert_eq!(component.kind, Kind::Component("native/one".to_owned()));
    assert_eq!(guest.kind, Kind::GuestImage("debian/vmlinuz".to_owned()));
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| matches!(line.kind, Kind::CommandLine(_))));
}

#[test]
fn a_policy_that_is_not_the_manifests_is_refused() {
    let manifest = manifest_of(Digest([2; 32]));
    let policy = policy();
    let sources =
        Sources { manifest: &manifest, policy: &policy, kernel: b"kernel", boot_program: None };
    assert_eq!(
        sources.reference().unwrap_err().to_string(),
        "the reference values are refused: the policy is not the one that the manifest names"
    );
}

#[test]
fn the_prediction_is_what_a_boot_measures() {
    let reference = support::reference();
    let events: Vec<_> = reference.events.iter().map(|expected| expected.event()).collect();
    let mut log = cloister_evidence::BootLog::<8192>::new();
    for event in events {
        let by = cloister_evidence::Measurer::BootProgram;
        log.push(&cloister_evidence::Record { by, event }).unwrap();
    }
    assert_eq!(reference.image_pcr().unwrap(), log.pcrs()[0]);
    let json = reference.to_json().unwrap();
    assert_eq!(json["image-pcr"]["sha256"], log.pcrs()[0].to_string());
    assert_eq!(json["events"].as_array().unwrap().len(), reference.events.len());
}
