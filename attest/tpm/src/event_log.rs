//! The firmware's event log in its crypto-agile form (TCG PC Client Platform Firmware Profile, 10).
//!
//! The parser is strict: a type that the profile does not define, an algorithm that the header does
//! not announce, a digest that the event's own data contradicts, and bytes left over each end it. An
//! event's type is not covered by its digest, so nothing here is believed because of the type alone:
//! what the type promises about the data is recomputed where the profile says how.

mod fault;
mod kind;
mod reader;
mod secure_boot;

pub use fault::LogFault;
pub use kind::EventKind;

use sha2::{Digest as _, Sha256};

use crate::{Digest, PCR_COUNT, PcrBank};
use reader::Reader;

/// Most events in a log.
pub const MAX_EVENTS: u32 = 2048;

/// Most digest algorithms that a header may announce.
pub const MAX_ALGORITHMS: usize = 8;

const SHA256: u16 = 0x000b;
const SPEC_ID: &[u8; 16] = b"Spec ID Event03\0";
const STARTUP_LOCALITY: &[u8; 16] = b"StartupLocality\0";

/// An event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event<'a> {
    /// Its place in the log; the header is 0.
    pub number: u32,
    /// The PCR that it was extended into.
    pub pcr: u8,
    /// What it is.
    pub kind: EventKind,
    /// What was extended into the SHA-256 bank.
    pub digest: Digest,
    /// What the firmware says about it.
    pub data: &'a [u8],
}

impl Event<'_> {
    /// Whether it was extended: all are, but notes.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.kind != EventKind::NoAction
    }

    /// The locality that a note gives as the one from which the machine was started.
    #[must_use]
    pub fn startup_locality(&self) -> Option<u8> {
        let [locality] = self.data.strip_prefix(STARTUP_LOCALITY)? else { return None };
        (self.kind == EventKind::NoAction && self.pcr == 0).then_some(*locality)
    }
}

/// A log that has been checked from end to end.
#[derive(Clone, Copy, Debug)]
pub struct EventLog<'a> {
    algorithms: Algorithms,
    events: &'a [u8],
}

/// The algorithms that the header announces, with the size of their digests.
#[derive(Clone, Copy, Debug)]
struct Algorithms {
    known: [(u16, u16); MAX_ALGORITHMS],
    count: usize,
}

impl<'a> EventLog<'a> {
    /// Checks the whole log.
    ///
    /// # Errors
    /// Any [`LogFault`], with the number of the event.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, LogFault> {
        let mut reader = Reader(bytes);
        let algorithms = header(&mut reader)?;
        let log = Self { algorithms, events: reader.0 };
        let mut number = 1;
        while !reader.0.is_empty() {
            if number > MAX_EVENTS {
                return Err(LogFault::TooManyEvents);
            }
            event(&mut reader, &algorithms, number)?;
            number += 1;
        }
        Ok(log)
    }

    /// The events behind the header.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let algorithms = self.algorithms;
        let mut reader = Reader(self.events);
        (1..=MAX_EVENTS).map_while(move |number| event(&mut reader, &algorithms, number).ok())
    }

    /// What the SHA-256 bank holds if nothing but the log's events was extended.
    #[must_use]
    pub fn replay(&self) -> PcrBank {
        let mut bank = PcrBank::after_reset();
        for event in self.events() {
            if let Some(locality) = event.startup_locality() {
                bank.set_startup_locality(locality);
            } else if event.is_extended() {
                bank.extend(event.pcr, &event.digest);
            }
        }
        bank
    }
}

/// Bytes of each event of a log besides its data, by the header that `log` begins with. The last four of
/// them say how many bytes of data follow. For those who copy a log without judging it.
#[must_use]
pub fn fixed_length(log: &[u8]) -> Option<usize> {
    let algorithms = header(&mut Reader(log)).ok()?;
    let digests = algorithms.list().iter().map(|(_, size)| 2 + usize::from(*size));
    Some(4 + 4 + 4 + digests.sum::<usize>() + 4)
}

/// The first event, in the old form: it says which digests the others carry (10.4.5.1).
fn header(reader: &mut Reader<'_>) -> Result<Algorithms, LogFault> {
    let truncated = LogFault::Truncated(0);
    let pcr = reader.u32().ok_or(truncated)?;
    let kind = reader.u32().ok_or(truncated)?;
    let digest = reader.take(20).ok_or(truncated)?;
    let size = reader.u32().ok_or(truncated)?;
    let mut data = Reader(reader.take(size as usize).ok_or(truncated)?);
    if pcr != 0 || kind != EventKind::NoAction.number() || digest != [0; 20] {
        return Err(LogFault::NotALog);
    }
    if data.take(16) != Some(SPEC_ID) {
        return Err(LogFault::NotALog);
    }
    let fixed = data.take(8).ok_or(truncated)?;
    let [_, _, _, _, _minor, major, _errata, uintn] = fixed else { return Err(truncated) };
    if *major != 2 || !matches!(uintn, 1 | 2) {
        return Err(LogFault::Version { major: *major, uintn: *uintn });
    }
    let count = data.u32().ok_or(truncated)? as usize;
    if count == 0 || count > MAX_ALGORITHMS {
        return Err(LogFault::Algorithms(count));
    }
    let mut algorithms = Algorithms { known: [(0, 0); MAX_ALGORITHMS], count };
    for index in 0..count {
        let algorithm = data.u16().ok_or(truncated)?;
        let size = data.u16().ok_or(truncated)?;
        let known = algorithms.known.get(..index).unwrap_or_default();
        if known.iter().any(|(other, _)| *other == algorithm) || size == 0 || size > 64 {
            return Err(LogFault::Algorithm { event: 0, algorithm });
        }
        if let Some(place) = algorithms.known.get_mut(index) {
            *place = (algorithm, size);
        }
    }
    if !algorithms.list().contains(&(SHA256, 32)) {
        return Err(LogFault::NoSha256);
    }
    let vendor = data.u8().ok_or(truncated)?;
    data.take(usize::from(vendor)).ok_or(truncated)?;
    if data.0.is_empty() { Ok(algorithms) } else { Err(LogFault::HeaderSize(data.0.len())) }
}

impl Algorithms {
    fn list(&self) -> &[(u16, u16)] {
        self.known.get(..self.count).unwrap_or_default()
    }

    /// Reads the digests of one event: each announced algorithm exactly once.
    fn digests(&self, reader: &mut Reader<'_>, event: u32) -> Result<Digest, LogFault> {
        let truncated = LogFault::Truncated(event);
        let count = reader.u32().ok_or(truncated)? as usize;
        if count != self.count {
            return Err(LogFault::Digests { event, found: count, expected: self.count });
        }
        let mut seen = 0_u8;
        let mut sha256 = None;
        for _ in 0..count {
            let algorithm = reader.u16().ok_or(truncated)?;
            let place = self.list().iter().position(|(known, _)| *known == algorithm);
            let unknown = LogFault::Algorithm { event, algorithm };
            let place = place.filter(|place| seen & (1 << place) == 0).ok_or(unknown)?;
            seen |= 1 << place;
            let size = self.list().get(place).map_or(0, |(_, size)| usize::from(*size));
            let digest = reader.take(size).ok_or(truncated)?;
            if algorithm == SHA256 {
                sha256 = digest.try_into().ok();
            }
        }
        sha256.ok_or(LogFault::NoSha256)
    }
}

/// Reads one event in the crypto-agile form (10.2.2).
fn event<'a>(
    reader: &mut Reader<'a>,
    algorithms: &Algorithms,
    number: u32,
) -> Result<Event<'a>, LogFault> {
    let truncated = LogFault::Truncated(number);
    let pcr = reader.u32().ok_or(truncated)?;
    let kind = reader.u32().ok_or(truncated)?;
    let kind = EventKind::of(kind).ok_or(LogFault::Kind { event: number, kind })?;
    let pcr = u8::try_from(pcr)
        .ok()
        .filter(|pcr| usize::from(*pcr) < PCR_COUNT)
        .ok_or(LogFault::Pcr { event: number, pcr })?;
    let digest = algorithms.digests(reader, number)?;
    let size = reader.u32().ok_or(truncated)?;
    let data = reader.take(size as usize).ok_or(truncated)?;
    if kind.digest_is_of_data() && Digest::from(Sha256::digest(data)) != digest {
        return Err(LogFault::Data { event: number, kind });
    }
    if kind == EventKind::NoAction && digest != [0; 32] {
        return Err(LogFault::Data { event: number, kind });
    }
    if kind == EventKind::Separator && !matches!(data, [0, 0, 0, 0] | [0xff, 0xff, 0xff, 0xff]) {
        return Err(LogFault::Separator(number));
    }
    Ok(Event { number, pcr, kind, digest, data })
}

#[cfg(test)]
mod tests;
