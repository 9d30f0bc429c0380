//! Signatures of certificates: RSA (PKCS #1 v1.5) and ECDSA, with SHA-256 to SHA-512.

use rsa::{pkcs1::DecodeRsaPublicKey as _, signature::Verifier as _};
use x509_cert::{
    Certificate,
    der::{Encode as _, asn1::ObjectIdentifier},
};

const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const SHA256_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const SHA384_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

/// Whether `issuer` has signed `certificate`.
pub fn verifies(certificate: &Certificate, issuer: &Certificate) -> bool {
    let key = issuer.tbs_certificate().subject_public_key_info();
    let (Some(key), Some(signature), Ok(signed)) = (
        key.subject_public_key.as_bytes(),
        certificate.signature().as_bytes(),
        certificate.tbs_certificate().to_der(),
    ) else {
        return false;
    };
    if certificate.signature_algorithm() != certificate.tbs_certificate().signature() {
        return false;
    }
    match certificate.signature_algorithm().oid {
        SHA256_RSA => rsa_verifies::<rsa::sha2::Sha256>(key, &signed, signature),
        SHA384_RSA => rsa_verifies::<rsa::sha2::Sha384>(key, &signed, signature),
        SHA512_RSA => rsa_verifies::<rsa::sha2::Sha512>(key, &signed, signature),
        SHA256_ECDSA => {
            use p256::ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _};
            let verify = || {
                let key = VerifyingKey::from_sec1_bytes(key).ok()?;
                key.verify(&signed, &DerSignature::try_from(signature).ok()?).ok()
            };
            verify().is_some()
        }
        SHA384_ECDSA => {
            use p384::ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _};
            let verify = || {
                let key = VerifyingKey::from_sec1_bytes(key).ok()?;
                key.verify(&signed, &DerSignature::try_from(signature).ok()?).ok()
            };
            verify().is_some()
        }
        _ => false,
    }
}

fn rsa_verifies<D>(key: &[u8], signed: &[u8], signature: &[u8]) -> bool
where
    D: rsa::sha2::Digest + rsa::pkcs8::AssociatedOid,
{
    let verify = || {
        let key = rsa::RsaPublicKey::from_pkcs1_der(key).ok()?;
        let signature = rsa::pkcs1v15::Signature::try_from(signature).ok()?;
        rsa::pkcs1v15::VerifyingKey::<D>::new(key).verify(signed, &signature).ok()
    };
    verify().is_some()
}
