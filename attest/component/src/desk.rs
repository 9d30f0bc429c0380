//! Where all requests are answered, whoever brings them: one at a time, at one pace.

use cloister_attester::{Attester, Buffers, Pace};
use cloister_audit_heads::Heads;
use cloister_evidence::exchange::{Problem, Request};
use cloister_runtime::now;

use crate::Way;

/// The attester with what it needs to answer.
pub struct Desk {
    attester: Attester<'static, Way>,
    pace: Pace,
    buffers: &'static mut Buffers,
}

impl Desk {
    /// A desk that has answered nobody yet.
    pub fn new(
        attester: Attester<'static, Way>,
        ticks_per_second: u64,
        buffers: &'static mut Buffers,
    ) -> Self {
        Self { attester, pace: Pace::new(now(), ticks_per_second), buffers }
    }

    /// Has evidence say from now on how far the kernel's audit records are chained.
    pub fn audited(&mut self, heads: Option<Heads>) {
        self.attester.audited(heads);
    }

    /// Answers a request; none where what came is no request.
    pub fn answer(&mut self, request: Option<Request<'_>>) -> &[u8] {
        match request {
            _ if !self.pace.take(now()) => Attester::<Way>::refuse(Problem::Busy, self.buffers),
            Some(request) => self.attester.answer(&request, self.buffers),
            None => Attester::<Way>::refuse(Problem::BadRequest, self.buffers),
        }
    }
}
