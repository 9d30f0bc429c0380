//! Talking to a machine's attester: one connection, one request, one answer.

use std::{
    io::{Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use cloister_evidence::exchange::{Answer, HEADER, Header, MAX_ANSWER, MAX_REQUEST, Request};

use crate::AttestError;

/// The port that is asked where none is named.
pub const DEFAULT_PORT: u16 = 4433;

/// Where a machine is asked.
#[derive(Clone, Debug)]
pub struct Client {
    host: String,
    patience: Duration,
}

impl Client {
    /// The machine at `host`, a name or address, with or without `:port`. It may take `patience`
    /// for each step.
    #[must_use]
    pub fn new(host: &str, patience: Duration) -> Self {
        let has_port = host.rsplit_once(':').is_some_and(|(name, port)| {
            port.parse::<u16>().is_ok() && (!name.contains(':') || name.ends_with(']'))
        });
        let host = if has_port { host.to_owned() } else { format!("{host}:{DEFAULT_PORT}") };
        Self { host, patience }
    }

    /// Asks, and returns the whole answer as a message.
    ///
    /// # Errors
    /// If the machine cannot be reached, or does not answer as it should.
    pub fn ask(&self, request: &Request<'_>) -> Result<Vec<u8>, AttestError> {
        let network = |source| AttestError::Network { host: self.host.clone(), source };
        let protocol = |reason: String| AttestError::Protocol { host: self.host.clone(), reason };
        let mut stream = self.connect().map_err(network)?;
        let mut buffer = [0; HEADER + MAX_REQUEST];
        let message = request.write(&mut buffer).map_err(|fault| protocol(fault.to_string()))?;
        stream.write_all(message).map_err(network)?;
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).map_err(network)?;
        let length =
            Header::parse(&header, MAX_ANSWER).map_err(|fault| protocol(fault.to_string()))?.length;
        let mut answer = header.to_vec();
        answer.resize(HEADER + length, 0);
        stream.read_exact(&mut answer[HEADER..]).map_err(network)?;
        match Answer::parse(&answer).map_err(|fault| protocol(fault.to_string()))? {
            Answer::Problem(problem) => Err(protocol(problem.to_string())),
            _ => Ok(answer),
        }
    }

    /// What the machine answers is not what was asked for.
    pub(crate) fn unexpected(&self) -> AttestError {
        let reason = "it answered something that it was not asked".to_owned();
        AttestError::Protocol { host: self.host.clone(), reason }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        for address in self.host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.patience) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(self.patience))?;
                    stream.set_write_timeout(Some(self.patience))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Challenges the machine; returns its evidence.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn challenge(&self, nonce: &[u8]) -> Result<Vec<u8>, AttestError> {
        let message = self.ask(&Request::Challenge { nonce })?;
        match Answer::parse(&message) {
            Ok(Answer::Evidence(token)) => Ok(token.to_vec()),
            _ => Err(self.unexpected()),
        }
    }
}
