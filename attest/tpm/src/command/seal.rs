//! Data that the TPM gives back only while PCRs hold the values that they had.
//!
//! The parent is a key of the null hierarchy, whose seed is new at each reset of the TPM: what was
//! sealed in one boot can be opened in no other, and no owner's password is needed.

use sha2::{Digest as _, Sha256};
use tpm2_protocol::{
    TpmMarshal as _, TpmWriter,
    data::{
        Tpm2bData, Tpm2bDigest, Tpm2bPrivate, Tpm2bPublic, Tpm2bSensitiveCreate,
        Tpm2bSensitiveData, TpmCc, TpmRh, TpmlPcrSelection, TpmsSensitiveCreate,
    },
    frame::{
        TpmCreateCommand, TpmCreateResponse, TpmLoadCommand, TpmLoadResponse, TpmPolicyPcrCommand,
        TpmUnsealCommand, TpmUnsealResponse,
    },
};

use super::{
    Tpm, TpmError, Transport,
    session::{empty_password, of_session},
    template,
};
use crate::{Digest, Selection};

/// Sealed data: only the TPM that made it can open it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    selection: Selection,
    private: Tpm2bPrivate,
    public: Tpm2bPublic,
}

impl<T: Transport> Tpm<T> {
    /// Seals 32 bytes to what the selected PCRs hold now.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn seal(
        &mut self,
        data: &[u8; 32],
        selection: Selection,
    ) -> Result<Sealed, TpmError<T::Error>> {
        let composite = self.pcr_read(selection)?.composite(selection);
        let policy = policy_pcr(selection, &composite).map_err(TpmError::Command)?;
        let data = Tpm2bSensitiveData::try_from(&data[..]).map_err(TpmError::Command)?;
        let inner = TpmsSensitiveCreate { data, ..TpmsSensitiveCreate::default() };
        let parent = self.create_primary(TpmRh::Null, template::storage())?.handle;
        self.flushing(parent, |tpm| {
            let command = TpmCreateCommand {
                handles: [parent],
                in_sensitive: Tpm2bSensitiveCreate { inner },
                in_public: template::sealed(&policy).map_err(TpmError::Command)?,
                outside_info: Tpm2bData::default(),
                creation_pcr: TpmlPcrSelection::new(),
            };
            let answer: TpmCreateResponse = tpm.execute(&command, &[empty_password()])?;
            Ok(Sealed { selection, private: answer.out_private, public: answer.out_public })
        })
    }

    /// Opens sealed data. Whoever called wipes it after use.
    ///
    /// # Errors
    /// Any [`TpmError`]; [`TpmError::Refused`] if a PCR has changed or the TPM was reset.
    pub fn unseal(&mut self, sealed: &Sealed) -> Result<[u8; 32], TpmError<T::Error>> {
        let parent = self.create_primary(TpmRh::Null, template::storage())?.handle;
        let loaded = self.flushing(parent, |tpm| {
            let command = TpmLoadCommand {
                handles: [parent],
                in_private: sealed.private,
                in_public: sealed.public.clone(),
            };
            let answer: TpmLoadResponse = tpm.execute(&command, &[empty_password()])?;
            let [handle] = answer.handles;
            Ok(handle)
        })?;
        self.flushing(loaded, |tpm| {
            let session = tpm.start_policy_session()?;
            tpm.flushing(session, |tpm| {
                let policy = TpmPolicyPcrCommand {
                    handles: [session],
                    pcr_digest: Tpm2bDigest::default(),
                    pcrs: sealed.selection.to_list(),
                };
                tpm.parameters(&policy, &[])?;
                let command = TpmUnsealCommand { handles: [loaded] };
                let answer: TpmUnsealResponse = tpm.execute(&command, &[of_session(session)])?;
                let data = <[u8; 32]>::try_from(&*answer.out_data);
                // The answer holds the secret too.
                tpm.response.fill(0);
                data.map_err(|_| TpmError::Unexpected("sealed data of another length"))
            })
        })
    }
}

/// The policy digest of one PolicyPCR (Part 3, 23.7).
fn policy_pcr(selection: Selection, composite: &Digest) -> tpm2_protocol::TpmResult<Digest> {
    let mut buffer = [0; 64];
    let mut writer = TpmWriter::new(&mut buffer);
    TpmCc::PolicyPcr.marshal(&mut writer)?;
    selection.to_list().marshal(&mut writer)?;
    writer.write_bytes(composite)?;
    let digest = Sha256::new().chain_update([0; 32]).chain_update(writer.as_bytes());
    Ok(digest.finalize().into())
}
