//! Requests by channels of records: the policy's `[channel]` of kind `dialogue` to the attester. What comes
//! in by `NAME` is answered by `NAME:back`.

use cloister_evidence::exchange::{HEADER, MAX_REQUEST, Request};
use cloister_runtime::abi::InfoPage;
use cloister_runtime::ring::{Reader, Writer};
use cloister_runtime::{Channel, log};
use heapless::Vec;

use crate::desk::Desk;

/// Most who can ask.
const MOST: usize = 8;

/// One who can ask.
struct Service {
    requests: Reader<'static>,
    answers: Writer<'static>,
    back: Channel,
    event: u64,
}

/// All who can ask.
pub struct Services(Vec<Service, MOST>);

impl Services {
    /// Those to whom the policy gives a dialogue.
    pub fn new(info: &'static InfoPage) -> Self {
        let ends = Channel::all(info).filter_map(|there| {
            let requests = there.reader()?;
            let named = |back: &Channel| back.name().strip_suffix(":back") == Some(there.name());
            let back = Channel::all(info).find(named)?;
            Some(Service { requests, answers: back.writer()?, back, event: there.event() })
        });
        Self(ends.take(MOST).collect())
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The events by which they call.
    pub fn events(&self) -> u64 {
        self.0.iter().fold(0, |events, service| events | service.event)
    }

    /// Answers one request of each.
    pub fn serve(&mut self, desk: &mut Desk) {
        for service in &mut self.0 {
            let mut message = [0; HEADER + MAX_REQUEST];
            let Some(record) = service.requests.read(&mut message) else { continue };
            // A record that is longer than any request was cut off, and is none.
            let request = message.get(..record.length).map(Request::parse);
            let answer = desk.answer(request.and_then(Result::ok).flatten());
            if service.answers.write(answer).is_err() {
                log!("channel {}: too small for an answer", service.back.name());
            }
            service.back.signal();
        }
    }
}
