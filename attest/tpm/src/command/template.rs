//! The public areas that keys are made from.

use tpm2_protocol::{
    TpmError,
    basic::TpmUint32,
    data::{
        Tpm2bDigest, Tpm2bEccParameter, Tpm2bPublic, Tpm2bPublicKeyRsa, TpmAlgId, TpmEccCurve,
        TpmaObject, TpmsEccParms, TpmsEccPoint, TpmsKeyedhashParms, TpmsRsaParms, TpmsSchemeHash,
        TpmtEccScheme, TpmtPublic, TpmtSymDefObject, TpmuAsymScheme, TpmuPublicId, TpmuPublicParms,
        TpmuSymKeyBits, TpmuSymMode,
    },
};

use crate::{AttestationKey, Digest};

/// PolicySecret of the endorsement hierarchy (TCG EK Credential Profile, B.6.2: PolicyA_SHA256).
const ENDORSEMENT_POLICY: Digest = [
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
];

fn attributes(list: &[TpmaObject]) -> TpmaObject {
    TpmaObject::from_bits_truncate(list.iter().fold(0, |bits, one| bits | one.bits()))
}

/// A storage key that the TPM made itself: restricted decryption.
fn storage_attributes(authorization: TpmaObject) -> TpmaObject {
    attributes(&[
        TpmaObject::FIXED_TPM,
        TpmaObject::FIXED_PARENT,
        TpmaObject::SENSITIVE_DATA_ORIGIN,
        TpmaObject::RESTRICTED,
        TpmaObject::DECRYPT,
        authorization,
    ])
}

fn aes128_cfb() -> TpmtSymDefObject {
    TpmtSymDefObject {
        algorithm: TpmAlgId::Aes,
        key_bits: TpmuSymKeyBits::Aes(128_u16.into()),
        mode: TpmuSymMode::Aes(TpmAlgId::Cfb),
    }
}

fn p256(symmetric: TpmtSymDefObject, scheme: TpmtEccScheme) -> TpmuPublicParms {
    let curve_id = TpmEccCurve::NistP256;
    TpmuPublicParms::Ecc(TpmsEccParms { symmetric, scheme, curve_id, ..TpmsEccParms::default() })
}

/// Template L-1: RSA 2048 (TCG EK Credential Profile, B.3.3).
pub fn endorsement_rsa2048() -> Result<Tpm2bPublic, TpmError> {
    let inner = TpmtPublic {
        object_type: TpmAlgId::Rsa,
        name_alg: TpmAlgId::Sha256,
        object_attributes: storage_attributes(TpmaObject::ADMIN_WITH_POLICY),
        auth_policy: Tpm2bDigest::try_from(&ENDORSEMENT_POLICY[..])?,
        parameters: TpmuPublicParms::Rsa(TpmsRsaParms {
            symmetric: aes128_cfb(),
            key_bits: 2048_u16.into(),
            exponent: TpmUint32::from(0_u32),
            ..TpmsRsaParms::default()
        }),
        unique: TpmuPublicId::Rsa(Tpm2bPublicKeyRsa::try_from(&[0; 256][..])?),
    };
    Ok(Tpm2bPublic { inner })
}

/// Template L-2: P-256 (TCG EK Credential Profile, B.3.4).
pub fn endorsement_p256() -> Result<Tpm2bPublic, TpmError> {
    let zero = Tpm2bEccParameter::try_from(&[0; 32][..])?;
    let inner = TpmtPublic {
        object_type: TpmAlgId::Ecc,
        name_alg: TpmAlgId::Sha256,
        object_attributes: storage_attributes(TpmaObject::ADMIN_WITH_POLICY),
        auth_policy: Tpm2bDigest::try_from(&ENDORSEMENT_POLICY[..])?,
        parameters: p256(aes128_cfb(), TpmtEccScheme::default()),
        unique: TpmuPublicId::Ecc(TpmsEccPoint { x: zero, y: zero }),
    };
    Ok(Tpm2bPublic { inner })
}

/// The attestation key. One template gives one key for as long as the endorsement hierarchy keeps
/// its seed, so nothing has to be stored.
pub fn attestation() -> Tpm2bPublic {
    let hash = TpmsSchemeHash { hash_alg: TpmAlgId::Sha256 };
    let scheme = TpmtEccScheme { scheme: TpmAlgId::Ecdsa, details: TpmuAsymScheme::Hash(hash) };
    let inner = TpmtPublic {
        object_type: TpmAlgId::Ecc,
        name_alg: TpmAlgId::Sha256,
        object_attributes: TpmaObject::from_bits_truncate(
            AttestationKey::REQUIRED_ATTRIBUTES | TpmaObject::USER_WITH_AUTH.bits(),
        ),
        auth_policy: Tpm2bDigest::default(),
        parameters: p256(TpmtSymDefObject::default(), scheme),
        unique: TpmuPublicId::Ecc(TpmsEccPoint::default()),
    };
    Tpm2bPublic { inner }
}

/// The parent of sealed objects.
pub fn storage() -> Tpm2bPublic {
    let inner = TpmtPublic {
        object_type: TpmAlgId::Ecc,
        name_alg: TpmAlgId::Sha256,
        object_attributes: storage_attributes(TpmaObject::USER_WITH_AUTH),
        auth_policy: Tpm2bDigest::default(),
        parameters: p256(aes128_cfb(), TpmtEccScheme::default()),
        unique: TpmuPublicId::Ecc(TpmsEccPoint::default()),
    };
    Tpm2bPublic { inner }
}

/// Data that only `policy` opens.
pub fn sealed(policy: &Digest) -> Result<Tpm2bPublic, TpmError> {
    let inner = TpmtPublic {
        object_type: TpmAlgId::KeyedHash,
        name_alg: TpmAlgId::Sha256,
        object_attributes: attributes(&[
            TpmaObject::FIXED_TPM,
            TpmaObject::FIXED_PARENT,
            TpmaObject::NO_DA,
        ]),
        auth_policy: Tpm2bDigest::try_from(&policy[..])?,
        parameters: TpmuPublicParms::KeyedHash(TpmsKeyedhashParms::default()),
        unique: TpmuPublicId::KeyedHash(Tpm2bDigest::default()),
    };
    Ok(Tpm2bPublic { inner })
}
