//! What a firmware measures, with its log.

use cloister_bundle::Digest;

/// A log, and what was extended.
#[derive(Clone)]
pub struct FirmwareLog {
    bytes: Vec<u8>,
    extensions: Vec<(u8, [u8; 32])>,
}

impl FirmwareLog {
    /// The header alone.
    pub fn new() -> Self {
        let mut data = b"Spec ID Event03\0".to_vec();
        data.extend([0, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, 0x0b, 0, 32, 0, 0]);
        let mut bytes = vec![0, 0, 0, 0, 3, 0, 0, 0];
        bytes.extend([0; 20]);
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        Self { bytes, extensions: Vec::new() }
    }

    /// What firmware measures on the way to one boot program.
    pub fn usual(boot_program: &Digest) -> Self {
        Self::with_secure_boot(&[0], boot_program)
    }

    /// The same with another value of the variable that says whether Secure Boot is on.
    pub fn with_secure_boot(value: &[u8], boot_program: &Digest) -> Self {
        let mut log = Self::new();
        let action = |text: &str| text.as_bytes().to_vec();
        log.hashed(0, 0x8, b"1\0.\x000\0\0\0");
        log.extended(0, 0x8000_000a, &Digest::of(b"firmware volume"), &blob("volume"));
        log.hashed(7, 0x8000_0001, &variable("SecureBoot", value));
        log.extended(1, 0x8000_0002, &Digest::of(b"boot order"), &variable("BootOrder", &[0, 0]));
        log.hashed(4, 0x8000_0007, &action("Calling EFI Application from Boot Option"));
        for pcr in 0..8 {
            log.hashed(pcr, 0x4, &[0; 4]);
        }
        // A partition table without partitions.
        log.hashed(5, 0x8000_0006, &[0; 100]);
        log.extended(4, 0x8000_0003, boot_program, &[0; 32]);
        log.hashed(5, 0x8000_0007, &action("Exit Boot Services Invocation"));
        log
    }

    /// An event whose digest is given.
    pub fn extended(&mut self, pcr: u8, kind: u32, digest: &Digest, data: &[u8]) {
        self.logged(pcr, kind, digest, data);
        self.extensions.push((pcr, digest.0));
    }

    /// An event that is logged, but not extended.
    pub fn logged(&mut self, pcr: u8, kind: u32, digest: &Digest, data: &[u8]) {
        self.bytes.extend(u32::from(pcr).to_le_bytes());
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend([1, 0, 0, 0, 0x0b, 0]);
        self.bytes.extend(digest.0);
        self.bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        self.bytes.extend(data);
    }

    /// An event whose digest is that of its data.
    pub fn hashed(&mut self, pcr: u8, kind: u32, data: &[u8]) {
        self.extended(pcr, kind, &Digest::of(data), data);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn extensions(&self) -> &[(u8, [u8; 32])] {
        &self.extensions
    }
}

/// A variable as firmware logs it: vendor, lengths, name, value (UEFI_VARIABLE_DATA).
pub fn variable(name: &str, value: &[u8]) -> Vec<u8> {
    // The vendor is UEFI itself: 8be4df61-93ca-11d2-aa0d-00e098032b8c.
    let mut data = 0x8be4_df61_u32.to_le_bytes().to_vec();
    data.extend([0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c]);
    data.extend((name.len() as u64).to_le_bytes());
    data.extend((value.len() as u64).to_le_bytes());
    data.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    data.extend(value);
    data
}

/// A part of the firmware as firmware logs it: name, place, length (UEFI_PLATFORM_FIRMWARE_BLOB2).
fn blob(name: &str) -> Vec<u8> {
    let mut data = vec![u8::try_from(name.len()).unwrap()];
    data.extend(name.as_bytes());
    data.extend([0; 16]);
    data
}
