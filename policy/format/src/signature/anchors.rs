//! The officers' record: whose signatures count, and how many are needed.
//!
//! ```text
//! offset  bytes
//!      0      8  "CLSTROFF"
//!      8      2  format version, little endian
//!     10      1  officers that must sign
//!     11      1  number of officers that follow, at most 16
//!     12     32  public key        \
//!     44      1  length of name     | for each officer, ascending by key
//!     45      …  name, ASCII       /
//! ```

use core::fmt;

use super::{PublicKey, file::FORMAT_VERSION};

/// The most officers that can be in office.
pub const MAX_OFFICERS: usize = 16;

/// The first bytes of an officers' record.
const MAGIC: &[u8; 8] = b"CLSTROFF";

/// Bytes before the first officer.
const HEADER: usize = 12;

/// The longest officers' record.
const MAX_LENGTH: usize = HEADER + MAX_OFFICERS * (PublicKey::LENGTH + 1 + MAX_NAME);

/// The longest name, in bytes.
const MAX_NAME: usize = 32;

/// An officer's name: 1 to 32 ASCII letters, digits, `-`, `_` or `.`.
pub type OfficerName = heapless::String<MAX_NAME>;

/// One security officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    /// As the officer is called on screens and in messages.
    pub name: OfficerName,
    /// The key that the officer signs with.
    pub key: PublicKey,
}

/// The officers whose signatures count, and how many of them must sign.
///
/// Always sound: 1 to 16 officers with distinct usable keys and distinct names, of whom at least
/// one and at most all must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchors {
    required: u8,
    officers: heapless::Vec<Officer, MAX_OFFICERS>,
}

/// Why a list of officers, or the record of one, is no use as trust anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorsError {
    /// There are more than 16 officers.
    TooMany,
    /// None, or more officers must sign than there are.
    Required {
        /// The officers that must sign.
        required: u8,
        /// The officers that there are.
        officers: u8,
    },
    /// A name is empty, too long, or has other characters than allowed.
    Name,
    /// Two officers have the same name.
    SameName,
    /// Two officers have the same key.
    SameKey(PublicKey),
    /// A key is no usable ed25519 key.
    Key(PublicKey),
    /// The record does not begin as an officers' record does.
    Magic,
    /// The record is of a format version other than this one.
    OtherFormat(u16),
    /// The record ends early.
    Truncated,
    /// Bytes follow the last officer.
    Trailing,
    /// The officers do not ascend by key.
    Order,
}

impl fmt::Display for AnchorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "there can be at most {MAX_OFFICERS} officers"),
            Self::Required { required, officers } => write!(
                f,
                "{required} of {officers} officers cannot be required: it must be at least 1 and \
                 at most the number of officers"
            ),
            Self::Name => {
                write!(f, "an officer's name has 1 to {MAX_NAME} letters, digits, `-`, `_` or `.`")
            }
            Self::SameName => f.write_str("two officers have the same name"),
            Self::SameKey(key) => write!(f, "two officers have the same key, {key}"),
            Self::Key(key) => write!(f, "{key} is not a usable public key"),
            Self::Magic => f.write_str("this is not an officers' record"),
            Self::OtherFormat(found) => write!(
                f,
                "the officers' record is of format version {found}; this program knows version \
                 {FORMAT_VERSION}"
            ),
            Self::Truncated => f.write_str("the officers' record ends early"),
            Self::Trailing => f.write_str("the officers' record has bytes after its end"),
            Self::Order => f.write_str("the officers are not in the order of their keys"),
        }
    }
}

impl core::error::Error for AnchorsError {}

impl TrustAnchors {
    /// Anchors of which `required` officers must sign.
    ///
    /// # Errors
    /// When the officers are too many, too few, alike, or badly named, or a key is unusable.
    pub fn new<'a>(
        required: u8,
        officers: impl IntoIterator<Item = (&'a str, PublicKey)>,
    ) -> Result<Self, AnchorsError> {
        let mut anchors = Self { required, officers: heapless::Vec::new() };
        for (name, key) in officers {
            anchors.add(name, key)?;
        }
        anchors.officers.sort_unstable_by_key(|officer| officer.key);
        let officers = anchors.officers.len() as u8;
        if required == 0 || required > officers {
            return Err(AnchorsError::Required { required, officers });
        }
        Ok(anchors)
    }

    fn add(&mut self, name: &str, key: PublicKey) -> Result<(), AnchorsError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(allowed) {
            return Err(AnchorsError::Name);
        }
        let name = OfficerName::try_from(name).map_err(|_| AnchorsError::Name)?;
        if key.point().is_none() {
            return Err(AnchorsError::Key(key));
        }
        if self.find(&key).is_some() {
            return Err(AnchorsError::SameKey(key));
        }
        if self.officers.iter().any(|other| other.name == name) {
            return Err(AnchorsError::SameName);
        }
        self.officers.push(Officer { name, key }).map_err(|_| AnchorsError::TooMany)
    }

    /// How many distinct officers must sign, the author among them.
    #[must_use]
    pub const fn required(&self) -> u8 {
        self.required
    }

    /// The officers, ascending by key.
    #[must_use]
    pub fn officers(&self) -> &[Officer] {
        &self.officers
    }

    /// The officer with this key.
    #[must_use]
    pub fn find(&self, key: &PublicKey) -> Option<&Officer> {
        self.officers.iter().find(|officer| officer.key == *key)
    }

    /// Whether one person holds all authority: nobody is there to approve what this one writes.
    #[must_use]
    pub fn single_officer(&self) -> bool {
        self.officers.len() == 1
    }

    /// The record, as the appliance image holds it.
    #[must_use]
    pub fn encode(&self) -> heapless::Vec<u8, MAX_LENGTH> {
        let mut bytes = heapless::Vec::new();
        let header = MAGIC
            .iter()
            .copied()
            .chain(FORMAT_VERSION.to_le_bytes())
            .chain([self.required, self.officers.len() as u8]);
        bytes.extend(header);
        for officer in &self.officers {
            bytes.extend(officer.key.0);
            bytes.extend([officer.name.len() as u8]);
            bytes.extend(officer.name.bytes());
        }
        bytes
    }

    /// Reads a record that [`Self::encode`] wrote; accepts no other bytes.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, AnchorsError> {
        use AnchorsError::{Magic, Name, Order, OtherFormat, Trailing, Truncated};
        let (magic, rest) = bytes.split_first_chunk().ok_or(Truncated)?;
        if magic != MAGIC {
            return Err(Magic);
        }
        let (&version, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let version = u16::from_le_bytes(version);
        if version != FORMAT_VERSION {
            return Err(OtherFormat(version));
        }
        let (&[required, count], mut rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let mut officers = heapless::Vec::<_, MAX_OFFICERS>::new();
        for _ in 0..count {
            let (&key, after) = rest.split_first_chunk().ok_or(Truncated)?;
            let (&length, after) = after.split_first().ok_or(Truncated)?;
            let (name, after) = after.split_at_checked(length.into()).ok_or(Truncated)?;
            let officer = (core::str::from_utf8(name).map_err(|_| Name)?, PublicKey(key));
            officers.push(officer).map_err(|_| AnchorsError::TooMany)?;
            rest = after;
        }
        if !rest.is_empty() {
            return Err(Trailing);
        }
        if !officers.is_sorted_by_key(|(_, key)| *key) {
            return Err(Order);
        }
        Self::new(required, officers)
    }
}

#[cfg(test)]
mod tests;
