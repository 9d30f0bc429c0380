//! The certificate of an endorsement key: from a root that the auditor trusts down to the key (RFC
//! 5280; TCG EK Credential Profile).

mod signature;

use std::{fmt, path::Path};

use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::traits::PublicKeyParts as _;
use x509_cert::{
    Certificate,
    der::{Decode as _, asn1::ObjectIdentifier},
    ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage},
};

use super::EndorsementKey;
use crate::{AttestError, output_file};

/// tcg-kp-EKCertificate: the certificate of an endorsement key.
const EK_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.8.1");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// Longest chain, with root and endorsement key.
const MAX_CHAIN: usize = 6;

/// Why a certificate is not trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CertificateFault {
    /// It is none.
    Malformed,
    /// It is for another key than the machine has.
    OtherKey,
    /// It is not for an endorsement key.
    Purpose,
    /// It requires something that is not understood here.
    Critical(ObjectIdentifier),
    /// Nobody who is trusted has issued it.
    NoIssuer(String),
    /// Its time has not come, or is over.
    Validity(String),
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the machine has no readable certificate"),
            Self::OtherKey => {
                f.write_str("the certificate is for another endorsement key than the machine's")
            }
            Self::Purpose => f.write_str("the certificate is not for an endorsement key"),
            Self::Critical(extension) => {
                write!(f, "a certificate requires {extension}, which is not understood here")
            }
            Self::NoIssuer(issuer) => {
                write!(f, "no trusted certificate is that of the issuer \"{issuer}\"")
            }
            Self::Validity(subject) => {
                write!(f, "the certificate of \"{subject}\" is not valid now")
            }
        }
    }
}

/// A certificate that was verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Who issued it.
    pub issuer: String,
    /// Its serial number, in hexadecimal.
    pub serial: String,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
}

impl Trust {
    /// Reads certificates, PEM or DER: of roots, and of those that roots have certified.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn read(
        roots: &[impl AsRef<Path>],
        intermediates: &[impl AsRef<Path>],
    ) -> Result<Self, AttestError> {
        Ok(Self { roots: certificates(roots)?, intermediates: certificates(intermediates)? })
    }

    /// Verifies that `certificate` (DER) is that of `key`, and leads to a root.
    ///
    /// # Errors
    /// Any [`CertificateFault`].
    pub fn verify(
        &self,
        certificate: &[u8],
        key: &EndorsementKey,
        now: u64,
    ) -> Result<Verified, CertificateFault> {
        let leaf = of_der(certificate).ok_or(CertificateFault::Malformed)?;
        if !is_for(&leaf, key) {
            return Err(CertificateFault::OtherKey);
        }
        let purposes: Option<ExtendedKeyUsage> = extension(&leaf, EXTENDED_KEY_USAGE)?;
        if !purposes.is_some_and(|purposes| purposes.0.contains(&EK_PURPOSE)) {
            return Err(CertificateFault::Purpose);
        }
        check_alone(&leaf, now)?;
        self.check_chain(&leaf, now)?;
        let tbs = leaf.tbs_certificate();
        Ok(Verified {
            issuer: tbs.issuer().to_string(),
            serial: hex::encode(tbs.serial_number().as_bytes()),
        })
    }

    /// Climbs from issuer to issuer up to a root.
    fn check_chain(&self, leaf: &Certificate, now: u64) -> Result<(), CertificateFault> {
        let mut current = leaf;
        for below in 0..MAX_CHAIN {
            let issued = |issuer: &&Certificate| {
                issuer.tbs_certificate().subject() == current.tbs_certificate().issuer()
                    && may_issue(issuer, below)
                    && signature::verifies(current, issuer)
            };
            if let Some(root) = self.roots.iter().find(issued) {
                return check_alone(root, now);
            }
            let Some(issuer) = self.intermediates.iter().find(issued) else { break };
            check_alone(issuer, now)?;
            current = issuer;
        }
        let issuer = current.tbs_certificate().issuer();
        Err(CertificateFault::NoIssuer(issuer.to_string()))
    }
}

fn certificates(paths: &[impl AsRef<Path>]) -> Result<Vec<Certificate>, AttestError> {
    let mut all = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let bytes = output_file::read(path)?;
        let found = if bytes.starts_with(b"-----BEGIN") {
            Certificate::load_pem_chain(&bytes).ok()
        } else {
            of_der(&bytes).map(|certificate| vec![certificate])
        };
        let unreadable = || AttestError::Content {
            path: path.to_owned(),
            reason: "no certificate (X.509, PEM or DER)".to_owned(),
        };
        all.extend(found.ok_or_else(unreadable)?);
    }
    Ok(all)
}

/// A certificate at the beginning of `bytes`: TPMs may keep theirs with zeros behind.
fn of_der(bytes: &[u8]) -> Option<Certificate> {
    let (certificate, rest) = Certificate::from_der_partial(bytes).ok()?;
    rest.iter().all(|byte| matches!(byte, 0 | 0xff)).then_some(certificate)
}

/// The extension of this kind, if there is one.
fn extension<'a, T: x509_cert::der::Decode<'a>>(
    certificate: &'a Certificate,
    kind: ObjectIdentifier,
) -> Result<Option<T>, CertificateFault> {
    let extensions = certificate.tbs_certificate().extensions();
    let found = extensions.into_iter().flatten().find(|extension| extension.extn_id == kind);
    let parsed = found.map(|extension| T::from_der(extension.extn_value.as_bytes()));
    parsed.transpose().map_err(|_| CertificateFault::Malformed)
}

/// What must hold of every certificate: its time, and that all it requires is understood.
fn check_alone(certificate: &Certificate, now: u64) -> Result<(), CertificateFault> {
    let tbs = certificate.tbs_certificate();
    let validity = tbs.validity();
    let from = validity.not_before.to_unix_duration().as_secs();
    let until = validity.not_after.to_unix_duration().as_secs();
    if !(from..=until).contains(&now) {
        return Err(CertificateFault::Validity(tbs.subject().to_string()));
    }
    let known = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, SUBJECT_ALTERNATIVE_NAME];
    let unknown = tbs
        .extensions()
        .into_iter()
        .flatten()
        .find(|extension| extension.critical && !known.contains(&extension.extn_id));
    match unknown {
        Some(extension) => Err(CertificateFault::Critical(extension.extn_id)),
        None => Ok(()),
    }
}

/// Whether this is the certificate of an authority, with so many authorities below it.
fn may_issue(issuer: &Certificate, below: usize) -> bool {
    let constraints: Result<Option<BasicConstraints>, _> = extension(issuer, BASIC_CONSTRAINTS);
    let is_authority = matches!(constraints, Ok(Some(constraints)) if constraints.ca
        && constraints.path_len_constraint.is_none_or(|most| usize::from(most) >= below));
    let usage: Result<Option<KeyUsage>, _> = extension(issuer, KEY_USAGE);
    let signs = match usage {
        Ok(Some(usage)) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    is_authority && signs
}

/// Whether a certificate is for this key.
fn is_for(certificate: &Certificate, key: &EndorsementKey) -> bool {
    let info = certificate.tbs_certificate().subject_public_key_info();
    let Some(bits) = info.subject_public_key.as_bytes() else { return false };
    match key {
        EndorsementKey::Rsa2048(modulus) => {
            info.algorithm.oid == RSA
                && rsa::RsaPublicKey::from_pkcs1_der(bits).is_ok_and(|found| {
                    found.n().to_bytes_be() == *modulus && found.e() == &65537_u32.into()
                })
        }
        EndorsementKey::P256(point) => info.algorithm.oid == EC && bits == point,
    }
}
