//! The public part of the attestation key, and what must hold of it.

use core::fmt;

use sha2::{Digest as _, Sha256};
use tpm2_protocol::{
    TpmUnmarshal as _,
    data::{
        TpmAlgId, TpmEccCurve, TpmaObject, TpmtPublic, TpmuAsymScheme, TpmuPublicId,
        TpmuPublicParms,
    },
};

/// The name of an object with name algorithm SHA-256: the algorithm's number and the digest of its
/// public area (Part 1, 16).
#[must_use]
pub fn name(public: &[u8]) -> [u8; 34] {
    let mut name = [0; 34];
    let (algorithm, digest) = name.split_at_mut(2);
    algorithm.copy_from_slice(&TpmAlgId::Sha256.value().to_be_bytes());
    digest.copy_from_slice(&Sha256::digest(public));
    name
}

/// An attestation key: ECDSA on P-256 with SHA-256, made by and bound to its TPM, which signs with
/// it only what the TPM itself has written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttestationKey {
    /// The point, uncompressed (SEC 1, 2.3.3): 4, x, y.
    pub point: [u8; 65],
    /// The key's name.
    pub name: [u8; 34],
}

/// Why a public area is not that of an attestation key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyFault {
    /// Cut off, with sizes that do not fit, or with something behind.
    Malformed,
    /// Not ECDSA on P-256 with SHA-256.
    Algorithm,
    /// Without the attributes that bind it to its TPM, or with others.
    Attributes(u32),
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the attestation key is malformed"),
            Self::Algorithm => {
                f.write_str("the attestation key is not for ECDSA with P-256 and SHA-256")
            }
            Self::Attributes(found) => write!(
                f,
                "the attestation key has attributes {found:#010x}: not restricted to what its TPM \
                 writes, or not bound to it"
            ),
        }
    }
}

/// What an attestation key is allowed to do, and nothing else.
const REQUIRED: TpmaObject = TpmaObject::from_bits_truncate(
    TpmaObject::FIXED_TPM.bits()
        | TpmaObject::FIXED_PARENT.bits()
        | TpmaObject::SENSITIVE_DATA_ORIGIN.bits()
        | TpmaObject::RESTRICTED.bits()
        | TpmaObject::SIGN_ENCRYPT.bits(),
);

/// Attributes that say how the key is used, not what it signs.
const HARMLESS: u32 = TpmaObject::USER_WITH_AUTH.bits() | TpmaObject::NO_DA.bits();

impl AttestationKey {
    /// Attributes that every attestation key has.
    pub const REQUIRED_ATTRIBUTES: u32 = REQUIRED.bits();

    /// Reads a public area (TPMT_PUBLIC, Part 2, 12.2.4).
    ///
    /// # Errors
    /// Any [`KeyFault`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyFault> {
        let (public, rest) = TpmtPublic::unmarshal(bytes).map_err(|_| KeyFault::Malformed)?;
        if !rest.is_empty() {
            return Err(KeyFault::Malformed);
        }
        let (TpmuPublicParms::Ecc(parameters), TpmuPublicId::Ecc(unique)) =
            (&public.parameters, &public.unique)
        else {
            return Err(KeyFault::Algorithm);
        };
        let scheme_fits = parameters.scheme.scheme == TpmAlgId::Ecdsa
            && matches!(&parameters.scheme.details,
                TpmuAsymScheme::Hash(hash) if hash.hash_alg == TpmAlgId::Sha256);
        if public.name_alg != TpmAlgId::Sha256
            || parameters.curve_id != TpmEccCurve::NistP256
            || !scheme_fits
        {
            return Err(KeyFault::Algorithm);
        }
        let found = public.object_attributes;
        if found.bits() & !HARMLESS != REQUIRED.bits() {
            return Err(KeyFault::Attributes(found.bits()));
        }
        let mut point = [0; 65];
        let (form, coordinates) = point.split_at_mut(1);
        form.fill(4);
        let (x, y) = coordinates.split_at_mut(32);
        for (coordinate, place) in [(&*unique.x, x), (&*unique.y, y)] {
            let start = place.len().checked_sub(coordinate.len()).ok_or(KeyFault::Malformed)?;
            place.get_mut(start..).ok_or(KeyFault::Malformed)?.copy_from_slice(coordinate);
        }
        Ok(Self { point, name: name(bytes) })
    }
}
