//! Authorizations: the empty password, and policy sessions.

use tpm2_protocol::{
    basic::TpmHandle,
    data::{
        Tpm2bEncryptedSecret, Tpm2bNonce, TpmAlgId, TpmRh, TpmSe, TpmaSession, TpmsAuthCommand,
        TpmtSymDefObject,
    },
    frame::{TpmStartAuthSessionCommand, TpmStartAuthSessionResponse},
};

use super::{Tpm, TpmError, Transport};

/// The authorization by the empty password (Part 1, 19.4).
pub fn empty_password() -> TpmsAuthCommand {
    of_session(TpmRh::Pw.value().into())
}

/// The authorization by a policy session, which stays open.
pub fn of_session(session_handle: TpmHandle) -> TpmsAuthCommand {
    TpmsAuthCommand {
        session_handle,
        session_attributes: TpmaSession::CONTINUE_SESSION,
        ..TpmsAuthCommand::default()
    }
}

impl<T: Transport> Tpm<T> {
    /// Starts a policy session. Neither salted nor bound: the TPM is on the machine's own bus, and
    /// what is done in such sessions needs no secrecy on it.
    pub(super) fn start_policy_session(&mut self) -> Result<TpmHandle, TpmError<T::Error>> {
        let mut nonce = [0; 16];
        self.random(&mut nonce)?;
        let null = TpmRh::Null.value().into();
        let command = TpmStartAuthSessionCommand {
            handles: [null, null],
            nonce_caller: Tpm2bNonce::try_from(&nonce[..]).map_err(TpmError::Command)?,
            encrypted_salt: Tpm2bEncryptedSecret::default(),
            session_type: TpmSe::Policy,
            symmetric: TpmtSymDefObject::default(),
            auth_hash: TpmAlgId::Sha256,
        };
        let answer: TpmStartAuthSessionResponse = self.execute(&command, &[])?;
        let [handle] = answer.handles;
        Ok(handle)
    }
}
