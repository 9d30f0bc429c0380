//! Requests and answers of the attester's TCP endpoint.
//!
//! One connection carries one request and its answer; then the attester closes it. A message is a
//! header of twelve bytes and a body of one CBOR item (of an evidence answer: the token). Lengths are
//! bounded before anything is stored, and whatever is not exactly a request is refused without
//! being looked at further.

mod answer;
mod request;

pub use answer::{Answer, Problem};
pub use request::Request;

use core::fmt;

use minicbor::{Encoder, encode, encode::write::Cursor};

use crate::canonical::Comparing;

/// What every message begins with.
pub const MAGIC: [u8; 4] = *b"CLAT";

/// The version of this protocol.
pub const VERSION: u8 = 1;

/// Bytes of the header: magic, version, kind, two zeros, the body's length (big-endian).
pub const HEADER: usize = 12;

/// Largest body of a request, in bytes: an activation with a credential for RSA 2048 has some 340.
pub const MAX_REQUEST: usize = 1024;

/// Largest body of an answer, in bytes.
pub const MAX_ANSWER: usize = crate::MAX_EVIDENCE;

/// Longest certificate of an endorsement key, in bytes.
pub const MAX_CERTIFICATE: usize = 4096;

/// Why a message is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageFault {
    /// It does not begin as messages do.
    Magic,
    /// It is of another version of the protocol.
    Version(u8),
    /// It is of a kind that is not expected here.
    Kind(u8),
    /// It is longer than allowed.
    TooLong(u32),
    /// Its body is not what its kind says.
    Malformed,
    /// There is too little room to write it.
    NoRoom,
}

impl fmt::Display for MessageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("the other side does not speak the attestation protocol"),
            Self::Version(version) => write!(
                f,
                "the other side speaks version {version} of the protocol, this one {VERSION}"
            ),
            Self::Kind(kind) => write!(f, "a message of kind {kind:#04x} is not expected here"),
            Self::TooLong(length) => write!(f, "a message of {length} bytes is too long"),
            Self::Malformed => f.write_str("a message is malformed"),
            Self::NoRoom => f.write_str("there is no room for a message"),
        }
    }
}

impl core::error::Error for MessageFault {}

/// The header of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// What the message is.
    pub kind: u8,
    /// Bytes that follow.
    pub length: usize,
}

impl Header {
    /// Reads a header. `most` is the largest body that is taken.
    ///
    /// # Errors
    /// [`MessageFault::Magic`], [`MessageFault::Version`], [`MessageFault::TooLong`] or, where the
    /// zeros are none, [`MessageFault::Malformed`].
    pub fn parse(bytes: &[u8; HEADER], most: usize) -> Result<Self, MessageFault> {
        let [m0, m1, m2, m3, version, kind, zero0, zero1, length @ ..] = *bytes;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(MessageFault::Magic);
        }
        if version != VERSION {
            return Err(MessageFault::Version(version));
        }
        if [zero0, zero1] != [0, 0] {
            return Err(MessageFault::Malformed);
        }
        let length = u32::from_be_bytes(length);
        match usize::try_from(length) {
            Ok(size) if size <= most => Ok(Self { kind, length: size }),
            _ => Err(MessageFault::TooLong(length)),
        }
    }

    /// Writes the header.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER] {
        let [m0, m1, m2, m3] = MAGIC;
        let [l0, l1, l2, l3] = u32::try_from(self.length).unwrap_or(u32::MAX).to_be_bytes();
        [m0, m1, m2, m3, VERSION, self.kind, 0, 0, l0, l1, l2, l3]
    }
}

type Encoded<W> = Result<(), encode::Error<<W as encode::Write>::Error>>;

/// What has a body.
trait Body {
    /// The number of its kind.
    fn kind(&self) -> u8;

    /// Writes the body.
    fn encode<W: encode::Write>(&self, encoder: &mut Encoder<W>) -> Encoded<W>;

    /// Whether `bytes` are the one encoding of the body.
    fn is_exactly(&self, bytes: &[u8]) -> bool {
        let mut encoder = Encoder::new(Comparing(bytes));
        self.encode(&mut encoder).is_ok() && encoder.writer().0.is_empty()
    }
}

/// Writes the whole message.
fn write<'b>(body: &impl Body, buffer: &'b mut [u8]) -> Result<&'b [u8], MessageFault> {
    let room = buffer.get_mut(HEADER..).ok_or(MessageFault::NoRoom)?;
    let mut encoder = Encoder::new(Cursor::new(room));
    body.encode(&mut encoder).map_err(|_| MessageFault::NoRoom)?;
    let (kind, length) = (body.kind(), encoder.writer().position());
    let place = buffer.first_chunk_mut().ok_or(MessageFault::NoRoom)?;
    *place = Header { kind, length }.to_bytes();
    buffer.get(..HEADER + length).ok_or(MessageFault::NoRoom)
}
