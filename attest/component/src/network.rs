//! Requests by TCP, from the outside network that the policy's `[attestation]` names. Its driver carries the
//! frames; this component sees no more of the network than them.

use cloister_endpoint::{Endpoint, Memory, RingWire, Settings};
use cloister_runtime::abi::{AttesterPage, InfoPage};
use cloister_runtime::{Channel, log, now};
use spin::{Mutex, MutexGuard};

use crate::desk::Desk;

static MEMORY: Mutex<Memory<'static>> = Mutex::new(Memory::new());

/// The endpoint and its wire.
pub struct Network {
    endpoint: Endpoint<'static>,
    wire: RingWire<'static>,
    out: Channel,
    event: u64,
    start: u64,
    ticks_per_second: u64,
}

impl Network {
    /// The endpoint, if the policy gives the attester a network. To be called once.
    pub fn new(info: &'static InfoPage, page: &AttesterPage) -> Option<Self> {
        let named = |ending| Channel::all(info).find(|channel| channel.name().ends_with(ending));
        let (incoming, out) = (named(":in")?, named(":out")?);
        let mut wire = RingWire::new(incoming.reader()?, out.writer()?);
        let AttesterPage { mac, port, .. } = *page;
        let start = now();
        let settings = Settings { mac, port, seed: start };
        let memory = MutexGuard::leak(MEMORY.lock());
        let endpoint = Endpoint::new(settings, memory, &mut wire, 0);
        log!("answers on TCP port {port} at {}", cloister_endpoint::link_local(mac));
        let ticks_per_second = info.ticks_per_second.max(1);
        Some(Self { endpoint, wire, out, event: incoming.event(), start, ticks_per_second })
    }

    /// The event by which frames come.
    pub fn event(&self) -> u64 {
        self.event
    }

    /// Takes frames in, answers, sends.
    pub fn serve(&mut self, desk: &mut Desk) {
        let seconds = (now() - self.start) / self.ticks_per_second;
        let rest = (now() - self.start) % self.ticks_per_second;
        let milliseconds = seconds * 1000 + rest * 1000 / self.ticks_per_second;
        let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        self.endpoint.poll(&mut self.wire, milliseconds, |request| desk.answer(request.ok()));
        self.out.signal();
    }
}
