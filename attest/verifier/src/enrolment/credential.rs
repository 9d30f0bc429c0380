//! Making a credential: a secret that only the TPM with an endorsement key opens, and only if it
//! also has the attestation key of a given name (TPM 2.0 Library, Part 1, 24; Part 3, 12.6).

use aes::{
    Aes128,
    cipher::{Block, BlockCipherEncrypt as _, KeyInit as _},
};
use hmac::{Hmac, Mac as _};
use p256::{
    PublicKey,
    ecdh::EphemeralSecret,
    elliptic_curve::{Generate as _, sec1::ToSec1Point as _},
};
use rsa::{BigUint, Oaep, RsaPublicKey, rand_core::OsRng};
use sha2::{Digest as _, Sha256};

use super::EndorsementKey;
use crate::AttestError;

/// A credential as the TPM takes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// TPMS_ID_OBJECT: the secret, encrypted and authenticated.
    pub blob: Vec<u8>,
    /// The seed of that, encrypted to the endorsement key.
    pub secret: Vec<u8>,
}

fn unusable(_: impl Sized) -> AttestError {
    AttestError::Enrolment("the endorsement key is not a possible one".to_owned())
}

impl Credential {
    /// Makes a credential for the object of `name` in the TPM with `endorsement`.
    ///
    /// # Errors
    /// [`AttestError::Enrolment`] if the key is not a possible one.
    pub fn make(
        endorsement: &EndorsementKey,
        name: &[u8],
        secret: &[u8],
    ) -> Result<Self, AttestError> {
        let (seed, encrypted_seed) = match endorsement {
            EndorsementKey::Rsa2048(modulus) => rsa_seed(modulus)?,
            EndorsementKey::P256(point) => p256_seed(point)?,
        };
        let mut identity = sized(secret);
        let key: [u8; 32] = kdf_a(&seed, "STORAGE", name, 128);
        encrypt(&key[..16], &mut identity);
        let key: [u8; 32] = kdf_a(&seed, "INTEGRITY", &[], 256);
        let outer = hmac(&key, &[&identity, name]);
        let blob = [sized(&outer), identity].concat();
        Ok(Self { blob, secret: encrypted_seed })
    }
}

/// A random seed, and the same encrypted (Part 1, B.10.4).
fn rsa_seed(modulus: &[u8]) -> Result<([u8; 32], Vec<u8>), AttestError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| AttestError::NoRandomness)?;
    let key = RsaPublicKey::new(BigUint::from_bytes_be(modulus), BigUint::from(65537_u32))
        .map_err(unusable)?;
    let padding = Oaep::new_with_label::<rsa::sha2::Sha256, _>("IDENTITY\0");
    let encrypted = key.encrypt(&mut OsRng, padding, &seed).map_err(unusable)?;
    Ok((seed, encrypted))
}

/// An agreed seed, and the point that agrees on it (Part 1, C.6.3).
fn p256_seed(point: &[u8; 65]) -> Result<([u8; 32], Vec<u8>), AttestError> {
    let theirs = PublicKey::from_sec1_bytes(point).map_err(unusable)?;
    let ephemeral = EphemeralSecret::try_generate().map_err(|_| AttestError::NoRandomness)?;
    let ours = ephemeral.public_key().to_sec1_point(false);
    let (our_x, our_y) = (&ours.as_bytes()[1..33], &ours.as_bytes()[33..65]);
    let shared = ephemeral.diffie_hellman(&theirs);
    let seed = Sha256::new()
        .chain_update(1_u32.to_be_bytes())
        .chain_update(shared.raw_secret_bytes())
        .chain_update("IDENTITY\0")
        .chain_update(our_x)
        .chain_update(&point[1..33])
        .finalize();
    Ok((seed.into(), [sized(our_x), sized(our_y)].concat()))
}

/// KDFa with SHA-256 (Part 1, 11.4.10.2), for at most 256 bits.
fn kdf_a(key: &[u8], label: &str, context: &[u8], bits: u32) -> [u8; 32] {
    let (counter, bits) = (1_u32.to_be_bytes(), bits.to_be_bytes());
    hmac(key, &[&counter, label.as_bytes(), &[0], context, &bits])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// AES-128 in cipher feedback mode, with a zero initialization vector.
fn encrypt(key: &[u8], bytes: &mut [u8]) {
    let cipher = Aes128::new_from_slice(key).expect("a key of 16 bytes");
    let mut feedback = Block::<Aes128>::default();
    for chunk in bytes.chunks_mut(16) {
        cipher.encrypt_block(&mut feedback);
        for (byte, mask) in chunk.iter_mut().zip(&feedback) {
            *byte ^= mask;
        }
        feedback[..chunk.len()].copy_from_slice(chunk);
    }
}

/// A sized buffer (TPM2B).
fn sized(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&size.to_be_bytes()[..], bytes].concat()
}
