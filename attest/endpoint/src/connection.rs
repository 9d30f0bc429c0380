//! One connection: a request, an answer, the end.

use cloister_evidence::exchange::{HEADER, MAX_REQUEST, MessageFault, Request};
use smoltcp::{
    socket::tcp::{Socket, State},
    time::{Duration, Instant},
};

/// From the first byte of a connection until it has to be over: a TPM's answer takes a second or two.
const DEADLINE: Duration = Duration::from_secs(30);

/// What has come of a request, and when the connection has to be over.
pub struct Connection {
    bytes: [u8; HEADER + MAX_REQUEST],
    length: usize,
    deadline: Option<Instant>,
    answered: bool,
}

impl Connection {
    pub const fn new() -> Self {
        Self { bytes: [0; HEADER + MAX_REQUEST], length: 0, deadline: None, answered: false }
    }

    /// Listens, takes bytes in, answers, closes: whatever can be done now. What answers is taken when it is
    /// used; without it, a request waits.
    pub fn step<'b>(
        &mut self,
        socket: &mut Socket<'_>,
        port: u16,
        now: Instant,
        answer: &mut Option<impl FnOnce(Result<Request<'_>, MessageFault>) -> &'b [u8]>,
    ) {
        if matches!(socket.state(), State::Closed | State::TimeWait) {
            *self = Self::new();
            socket.abort();
            // It is closed, and the port is not 0.
            let _ = socket.listen(port);
        }
        if !socket.is_active() {
            return;
        }
        let deadline = *self.deadline.get_or_insert(now + DEADLINE);
        if now >= deadline {
            socket.abort();
            return;
        }
        if !self.answered {
            self.take(socket);
            let more = matches!(socket.state(), State::SynReceived | State::Established);
            if answer.is_some()
                && let Some(request) = self.request(more)
                && let Some(answer) = answer.take()
            {
                // The socket's buffer has room for the longest answer.
                let _ = socket.send_slice(answer(request));
                self.answered = true;
                socket.close();
            }
        }
    }

    /// Takes in what has come, up to one byte more than the longest request.
    fn take(&mut self, socket: &mut Socket<'_>) {
        while socket.can_recv() {
            let room = self.bytes.get_mut(self.length..).unwrap_or_default();
            match socket.recv_slice(room) {
                Ok(count) if count > 0 => self.length += count,
                _ => return,
            }
        }
    }

    /// The request, once it is whole, or why there is none; nothing while more can come.
    fn request(&self, more: bool) -> Option<Result<Request<'_>, MessageFault>> {
        match Request::parse(self.bytes.get(..self.length).unwrap_or_default()) {
            Ok(Some(request)) => Some(Ok(request)),
            Ok(None) if more => None,
            // The other side has said all that it will.
            Ok(None) => Some(Err(MessageFault::Malformed)),
            Err(fault) => Some(Err(fault)),
        }
    }
}
