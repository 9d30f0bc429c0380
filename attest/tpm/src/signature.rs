//! A signature as a TPM gives it: TPMT_SIGNATURE (Part 2, 11.3.4).

use core::fmt;

use tpm2_protocol::{
    TpmUnmarshal as _,
    data::{TpmAlgId, TpmtSignature, TpmuSignature},
};

/// An ECDSA signature on P-256 over a SHA-256 digest: r and s, 32 bytes each, big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature(pub [u8; 64]);

/// Why bytes are not taken as a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureFault {
    /// Cut off, with sizes that do not fit, or with something behind.
    Malformed,
    /// Not ECDSA over SHA-256.
    Scheme,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the quote's signature is malformed",
            Self::Scheme => "the quote's signature is not ECDSA with P-256 and SHA-256",
        })
    }
}

impl Signature {
    /// Reads a signature.
    ///
    /// # Errors
    /// Any [`SignatureFault`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureFault> {
        let (signature, rest) =
            TpmtSignature::unmarshal(bytes).map_err(|_| SignatureFault::Malformed)?;
        if !rest.is_empty() {
            return Err(SignatureFault::Malformed);
        }
        let TpmuSignature::Ecdsa(ecdsa) = &signature.signature else {
            return Err(SignatureFault::Scheme);
        };
        if ecdsa.hash != TpmAlgId::Sha256 {
            return Err(SignatureFault::Scheme);
        }
        let mut joined = [0; 64];
        let (r, s) = joined.split_at_mut(32);
        // TPMs may leave out leading zeros.
        for (scalar, place) in [(&*ecdsa.signature_r, r), (&*ecdsa.signature_s, s)] {
            let start = place.len().checked_sub(scalar.len()).ok_or(SignatureFault::Malformed)?;
            place.get_mut(start..).ok_or(SignatureFault::Malformed)?.copy_from_slice(scalar);
        }
        Ok(Self(joined))
    }
}
