//! What an attester answers.

use core::fmt;

use minicbor::{Decoder, Encoder, encode};

use super::{Body, Encoded, Header, MAX_ANSWER, MAX_CERTIFICATE, MessageFault};

/// Why there is no other answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// The request is none.
    BadRequest,
    /// Too many requests: ask again later.
    Busy,
    /// The machine has no TPM.
    NoTpm,
    /// The TPM refused, as it does with a credential for another machine.
    Refused,
    /// The attester cannot answer.
    Internal,
}

impl Problem {
    const ALL: [Self; 5] =
        [Self::BadRequest, Self::Busy, Self::NoTpm, Self::Refused, Self::Internal];

    fn number(self) -> u8 {
        match self {
            Self::BadRequest => 1,
            Self::Busy => 2,
            Self::NoTpm => 3,
            Self::Refused => 4,
            Self::Internal => 5,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRequest => "the machine did not understand the request",
            Self::Busy => "the machine was asked too often: try again later",
            Self::NoTpm => "the machine has no TPM",
            Self::Refused => "the machine's TPM refused: the credential is not for it",
            Self::Internal => "the machine cannot answer",
        })
    }
}

/// An answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer<'a> {
    /// Evidence: a token.
    Evidence(&'a [u8]),
    /// Who the machine is.
    Identity {
        /// The endorsement key's certificate (X.509, DER), as the maker put it into the TPM.
        certificate: &'a [u8],
        /// The endorsement key's public area (TPMT_PUBLIC).
        endorsement_key: &'a [u8],
        /// The attestation key's public area (TPMT_PUBLIC).
        attestation_key: &'a [u8],
    },
    /// The secret of a credential.
    Activated(&'a [u8]),
    /// None of these.
    Problem(Problem),
}

impl Body for Answer<'_> {
    fn kind(&self) -> u8 {
        match self {
            Self::Evidence(_) => 0x81,
            Self::Identity { .. } => 0x82,
            Self::Activated(_) => 0x83,
            Self::Problem(_) => 0xff,
        }
    }

    fn encode<W: encode::Write>(&self, encoder: &mut Encoder<W>) -> Encoded<W> {
        match self {
            Self::Evidence(token) => {
                encoder.writer_mut().write_all(token).map_err(encode::Error::write)?;
                return Ok(());
            }
            Self::Identity { certificate, endorsement_key, attestation_key } => {
                encoder.array(3)?.bytes(certificate)?.bytes(endorsement_key)?;
                encoder.bytes(attestation_key)?
            }
            Self::Activated(secret) => encoder.array(1)?.bytes(secret)?,
            Self::Problem(problem) => encoder.array(1)?.u8(problem.number())?,
        };
        Ok(())
    }
}

impl<'a> Answer<'a> {
    /// Writes the whole message.
    ///
    /// # Errors
    /// [`MessageFault::NoRoom`].
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], MessageFault> {
        super::write(self, buffer)
    }

    /// Reads a whole message.
    ///
    /// # Errors
    /// Any [`MessageFault`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, MessageFault> {
        let (header, body) = bytes.split_first_chunk().ok_or(MessageFault::Malformed)?;
        let header = Header::parse(header, MAX_ANSWER)?;
        if body.len() != header.length {
            return Err(MessageFault::Malformed);
        }
        if !matches!(header.kind, 0x81..=0x83 | 0xff) {
            return Err(MessageFault::Kind(header.kind));
        }
        let answer = Self::of_body(header.kind, body).ok_or(MessageFault::Malformed)?;
        if answer.is_exactly(body) { Ok(answer) } else { Err(MessageFault::Malformed) }
    }

    fn of_body(kind: u8, body: &'a [u8]) -> Option<Self> {
        if kind == 0x81 {
            return Some(Self::Evidence(body));
        }
        let mut decoder = Decoder::new(body);
        decoder.array().ok()?;
        match kind {
            0x82 => Some(Self::Identity {
                certificate: decoder.bytes().ok().filter(|it| it.len() <= MAX_CERTIFICATE)?,
                endorsement_key: decoder.bytes().ok()?,
                attestation_key: decoder.bytes().ok()?,
            }),
            0x83 => Some(Self::Activated(decoder.bytes().ok()?)),
            _ => {
                let number = decoder.u8().ok()?;
                let problem = Problem::ALL.into_iter().find(|it| it.number() == number)?;
                Some(Self::Problem(problem))
            }
        }
    }
}
