//! Credential activation: the proof that an attestation key lives in the TPM of an endorsement key.

use tpm2_protocol::{
    basic::{TpmHandle, TpmInt32},
    data::{Tpm2bDigest, Tpm2bEncryptedSecret, Tpm2bIdObject, Tpm2bNonce, TpmRh},
    frame::{TpmActivateCredentialCommand, TpmActivateCredentialResponse, TpmPolicySecretCommand},
};

use super::{
    Tpm, TpmError, Transport,
    session::{empty_password, of_session},
};
use crate::Digest;

impl<T: Transport> Tpm<T> {
    /// Opens a credential that was made for `attestation` and encrypted to `endorsement`, both
    /// loaded. The TPM gives the secret only if both are its own (Part 3, 12.5).
    ///
    /// # Errors
    /// Any [`TpmError`]; [`TpmError::Refused`] if the credential is for other keys.
    pub fn activate_credential(
        &mut self,
        attestation: TpmHandle,
        endorsement: TpmHandle,
        credential_blob: &[u8],
        secret: &[u8],
    ) -> Result<Digest, TpmError<T::Error>> {
        let command = TpmActivateCredentialCommand {
            handles: [attestation, endorsement],
            credential_blob: Tpm2bIdObject::try_from(credential_blob).map_err(TpmError::Command)?,
            secret: Tpm2bEncryptedSecret::try_from(secret).map_err(TpmError::Command)?,
        };
        let session = self.start_policy_session()?;
        self.flushing(session, |tpm| {
            let policy = TpmPolicySecretCommand {
                handles: [TpmRh::Endorsement.value().into(), session],
                nonce_tpm: Tpm2bNonce::default(),
                cp_hash_a: Tpm2bDigest::default(),
                policy_ref: Tpm2bNonce::default(),
                expiration: TpmInt32::from(0),
            };
            tpm.parameters(&policy, &[empty_password()])?;
            let answer: TpmActivateCredentialResponse =
                tpm.execute(&command, &[empty_password(), of_session(session)])?;
            Digest::try_from(&*answer.cert_info)
                .map_err(|_| TpmError::Unexpected("a secret that is not of 32 bytes"))
        })
    }
}
