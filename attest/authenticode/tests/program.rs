//! Signatures leave what is signed as it was, and are the same each time. That firmware takes them, and
//! nothing else, is shown by a boot: `tests/tests/appliance/secure_boot.rs`.

use cloister_authenticode::{ProgramFault, Signer, SignerError, SigningError, digest, sign};
use cloister_bundle::Digest;
use object::write::pe::{NtHeaders, Writer};
use sha2::{Digest as _, Sha256};

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
    let expected = digest(&plain).unwrap();
    // By the places that the PE format gives: e_lfanew, then the optional header's fields.
    let headers = u32::from_le_bytes(plain[0x3c..0x40].try_into().unwrap()) as usize;
    let (checksum, security) = (headers + 24 + 64, headers + 24 + 112 + 4 * 8);
    let mut hash = Sha256::new();
    hash.update(&plain[..checksum]);
    hash.update(&plain[checksum + 4..security]);
    hash.update(&plain[security + 8..]);
    assert_eq!(expected, Digest(hash.finalize().into()));

    let mut signed = plain.clone();
    signed[checksum] = 0x77;
    let length = u32::try_from(plain.len()).unwrap();
    signed[security..security + 4].copy_from_slice(&length.to_le_bytes());
    signed[security + 4..security + 8].copy_from_slice(&16_u32.to_le_bytes());
    signed.extend([0xaa; 16]);
    assert_eq!(digest(&signed).unwrap(), expected);

    let mut altered = plain.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert_ne!(digest(&altered).unwrap(), expected);
    assert!(digest(b"MZ").is_err());
}

#[test]
fn a_signature_changes_nothing_that_is_measured() {
    let signer = Signer::development().unwrap();
    assert!(signer.is_development());
    let plain = program();
    let signed = sign(&plain, &signer).unwrap();
    assert_eq!(digest(&signed), digest(&plain));
    assert_eq!(signed, sign(&plain, &signer).unwrap(), "a signature has no time in it");
    let again = sign(&signed, &signer).unwrap_err();
    assert!(matches!(again, SigningError::Program(ProgramFault::Signed)), "{again}");
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let development = include_str!("../development/certificate.pem");
    let other = include_str!("other-key.pem");
    assert!(matches!(Signer::from_pem(other, development), Err(SignerError::NotAPair)));
}
