//! What an auditor asks.

use minicbor::{Decoder, Encoder, encode};

use super::{Body, Encoded, HEADER, Header, MAX_REQUEST, MessageFault};
use crate::claims::{MAX_NONCE, MIN_NONCE};

/// A request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request<'a> {
    /// Evidence for this nonce.
    Challenge {
        /// 16 to 64 bytes.
        nonce: &'a [u8],
    },
    /// The endorsement key's certificate and both keys' public areas.
    Identity,
    /// The secret of a credential.
    Activate {
        /// What the TPM opens (TPMS_ID_OBJECT without its size).
        credential_blob: &'a [u8],
        /// The seed, encrypted to the endorsement key (TPM2B_ENCRYPTED_SECRET without its size).
        secret: &'a [u8],
    },
}

impl Body for Request<'_> {
    fn kind(&self) -> u8 {
        match self {
            Self::Challenge { .. } => 1,
            Self::Identity => 2,
            Self::Activate { .. } => 3,
        }
    }

    fn encode<W: encode::Write>(&self, encoder: &mut Encoder<W>) -> Encoded<W> {
        match self {
            Self::Challenge { nonce } => encoder.array(1)?.bytes(nonce)?,
            Self::Identity => encoder.array(0)?,
            Self::Activate { credential_blob, secret } => {
                encoder.array(2)?.bytes(credential_blob)?.bytes(secret)?
            }
        };
        Ok(())
    }
}

impl<'a> Request<'a> {
    /// Writes the whole message.
    ///
    /// # Errors
    /// [`MessageFault::NoRoom`].
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], MessageFault> {
        super::write(self, buffer)
    }

    /// Reads what has come so far: none while there is more to come. With fewer than all bytes of a
    /// request, a fault in its header is found already.
    ///
    /// # Errors
    /// Any [`MessageFault`]; the connection is then of no use.
    pub fn parse(bytes: &'a [u8]) -> Result<Option<Self>, MessageFault> {
        let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let header = Header::parse(header, MAX_REQUEST)?;
        if !matches!(header.kind, 1..=3) {
            return Err(MessageFault::Kind(header.kind));
        }
        if body.len() > header.length {
            return Err(MessageFault::Malformed);
        }
        if body.len() < header.length {
            return Ok(None);
        }
        let request = Self::of_body(header.kind, body).ok_or(MessageFault::Malformed)?;
        if request.is_exactly(body) { Ok(Some(request)) } else { Err(MessageFault::Malformed) }
    }

    fn of_body(kind: u8, body: &'a [u8]) -> Option<Self> {
        let mut decoder = Decoder::new(body);
        decoder.array().ok()?;
        match kind {
            1 => {
                let nonce = decoder.bytes().ok()?;
                let fits = (MIN_NONCE..=MAX_NONCE).contains(&nonce.len());
                fits.then_some(Self::Challenge { nonce })
            }
            2 => Some(Self::Identity),
            _ => Some(Self::Activate {
                credential_blob: decoder.bytes().ok()?,
                secret: decoder.bytes().ok()?,
            }),
        }
    }
}
