//! A boot log while it is written.

use core::fmt;

use cloister_bundle::Digest;
use heapless::Vec;
use minicbor::Encoder;
use sha2::{Digest as _, Sha256};

use super::{
    Grammar, GrammarFault, IMAGE_PCR, LogFault, LogView, MAX_EVENT, MAX_EVENTS, Record,
    reader::extend,
};

/// A log under way, in `N` bytes.
#[derive(Clone, Debug)]
pub struct BootLog<const N: usize> {
    items: Vec<u8, N>,
    count: u16,
    grammar: Grammar,
    pcrs: [Digest; 2],
}

/// What has to be done for an event besides logging it: extend `digest` into `pcr`. A firmware that
/// does it is given `data`, whose digest it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extension<'a> {
    /// The PCR.
    pub pcr: u8,
    /// What to extend.
    pub digest: Digest,
    /// The event's encoding.
    pub data: &'a [u8],
}

/// Why an event is not logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It may not come here.
    Grammar(GrammarFault),
    /// Its name is not one that is allowed.
    Name,
    /// There is no room, or there are too many.
    Full,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grammar(fault) => write!(f, "the event is {fault}"),
            Self::Name => f.write_str("the event has a name that is not allowed"),
            Self::Full => f.write_str("the boot log is full"),
        }
    }
}

impl<const N: usize> Default for BootLog<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> BootLog<N> {
    /// A log without events.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            items: Vec::new(),
            count: 0,
            grammar: Grammar { next: 0 },
            pcrs: [Digest([0; 32]); 2],
        }
    }

    /// Logs an event, and says what to extend.
    ///
    /// # Errors
    /// Any [`Refused`]; the log stays as it was.
    pub fn push(&mut self, record: &Record<'_>) -> Result<Extension<'_>, Refused> {
        if !record.is_allowed() {
            return Err(Refused::Name);
        }
        let mut grammar = self.grammar;
        grammar.take(record).map_err(Refused::Grammar)?;
        let mut event: Vec<u8, MAX_EVENT> = Vec::new();
        record.encode(&mut Encoder::new(Sink(&mut event))).map_err(|_| Refused::Full)?;
        let start = self.items.len();
        let written = Encoder::new(Sink(&mut self.items)).bytes(&event).is_ok();
        if !written || self.count == MAX_EVENTS {
            self.items.truncate(start);
            return Err(Refused::Full);
        }
        self.count += 1;
        self.grammar = grammar;
        let digest = Digest(Sha256::digest(&event).into());
        let pcr = record.event.pcr();
        let [image, machine] = &mut self.pcrs;
        let value = if pcr == IMAGE_PCR { image } else { machine };
        *value = extend(*value, digest);
        let data = self.items.len().checked_sub(event.len()).and_then(|at| self.items.get(at..));
        Ok(Extension { pcr, digest, data: data.unwrap_or_default() })
    }

    /// What [`IMAGE_PCR`] and [`super::MACHINE_PCR`] hold now.
    #[must_use]
    pub fn pcrs(&self) -> [Digest; 2] {
        self.pcrs
    }

    /// The finished log.
    ///
    /// # Errors
    /// [`LogFault::Incomplete`] before the lock.
    pub fn view(&self) -> Result<LogView<'_>, LogFault> {
        LogView::parse(self.count, &self.items)
    }

    /// Number of events and their encodings, to be handed on.
    #[must_use]
    pub fn parts(&self) -> (u16, &[u8]) {
        (self.count, &self.items)
    }
}

/// Writes behind what is there, if there is room.
struct Sink<'a, const N: usize>(&'a mut Vec<u8, N>);

impl<const N: usize> minicbor::encode::Write for Sink<'_, N> {
    type Error = ();

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.0.extend_from_slice(bytes).map_err(|_| ())
    }
}
