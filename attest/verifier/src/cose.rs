//! COSE_Sign1 (RFC 9052) around what this side signs.

use minicbor::{Encoder, data::Tag};

use crate::key::SecretKey;

/// What keeps CBOR from being written to a vector: nothing.
type Impossible = minicbor::encode::Error<std::convert::Infallible>;

/// Signs `payload`, with EdDSA and the type `kind` (RFC 9596) in the protected header.
pub fn sign1(key: &SecretKey, kind: &str, payload: &[u8]) -> Result<Vec<u8>, Impossible> {
    let mut protected = Encoder::new(Vec::new());
    protected.map(2)?.u8(1)?.i8(-8)?.u8(16)?.str(kind)?;
    let protected = protected.into_writer();

    let mut signed = Encoder::new(Vec::new());
    signed.array(4)?.str("Signature1")?.bytes(&protected)?.bytes(&[])?.bytes(payload)?;
    let signature = key.sign(&signed.into_writer());

    let mut token = Encoder::new(Vec::new());
    token.tag(Tag::new(18))?.array(4)?.bytes(&protected)?.map(0)?;
    token.bytes(payload)?.bytes(&signature)?;
    Ok(token.into_writer())
}
