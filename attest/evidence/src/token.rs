//! Evidence as a signed token: COSE_Sign1 (RFC 9052, 4.2) with EdDSA on Ed25519.

use core::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use minicbor::{Decoder, Encoder, data::Tag, encode::write::Cursor};

use crate::{Claims, TpmEvidence, claims::ClaimsFault};

/// The protected header: EdDSA (RFC 9053, 2.2), and what the token is (RFC 9596, RFC 9782).
const PROTECTED: &[u8] = b"\xa2\x01\x27\x10\x73application/eat+cwt";

const CONTEXT: &str = "Signature1";

/// COSE_Sign1 (RFC 9052, 2).
const TAG: u64 = 18;

/// Room before the payload: what is signed begins with a context, the header and two lengths.
const RESERVED: usize = 64;

/// Why bytes are not taken as evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenFault {
    /// Not a COSE_Sign1 structure, or not in the one encoding that it has.
    NotAToken,
    /// Signed in another way than Ed25519, or not evidence.
    Header,
    /// Bytes follow.
    TrailingBytes(usize),
    /// There is too little room.
    TooLarge,
    /// The claims cannot be taken.
    Claims(ClaimsFault),
    /// The signature is not of the key that the claims name.
    Signature,
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAToken => f.write_str("not evidence, or cut off"),
            Self::Header => f.write_str("the header is not that of Ed25519-signed evidence"),
            Self::TrailingBytes(count) => write!(f, "{count} bytes follow the evidence"),
            Self::TooLarge => f.write_str("the evidence is too large"),
            Self::Claims(fault) => fault.fmt(f),
            Self::Signature => {
                f.write_str("the evidence's signature is not of the key that it names")
            }
        }
    }
}

impl core::error::Error for TokenFault {}

impl From<ClaimsFault> for TokenFault {
    fn from(fault: ClaimsFault) -> Self {
        Self::Claims(fault)
    }
}

/// Signs evidence in `buffer`, and returns the part of it that holds the token. The claims must
/// name the public half of `seed`.
///
/// # Errors
/// [`TokenFault::TooLarge`] if the buffer is too small, [`TokenFault::Signature`] if the claims name
/// another key.
pub fn sign<'b>(
    claims: &Claims<'_>,
    tpm: Option<&TpmEvidence<'_>>,
    seed: &[u8; 32],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], TokenFault> {
    let key = SigningKey::from_bytes(seed);
    if key.verifying_key().to_bytes() != claims.evidence_key {
        return Err(TokenFault::Signature);
    }
    let full = TokenFault::TooLarge;
    let payload_length = {
        let room = buffer.get_mut(RESERVED..).ok_or(full)?;
        let mut encoder = Encoder::new(Cursor::new(room));
        claims.encode(tpm, &mut encoder).map_err(|_| full)?;
        encoder.writer().position()
    };
    // What is signed and the token both end in the payload: the one is replaced by the other.
    let start = put_before(buffer, |encoder| {
        encoder.array(4)?.str(CONTEXT)?.bytes(PROTECTED)?.bytes(&[])?;
        bytes_head(encoder, payload_length)
    })?;
    let payload_end = RESERVED.checked_add(payload_length).ok_or(full)?;
    let signature = key.sign(buffer.get(start..payload_end).ok_or(full)?);
    let start = put_before(buffer, |encoder| {
        encoder.tag(Tag::new(TAG))?.array(4)?.bytes(PROTECTED)?.map(0)?;
        bytes_head(encoder, payload_length)
    })?;
    let room = buffer.get_mut(payload_end..).ok_or(full)?;
    let mut encoder = Encoder::new(Cursor::new(room));
    encoder.bytes(&signature.to_bytes()).map_err(|_| full)?;
    let end = payload_end.checked_add(encoder.writer().position()).ok_or(full)?;
    buffer.get(start..end).ok_or(full)
}

type HeadEncoder<'a> = Encoder<Cursor<&'a mut [u8]>>;
type HeadResult = Result<(), minicbor::encode::Error<minicbor::encode::write::EndOfSlice>>;

/// Writes a head so that it ends where the payload begins; returns where it begins.
fn put_before(
    buffer: &mut [u8],
    write: impl Fn(&mut HeadEncoder<'_>) -> HeadResult,
) -> Result<usize, TokenFault> {
    let mut head = [0; RESERVED];
    let mut encoder = Encoder::new(Cursor::new(&mut head[..]));
    write(&mut encoder).map_err(|_| TokenFault::TooLarge)?;
    let length = encoder.writer().position();
    let start = RESERVED.checked_sub(length).ok_or(TokenFault::TooLarge)?;
    let place = buffer.get_mut(start..RESERVED).ok_or(TokenFault::TooLarge)?;
    place.copy_from_slice(head.get(..length).ok_or(TokenFault::TooLarge)?);
    Ok(start)
}

/// The head of a byte string whose content comes from elsewhere.
fn bytes_head(encoder: &mut HeadEncoder<'_>, length: usize) -> HeadResult {
    encoder.bytes_len(length as u64).map(|_| ())
}

/// A token that has been taken apart; nothing of it is verified yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token<'a> {
    /// The claims set.
    pub payload: &'a [u8],
    signature: [u8; 64],
}

impl<'a> Token<'a> {
    /// Takes a token apart, which must be all of `bytes`.
    ///
    /// # Errors
    /// [`TokenFault::NotAToken`], [`TokenFault::Header`] or [`TokenFault::TrailingBytes`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TokenFault> {
        let malformed = |_| TokenFault::NotAToken;
        let mut decoder = Decoder::new(bytes);
        if decoder.tag().map_err(malformed)?.as_u64() != TAG
            || decoder.array().map_err(malformed)? != Some(4)
        {
            return Err(TokenFault::NotAToken);
        }
        let protected = decoder.bytes().map_err(malformed)?;
        let unprotected = decoder.map().map_err(malformed)?;
        if protected != PROTECTED || unprotected != Some(0) {
            return Err(TokenFault::Header);
        }
        let payload = decoder.bytes().map_err(malformed)?;
        let signature = decoder.bytes().map_err(malformed)?;
        let signature = signature.try_into().map_err(|_| TokenFault::NotAToken)?;
        let rest = bytes.len().saturating_sub(decoder.position());
        if rest != 0 {
            return Err(TokenFault::TrailingBytes(rest));
        }
        let token = Self { payload, signature };
        if token.is_canonical(bytes) { Ok(token) } else { Err(TokenFault::NotAToken) }
    }

    fn is_canonical(&self, bytes: &[u8]) -> bool {
        let mut encoder = Encoder::new(crate::canonical::Comparing(bytes));
        encoder
            .tag(Tag::new(TAG))
            .and_then(|encoder| encoder.array(4))
            .and_then(|encoder| encoder.bytes(PROTECTED))
            .and_then(|encoder| encoder.map(0))
            .and_then(|encoder| encoder.bytes(self.payload))
            .and_then(|encoder| encoder.bytes(&self.signature))
            .is_ok()
    }

    /// Writes what was signed into `buffer` (Sig_structure, RFC 9052, 4.4), which has to be some 64
    /// bytes longer than the payload.
    ///
    /// # Errors
    /// [`TokenFault::TooLarge`] if the buffer is too small.
    pub fn signed<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], TokenFault> {
        let mut encoder = Encoder::new(Cursor::new(&mut *buffer));
        encoder
            .array(4)
            .and_then(|encoder| encoder.str(CONTEXT))
            .and_then(|encoder| encoder.bytes(PROTECTED))
            .and_then(|encoder| encoder.bytes(&[]))
            .and_then(|encoder| encoder.bytes(self.payload))
            .map_err(|_| TokenFault::TooLarge)?;
        let length = encoder.writer().position();
        buffer.get(..length).ok_or(TokenFault::TooLarge)
    }

    /// Verifies the signature with `key`, in `buffer` (as for [`Self::signed`]).
    ///
    /// # Errors
    /// [`TokenFault::Signature`], or [`TokenFault::TooLarge`].
    pub fn verify(&self, key: &[u8; 32], buffer: &mut [u8]) -> Result<(), TokenFault> {
        let signed = self.signed(buffer)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| TokenFault::Signature)?;
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(signed, &signature).map_err(|_| TokenFault::Signature)
    }
}
