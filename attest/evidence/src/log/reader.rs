//! A boot log as it comes in evidence.

use core::fmt;

use cloister_bundle::Digest;
use minicbor::Decoder;
use sha2::{Digest as _, Sha256};

use super::{EventFault, Grammar, GrammarFault, IMAGE_PCR, MACHINE_PCR, MAX_EVENTS, Record};
use crate::canonical::Comparing;

/// A log that has been checked from end to end: every event is of a known kind and stands where
/// events of its kind stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogView<'a> {
    count: u16,
    items: &'a [u8],
}

/// An event of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Logged<'a> {
    /// Its place, from 1.
    pub number: u16,
    /// What it says.
    pub record: Record<'a>,
    /// What was extended into its PCR: the digest of its encoding.
    pub extended: Digest,
}

/// Why a log is refused. Events are counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFault {
    /// More events than [`MAX_EVENTS`].
    TooManyEvents,
    /// The log ends inside an event, or goes on behind the last.
    Length,
    /// An event cannot be read.
    Event {
        /// Which.
        number: u16,
        /// Why not.
        fault: EventFault,
    },
    /// An event is where none of its kind may be.
    Grammar {
        /// Which.
        number: u16,
        /// What it is.
        title: &'static str,
        /// Why it may not be there.
        fault: GrammarFault,
    },
    /// The log ends too early.
    Incomplete {
        /// What has to come.
        expected: &'static str,
    },
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyEvents => write!(f, "the boot log has more than {MAX_EVENTS} events"),
            Self::Length => f.write_str("the boot log is cut off or has bytes left over"),
            Self::Event { number, fault } => write!(f, "event {number} of the boot log is {fault}"),
            Self::Grammar { number, title, fault } => {
                write!(f, "event {number} of the boot log is a {title} {fault}")
            }
            Self::Incomplete { expected } => {
                write!(f, "the boot log ends where {expected} has to be")
            }
        }
    }
}

impl<'a> LogView<'a> {
    /// Checks a log: `count` byte strings one after the other.
    ///
    /// # Errors
    /// Any [`LogFault`].
    pub fn parse(count: u16, items: &'a [u8]) -> Result<Self, LogFault> {
        if count > MAX_EVENTS {
            return Err(LogFault::TooManyEvents);
        }
        let mut grammar = Grammar::default();
        let mut rest = items;
        for number in 1..=count {
            let (event, after) = take(rest).ok_or(LogFault::Length)?;
            let record = Record::parse(event).map_err(|fault| LogFault::Event { number, fault })?;
            let title = record.event.title();
            grammar.take(&record).map_err(|fault| LogFault::Grammar { number, title, fault })?;
            rest = after;
        }
        if !rest.is_empty() {
            return Err(LogFault::Length);
        }
        if !grammar.is_complete() {
            return Err(LogFault::Incomplete { expected: grammar.expected() });
        }
        Ok(Self { count, items })
    }

    /// The events.
    pub fn events(&self) -> impl Iterator<Item = Logged<'a>> + Clone + use<'a> {
        let mut rest = self.items;
        (1..=self.count).map_while(move |number| {
            let (event, after) = take(rest)?;
            rest = after;
            let record = Record::parse(event).ok()?;
            Some(Logged { number, record, extended: Digest(Sha256::digest(event).into()) })
        })
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> u16 {
        self.count
    }

    /// Whether there is none, which the grammar does not allow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The events as they are handed on: byte strings one after the other.
    #[must_use]
    pub fn items(&self) -> &'a [u8] {
        self.items
    }

    /// What [`IMAGE_PCR`] and [`MACHINE_PCR`] hold if nothing but this log was extended.
    #[must_use]
    pub fn replay(&self) -> [Digest; 2] {
        [IMAGE_PCR, MACHINE_PCR].map(|pcr| {
            let of_pcr = self.events().filter(|logged| logged.record.event.pcr() == pcr);
            of_pcr.fold(Digest([0; 32]), |value, logged| extend(value, logged.extended))
        })
    }
}

/// What a PCR holds after `digest` was extended into it.
pub(super) fn extend(pcr: Digest, digest: Digest) -> Digest {
    Digest(Sha256::new().chain_update(pcr.0).chain_update(digest.0).finalize().into())
}

/// Takes one byte string, in its one encoding, off the front.
fn take(items: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut decoder = Decoder::new(items);
    let event = decoder.bytes().ok()?;
    let (taken, rest) = items.split_at_checked(decoder.position())?;
    let mut encoder = minicbor::Encoder::new(Comparing(taken));
    encoder.bytes(event).ok()?;
    encoder.writer().0.is_empty().then_some((event, rest))
}
