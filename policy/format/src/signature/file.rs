//! The detached signature file.
//!
//! ```text
//! offset  bytes
//!      0      8  "CLSTRSIG"
//!      8      2  format version, little endian
//!     10      1  number of signatures that follow, at most 33
//!     11      1  zero
//!     12     32  SHA-256 of the policy
//!     44      1  role               \
//!     45     32  public key          | for each signature, ascending by role and key
//!     77     64  ed25519 signature  /
//! ```
//!
//! One set of signatures has one file: order is fixed, nothing is optional, nothing is ignored.

use super::{Digest, MAX_OFFICERS, Malformed, PublicKey, Role, SignatureError};

/// The version of this format, of the officers' record, and of what is signed.
pub const FORMAT_VERSION: u16 = 1;

/// The most signatures of one policy: an author, and approvers and successors as many as can be.
pub const MAX_SIGNATURES: usize = 1 + 2 * MAX_OFFICERS;

/// The first bytes of a signature file.
const MAGIC: &[u8; 8] = b"CLSTRSIG";

/// Bytes before the first signature.
const HEADER: usize = 12 + 32;

/// Bytes of one signature.
const ENTRY: usize = 1 + PublicKey::LENGTH + 64;

/// The longest signature file.
const MAX_LENGTH: usize = HEADER + MAX_SIGNATURES * ENTRY;

/// One signature, not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// As what the officer signed.
    pub role: Role,
    /// The key that is said to have signed.
    pub key: PublicKey,
    /// The ed25519 signature of [`super::message`].
    pub signature: [u8; 64],
}

impl Signature {
    /// What the file is ordered by, and has only once.
    const fn place(&self) -> (Role, PublicKey) {
        (self.role, self.key)
    }
}

/// The contents of a signature file, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFile {
    digest: Digest,
    signatures: heapless::Vec<Signature, MAX_SIGNATURES>,
}

impl SignatureFile {
    /// A file for the policy of this digest, without signatures yet.
    #[must_use]
    pub const fn new(digest: Digest) -> Self {
        Self { digest, signatures: heapless::Vec::new() }
    }

    /// The digest of the policy that the file says it is for.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The signatures, ascending by role and key.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature.
    ///
    /// # Errors
    /// [`Malformed::Order`] when this key has signed in this role, [`Malformed::TooMany`] when
    /// the file is full.
    pub fn add(&mut self, signature: Signature) -> Result<(), Malformed> {
        match self.signatures.binary_search_by_key(&signature.place(), Signature::place) {
            Ok(_) => Err(Malformed::Order),
            Err(place) => self.signatures.insert(place, signature).map_err(|_| Malformed::TooMany),
        }
    }

    /// The file's bytes.
    #[must_use]
    pub fn encode(&self) -> heapless::Vec<u8, MAX_LENGTH> {
        let mut bytes = heapless::Vec::new();
        let header = MAGIC
            .iter()
            .copied()
            .chain(FORMAT_VERSION.to_le_bytes())
            .chain([self.signatures.len() as u8, 0])
            .chain(self.digest);
        bytes.extend(header);
        for signature in &self.signatures {
            bytes.extend([signature.role as u8]);
            bytes.extend(signature.key.0);
            bytes.extend(signature.signature);
        }
        bytes
    }

    /// Reads a file that [`Self::encode`] wrote; accepts no other bytes. Verifies nothing.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, SignatureError> {
        if bytes.is_empty() {
            return Err(SignatureError::Unsigned);
        }
        let (fields, digest, entries) = split(bytes)?;
        let [count, reserved] = fields;
        if usize::from(count) > MAX_SIGNATURES {
            return Err(Malformed::TooMany.into());
        }
        if reserved != 0 {
            return Err(Malformed::Reserved.into());
        }
        let expected = HEADER + usize::from(count) * ENTRY;
        if bytes.len() < expected {
            return Err(SignatureError::Truncated { length: bytes.len(), expected });
        }
        if bytes.len() > expected {
            return Err(Malformed::Trailing.into());
        }
        let mut file = Self::new(digest);
        for entry in entries.as_chunks::<ENTRY>().0 {
            let signature = decode_entry(entry)?;
            if file.signatures.last().is_some_and(|last| last.place() >= signature.place()) {
                return Err(Malformed::Order.into());
            }
            file.add(signature)?;
        }
        Ok(file)
    }
}

/// Count and reserved byte, digest, and what follows them, of a file that begins as one.
fn split(bytes: &[u8]) -> Result<([u8; 2], Digest, &[u8]), SignatureError> {
    let short = SignatureError::Truncated { length: bytes.len(), expected: HEADER };
    if !bytes.iter().zip(MAGIC).all(|(found, wanted)| found == wanted) {
        return Err(Malformed::Magic.into());
    }
    let Some((&version, rest)) = bytes.get(MAGIC.len()..).and_then(<[u8]>::split_first_chunk)
    else {
        return Err(short);
    };
    let version = u16::from_le_bytes(version);
    if version != FORMAT_VERSION {
        return Err(SignatureError::OtherFormat(version));
    }
    let Some((&fields, rest)) = rest.split_first_chunk() else {
        return Err(short);
    };
    let Some((&digest, entries)) = rest.split_first_chunk() else {
        return Err(short);
    };
    Ok((fields, digest, entries))
}

fn decode_entry(entry: &[u8; ENTRY]) -> Result<Signature, Malformed> {
    let [number, key_and_signature @ ..] = entry;
    let (signature, key) = key_and_signature
        .split_last_chunk()
        .and_then(|(key, signature)| Some((signature, key.as_array()?)))
        .ok_or(Malformed::Trailing)?;
    Ok(Signature {
        role: Role::from_number(*number).ok_or(Malformed::Role(*number))?,
        key: PublicKey(*key),
        signature: *signature,
    })
}

#[cfg(test)]
mod tests;
