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
        let mut log = Self::new();
        log.hashed(0, 0x8, b"1\0.\x000\0\0\0");
        log.extended(0, 0x8000_000a, &Digest::of(b"firmware volume"), b"a volume");
        log.hashed(7, 0x8000_0001, b"SecureBoot variable");
        log.extended(1, 0x8000_0002, &Digest::of(b"boot order"), b"boot order");
        log.hashed(4, 0x8000_0007, b"Calling EFI Application from Boot Option");
        for pcr in 0..8 {
            log.hashed(pcr, 0x4, &[0; 4]);
        }
        log.hashed(5, 0x8000_0006, b"partition table");
        log.extended(4, 0x8000_0003, boot_program, b"device path");
        log.hashed(5, 0x8000_0007, b"Exit Boot Services Invocation");
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
