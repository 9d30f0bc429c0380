//! A connection: from the client's first byte to the answer's last.

use smoltcp::socket::tcp::Socket;
use smoltcp::time::{Duration, Instant};

use crate::page::{self, Facts};
use crate::request::Verdict;

/// HTTP.
const PORT: u16 = 80;
/// Bytes of a request's head that are waited for.
pub const HEAD_BYTES: usize = 2048;
/// How long a client may take for its request, and how long it may be silent afterwards.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a connection beside its socket.
#[derive(Clone, Copy, Default)]
pub struct Connection {
    /// Until when the request has to be here; none while there is no client, and once it is answered.
    deadline: Option<Instant>,
}

impl Connection {
    /// Goes on as far as it can. `requests` counts those that were answered.
    pub fn serve(&mut self, socket: &mut Socket<'_>, now: Instant, facts: &mut Facts<'_>) {
        if !socket.is_open() {
            *self = Self::default();
            socket.set_timeout(Some(PATIENCE));
            // The port is not 0, and the socket is closed.
            let _ = socket.listen(PORT);
            return;
        }
        if !socket.may_send() {
            return;
        }
        let deadline = *self.deadline.get_or_insert(now + PATIENCE);
        // Nothing is taken from the buffer before it is answered, so that all of it is in one piece.
        let verdict = socket.peek(HEAD_BYTES).map_or(Verdict::Bad, |head| {
            let verdict = Verdict::of(head);
            let is_full = head.len() == HEAD_BYTES;
            if is_full && verdict == Verdict::Incomplete { Verdict::TooLarge } else { verdict }
        });
        if verdict != Verdict::Incomplete {
            facts.requests += 1;
            // The buffer is as large as any answer, and empty.
            let _ = socket.send_slice(page::answer(verdict, facts).as_bytes());
            socket.close();
        } else if !socket.may_recv() {
            socket.close();
        } else if now >= deadline {
            socket.abort();
        }
    }

    /// When it has to be looked at again in any case.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}
