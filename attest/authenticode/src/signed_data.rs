//! The signature as it stands in the file: PKCS #7 SignedData (RFC 2315, 9) over the program's digest
//! as SpcIndirectDataContent (Windows Authenticode Portable Executable Signature Format).
//!
//! PKCS #7 holds its content as it is, where the later CMS (RFC 5652) wraps it in a byte string; so
//! the structures are written down here.

use cloister_bundle::Digest;
use der::{
    Any, Encode as _, Result, Sequence, Tag, ValueOrd,
    asn1::{BitString, Null, ObjectIdentifier, OctetString, SetOfVec},
};
use sha2::{Digest as _, Sha256};
use x509_cert::{
    Certificate, name::Name, serial_number::SerialNumber, spki::AlgorithmIdentifierOwned,
};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const INDIRECT_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.4");
const PE_IMAGE_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.15");

/// ContentInfo: something and its type.
#[derive(Clone, Sequence)]
struct ContentInfo {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Any,
}

/// SignedData.
#[derive(Sequence)]
struct SignedData {
    version: u8,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    content: ContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    certificates: SetOfVec<Certificate>,
    signers: SetOfVec<SignerInfo>,
}

/// IssuerAndSerialNumber: which certificate.
#[derive(Clone, PartialEq, Eq, Sequence, ValueOrd)]
struct CertificateName {
    issuer: Name,
    serial: SerialNumber,
}

/// SignerInfo.
#[derive(Clone, PartialEq, Eq, Sequence, ValueOrd)]
struct SignerInfo {
    version: u8,
    certificate: CertificateName,
    digest_algorithm: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: SetOfVec<Attribute>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: OctetString,
}

/// Attribute: one value here.
#[derive(Clone, PartialEq, Eq, Sequence, ValueOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    values: SetOfVec<Any>,
}

/// SpcIndirectDataContent: a digest of something that is elsewhere.
#[derive(Sequence)]
struct IndirectData {
    data: TypedData,
    digest: DigestInfo,
}

/// SpcAttributeTypeAndOptionalValue.
#[derive(Sequence)]
struct TypedData {
    kind: ObjectIdentifier,
    value: PeImageData,
}

/// SpcPeImageData without flags, and without a file's name.
#[derive(Sequence)]
struct PeImageData {
    flags: BitString,
}

/// DigestInfo (RFC 2315, 9.4).
#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// What the signature of a program is about.
pub struct Statement {
    content: Any,
    attributes: SetOfVec<Attribute>,
}

impl Statement {
    /// The statement that a program has this digest.
    pub fn new(program: Digest) -> Result<Self> {
        let indirect = IndirectData {
            data: TypedData {
                kind: PE_IMAGE_DATA,
                value: PeImageData { flags: BitString::new(0, [])? },
            },
            digest: DigestInfo {
                algorithm: algorithm(SHA256)?,
                digest: OctetString::new(program.0)?,
            },
        };
        let content = Any::encode_from(&indirect)?;
        // Without tag and length (RFC 2315, 9.3).
        let digest = Sha256::digest(content.value());
        let mut attributes = SetOfVec::new();
        attributes.insert(attribute(CONTENT_TYPE, Any::encode_from(&INDIRECT_DATA)?)?)?;
        attributes
            .insert(attribute(MESSAGE_DIGEST, Any::new(Tag::OctetString, digest.as_slice())?)?)?;
        Ok(Self { content, attributes })
    }

    /// The bytes that are signed.
    pub fn to_be_signed(&self) -> Result<Vec<u8>> {
        self.attributes.to_der()
    }

    /// The statement with its signature.
    pub fn signed(self, certificate: &Certificate, signature: Vec<u8>) -> Result<Vec<u8>> {
        let tbs = certificate.tbs_certificate();
        let signer = SignerInfo {
            version: 1,
            certificate: CertificateName {
                issuer: tbs.issuer().clone(),
                serial: tbs.serial_number().clone(),
            },
            digest_algorithm: algorithm(SHA256)?,
            attributes: self.attributes,
            signature_algorithm: algorithm(RSA)?,
            signature: OctetString::new(signature)?,
        };
        let data = SignedData {
            version: 1,
            digest_algorithms: SetOfVec::try_from([algorithm(SHA256)?])?,
            content: ContentInfo { kind: INDIRECT_DATA, content: self.content },
            certificates: SetOfVec::try_from([certificate.clone()])?,
            signers: SetOfVec::try_from([signer])?,
        };
        ContentInfo { kind: SIGNED_DATA, content: Any::encode_from(&data)? }.to_der()
    }
}

fn algorithm(oid: ObjectIdentifier) -> Result<AlgorithmIdentifierOwned> {
    Ok(AlgorithmIdentifierOwned { oid, parameters: Some(Any::encode_from(&Null)?) })
}

fn attribute(kind: ObjectIdentifier, value: Any) -> Result<Attribute> {
    Ok(Attribute { kind, values: SetOfVec::try_from([value])? })
}
