//! The commands that attestation needs, each as one function over a [`Transport`].
//!
//! Every sequence gives back what it took: transient objects and sessions are flushed, so that a
//! TPM with the least number of slots that the PC Client profile allows (three of each) suffices.

mod activate;
mod clock;
mod error;
mod key;
mod nv;
mod pcr;
mod quote;
mod seal;
mod session;
mod template;

pub use error::TpmError;
pub use key::{EndorsementKind, LoadedKey, PublicArea};
pub use quote::Quoted;
pub use seal::Sealed;

use tpm2_protocol::{
    TpmWriter,
    basic::TpmHandle,
    data::{TpmCc, TpmSt, TpmSu, TpmsAuthCommand},
    frame::{
        TpmFlushContextCommand, TpmFrame, TpmGetRandomCommand, TpmGetRandomResponse, TpmHeader,
        TpmResponse, TpmStartupCommand, TpmUnmarshalBody, tpm_marshal_command,
    },
};

/// Largest message in either direction, in bytes: what PC TPMs take.
pub const MAX_MESSAGE: usize = 4096;

/// The return code of a TPM that was started already (Part 2, 6.6.3: TPM_RC_INITIALIZE).
const ALREADY_STARTED: u32 = 0x100;

/// Return codes that ask to send the command again (Part 2, 6.6.3: TPM_RC_YIELDED, TPM_RC_TESTING,
/// TPM_RC_RETRY).
const YIELDED: u32 = 0x908;
const TESTING: u32 = 0x90a;
const RETRY: u32 = 0x922;

/// How often a command is sent at most.
const MAX_TRIES: u32 = 1000;

/// A way to a TPM.
pub trait Transport {
    /// Why a message did not get through.
    type Error;

    /// Sends `command`, waits for the TPM, and puts its answer into `response`. Returns how many
    /// bytes came.
    ///
    /// # Errors
    /// When the command cannot be sent, or no whole answer comes.
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, Self::Error>;
}

impl<T: Transport> Transport for &mut T {
    type Error = T::Error;

    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, Self::Error> {
        T::transmit(self, command, response)
    }
}

/// A TPM.
#[derive(Debug)]
pub struct Tpm<T> {
    transport: T,
    response: [u8; MAX_MESSAGE],
}

impl<T: Transport> Tpm<T> {
    /// The TPM behind `transport`.
    pub const fn new(transport: T) -> Self {
        Self { transport, response: [0; MAX_MESSAGE] }
    }

    /// Starts the TPM, where no firmware has done so.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn startup(&mut self) -> Result<(), TpmError<T::Error>> {
        let command = TpmStartupCommand { handles: [], startup_type: TpmSu::Clear };
        match self.parameters(&command, &[]) {
            Err(TpmError::Refused { code: ALREADY_STARTED, .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Fills `bytes`, at most 32, with random numbers of the TPM.
    ///
    /// # Errors
    /// Any [`TpmError`]; [`TpmError::Unexpected`] if the TPM gives fewer than asked for.
    pub fn random(&mut self, bytes: &mut [u8]) -> Result<(), TpmError<T::Error>> {
        let count = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let command = TpmGetRandomCommand { handles: [], bytes_requested: count.into() };
        let answer: TpmGetRandomResponse = self.execute(&command, &[])?;
        if answer.random_bytes.len() != bytes.len() {
            return Err(TpmError::Unexpected("fewer random bytes than asked for"));
        }
        bytes.copy_from_slice(&answer.random_bytes);
        Ok(())
    }

    /// Removes a transient object or a session.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn flush(&mut self, handle: TpmHandle) -> Result<(), TpmError<T::Error>> {
        let command = TpmFlushContextCommand { handles: [], flush_handle: handle };
        self.parameters(&command, &[]).map(|_| ())
    }

    /// Runs `work` and then flushes `handle`, whatever came of it.
    fn flushing<R>(
        &mut self,
        handle: TpmHandle,
        work: impl FnOnce(&mut Self) -> Result<R, TpmError<T::Error>>,
    ) -> Result<R, TpmError<T::Error>> {
        let result = work(self);
        let flushed = self.flush(handle);
        let value = result?;
        flushed.map(|()| value)
    }

    /// Carries a command out and decodes the answer.
    fn execute<R: TpmUnmarshalBody>(
        &mut self,
        command: &impl TpmFrame,
        sessions: &[TpmsAuthCommand],
    ) -> Result<R, TpmError<T::Error>> {
        let length = self.exchange(command, sessions)?;
        let bytes = self.response.get(..length).unwrap_or_default();
        TpmResponse::cast(bytes).and_then(TpmResponse::unmarshal).map_err(TpmError::Answer)
    }

    /// Carries out a command whose answer has no handles, and returns the answer's parameters as
    /// the TPM wrote them.
    fn parameters(
        &mut self,
        command: &impl TpmFrame,
        sessions: &[TpmsAuthCommand],
    ) -> Result<&[u8], TpmError<T::Error>> {
        self.handle_and_parameters(command, sessions, 0).map(|(_, parameters)| parameters)
    }

    /// As [`Self::parameters`], for answers with `handles` (0 or 1) handles.
    fn handle_and_parameters(
        &mut self,
        command: &impl TpmFrame,
        sessions: &[TpmsAuthCommand],
        handles: usize,
    ) -> Result<(TpmHandle, &[u8]), TpmError<T::Error>> {
        const TRUNCATED: &str = "an answer that is cut off";
        let length = self.exchange(command, sessions)?;
        let bytes = self.response.get(..length).unwrap_or_default();
        let body = bytes.get(10..).ok_or(TpmError::Unexpected(TRUNCATED))?;
        let (head, body) =
            body.split_at_checked(4 * handles).ok_or(TpmError::Unexpected(TRUNCATED))?;
        let handle = head.try_into().map_or(0, u32::from_be_bytes);
        if bytes.get(..2) != Some(&TpmSt::Sessions.value().to_be_bytes()) {
            return Ok((handle.into(), body));
        }
        let (size, rest) = body.split_first_chunk().ok_or(TpmError::Unexpected(TRUNCATED))?;
        let size = u32::from_be_bytes(*size) as usize;
        let parameters = rest.get(..size).ok_or(TpmError::Unexpected(TRUNCATED))?;
        Ok((handle.into(), parameters))
    }

    /// Sends a command and takes the answer in; returns its length. Refusals are errors.
    fn exchange(
        &mut self,
        command: &impl TpmFrame,
        sessions: &[TpmsAuthCommand],
    ) -> Result<usize, TpmError<T::Error>> {
        let mut buffer = [0; MAX_MESSAGE];
        let mut writer = TpmWriter::new(&mut buffer);
        let tag = if sessions.is_empty() { TpmSt::NoSessions } else { TpmSt::Sessions };
        tpm_marshal_command(command, tag, sessions, &mut writer).map_err(TpmError::Command)?;
        let command_bytes = writer.as_bytes();
        for _ in 0..MAX_TRIES {
            let length = self
                .transport
                .transmit(command_bytes, &mut self.response)
                .map_err(TpmError::Transport)?;
            let bytes = self.response.get(..length).unwrap_or_default();
            let answer = TpmResponse::cast(bytes).map_err(TpmError::Answer)?;
            if answer.size() as usize != length {
                return Err(TpmError::Unexpected("an answer of another length than it says"));
            }
            let code = bytes.get(6..10).and_then(|code| code.try_into().ok());
            match code.map_or(u32::MAX, u32::from_be_bytes) {
                0 => {
                    answer.validate(command.cc()).map_err(TpmError::Answer)?;
                    return Ok(length);
                }
                YIELDED | TESTING | RETRY => {}
                code => return Err(TpmError::Refused { command: command.cc(), code }),
            }
        }
        Err(TpmError::Unexpected("no answer but that it is busy"))
    }
}

/// The command code of a command or answer.
fn code_of<F: TpmHeader>() -> TpmCc {
    F::CC
}

/// Splits a sized buffer (TPM2B) off the front of `bytes`.
fn take_sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*size)))
}
