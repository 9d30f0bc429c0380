//! Endorsement keys, as far as a credential can be encrypted to them.

use std::fmt;

use tpm2_protocol::{
    TpmUnmarshal as _,
    data::{TpmAlgId, TpmEccCurve, TpmaObject, TpmtPublic, TpmuPublicId, TpmuPublicParms},
};

/// The public half of an endorsement key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EndorsementKey {
    /// RSA with 2048 bits and exponent 65537: the modulus, big-endian.
    Rsa2048(Vec<u8>),
    /// P-256: the uncompressed point.
    P256([u8; 65]),
}

/// Why a public area is not that of an endorsement key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndorsementFault {
    /// Cut off, with sizes that do not fit, or with something behind.
    Malformed,
    /// Neither RSA 2048 nor P-256, or not with SHA-256 and AES-128.
    Algorithm,
    /// Without the attributes of an endorsement key.
    Attributes(u32),
}

impl fmt::Display for EndorsementFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the endorsement key is malformed"),
            Self::Algorithm => f.write_str("the endorsement key is neither RSA 2048 nor P-256"),
            Self::Attributes(found) => {
                write!(f, "the endorsement key has attributes {found:#010x}: it is none")
            }
        }
    }
}

/// A key that its TPM made, never lets go, and decrypts with only for its own purposes.
const REQUIRED: u32 = TpmaObject::FIXED_TPM.bits()
    | TpmaObject::FIXED_PARENT.bits()
    | TpmaObject::SENSITIVE_DATA_ORIGIN.bits()
    | TpmaObject::RESTRICTED.bits()
    | TpmaObject::DECRYPT.bits();

/// Attributes that say how the key is used, not what for.
const HARMLESS: u32 = TpmaObject::ADMIN_WITH_POLICY.bits()
    | TpmaObject::USER_WITH_AUTH.bits()
    | TpmaObject::NO_DA.bits();

impl EndorsementKey {
    /// Reads a public area (TPMT_PUBLIC).
    ///
    /// # Errors
    /// Any [`EndorsementFault`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EndorsementFault> {
        use EndorsementFault::{Algorithm, Attributes, Malformed};
        let (public, rest) = TpmtPublic::unmarshal(bytes).map_err(|_| Malformed)?;
        if !rest.is_empty() {
            return Err(Malformed);
        }
        let attributes = public.object_attributes.bits();
        if attributes & !HARMLESS != REQUIRED {
            return Err(Attributes(attributes));
        }
        let (symmetric, key) = match (&public.parameters, &public.unique) {
            (TpmuPublicParms::Rsa(parameters), TpmuPublicId::Rsa(modulus)) => {
                let exponent = parameters.exponent.value();
                let fits = parameters.key_bits.value() == 2048
                    && modulus.len() == 256
                    && matches!(exponent, 0 | 65537);
                if !fits {
                    return Err(Algorithm);
                }
                (parameters.symmetric, Self::Rsa2048(modulus.to_vec()))
            }
            (TpmuPublicParms::Ecc(parameters), TpmuPublicId::Ecc(point)) => {
                if parameters.curve_id != TpmEccCurve::NistP256 {
                    return Err(Algorithm);
                }
                let mut bytes = [0; 65];
                bytes[0] = 4;
                for (coordinate, end) in [(&*point.x, 33), (&*point.y, 65)] {
                    let length = coordinate.len();
                    if length > 32 {
                        return Err(Malformed);
                    }
                    bytes[end - length..end].copy_from_slice(coordinate);
                }
                (parameters.symmetric, Self::P256(bytes))
            }
            _ => return Err(Algorithm),
        };
        use tpm2_protocol::data::{TpmuSymKeyBits, TpmuSymMode};
        let fits = public.name_alg == TpmAlgId::Sha256
            && matches!(symmetric.key_bits, TpmuSymKeyBits::Aes(bits) if bits.value() == 128)
            && symmetric.mode == TpmuSymMode::Aes(TpmAlgId::Cfb);
        if fits { Ok(key) } else { Err(Algorithm) }
    }
}
