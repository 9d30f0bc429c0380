//! Reference values come from what an image is made of, and predict what it measures.

mod support;

use std::io;

use cloister_attest::{
    authenticode,
    reference::{Kind, Sources},
};
use cloister_bundle::{Digest, Entry, Role, manifest};
use cloister_policy::{
    compile::{self, Options},
    date::Day,
    files::{FileSource, ReadSeek},
};
use object::write::pe::{NtHeaders, Writer};
use sha2::{Digest as _, Sha256};

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
    manifest::encode(&[
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

/// A small EFI program.
fn program() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(true, 4096, 512, &mut bytes);
    writer.reserve_dos_header_and_stub();
    writer.reserve_nt_headers(16);
    writer.reserve_section_headers(1);
    let text = writer.reserve_text_section(1000);
    writer.write_dos_header_and_stub().unwrap();
    writer.write_nt_headers(NtHeaders {
        machine: object::pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics: object::pe::IMAGE_FILE_EXECUTABLE_IMAGE,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: text.virtual_address,
        image_base: 0x1_0000_0000,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: object::pe::IMAGE_SUBSYSTEM_EFI_APPLICATION,
        dll_characteristics: object::pe::DllFlags(0),
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    });
    writer.write_section_headers();
    writer.write_section(text.file_offset, &[0x90; 1000]);
    bytes
}

#[test]
fn the_boot_programs_digest_leaves_out_checksum_and_signatures() {
    let plain = program();
    let digest = authenticode::digest(&plain).unwrap();
    // By the places that the PE format gives: e_lfanew, then the optional header's fields.
    let headers = u32::from_le_bytes(plain[0x3c..0x40].try_into().unwrap()) as usize;
    let (checksum, security) = (headers + 24 + 64, headers + 24 + 112 + 4 * 8);
    let mut hash = Sha256::new();
    hash.update(&plain[..checksum]);
    hash.update(&plain[checksum + 4..security]);
    hash.update(&plain[security + 8..]);
    assert_eq!(digest, Digest(hash.finalize().into()));

    let mut signed = plain.clone();
    signed[checksum] = 0x77;
    let length = u32::try_from(plain.len()).unwrap();
    signed[security..security + 4].copy_from_slice(&length.to_le_bytes());
    signed[security + 4..security + 8].copy_from_slice(&16_u32.to_le_bytes());
    signed.extend([0xaa; 16]);
    assert_eq!(authenticode::digest(&signed).unwrap(), digest);

    let mut altered = plain.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert_ne!(authenticode::digest(&altered).unwrap(), digest);
    assert!(authenticode::digest(b"MZ").is_err());
}
