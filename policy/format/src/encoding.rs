//! One record's bytes: postcard, in the one shortest form.

use core::fmt;

use postcard::ser_flavors::Flavor;
use serde::Serialize;

use crate::{Record, RecordFault};

/// Why a record could not be written. Records of this crate are always writable; the sink may be full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeError;

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record does not fit")
    }
}

impl core::error::Error for EncodeError {}

/// Appends `record` to `sink`, as the decoder expects it.
///
/// # Errors
/// When the record cannot be written.
pub fn encode_record<'a, T: Record<'a>>(
    record: &T,
    sink: &mut impl Extend<u8>,
) -> Result<(), EncodeError> {
    postcard::to_extend(record, Sink(sink)).map(|_| ()).map_err(|_| EncodeError)
}

/// Lends a sink to postcard, which wants to own one.
struct Sink<'a, W>(&'a mut W);

impl<W: Extend<u8>> Extend<u8> for Sink<'_, W> {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        self.0.extend(bytes);
    }
}

/// Reads a record off the front of `bytes` and gives it with the rest.
///
/// # Errors
/// When the bytes are not a value of the type in its shortest form.
pub(crate) fn decode_record<'a, T: Record<'a>>(
    bytes: &'a [u8],
) -> Result<(T, &'a [u8]), RecordFault> {
    let (record, rest) = postcard::take_from_bytes::<T>(bytes).map_err(fault)?;
    let used = bytes.get(..bytes.len() - rest.len()).ok_or(RecordFault::Malformed)?;
    if is_shortest_form(&record, used) {
        Ok((record, rest))
    } else {
        Err(RecordFault::NotCanonical)
    }
}

/// The record that validation found at the front of `bytes`, with the rest.
pub(crate) fn decode_valid<'a, T: Record<'a>>(bytes: &'a [u8]) -> Option<(T, &'a [u8])> {
    postcard::take_from_bytes::<T>(bytes).ok()
}

fn fault(error: postcard::Error) -> RecordFault {
    match error {
        postcard::Error::DeserializeUnexpectedEnd => RecordFault::Truncated,
        postcard::Error::DeserializeBadUtf8 => RecordFault::NotUtf8,
        _ => RecordFault::Malformed,
    }
}

fn is_shortest_form(record: &impl Serialize, bytes: &[u8]) -> bool {
    postcard::serialize_with_flavor(record, Compare { expected: bytes })
        .is_ok_and(|unmatched: &[u8]| unmatched.is_empty())
}

/// A sink that accepts exactly the expected bytes.
struct Compare<'a> {
    expected: &'a [u8],
}

impl<'a> Flavor for Compare<'a> {
    type Output = &'a [u8];

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        match self.expected.split_first() {
            Some((&first, rest)) if first == data => {
                self.expected = rest;
                Ok(())
            }
            _ => Err(postcard::Error::SerializeBufferFull),
        }
    }

    fn finalize(self) -> postcard::Result<Self::Output> {
        Ok(self.expected)
    }
}
