//! Extending and reading PCRs.

use tpm2_protocol::{
    basic::{TpmBuffer, TpmHandle},
    data::{TpmAlgId, TpmlDigestValues, TpmtHa, TpmuHa},
    frame::{TpmPcrExtendCommand, TpmPcrReadCommand, TpmPcrReadResponse},
};

use super::{Tpm, TpmError, Transport, session::empty_password};
use crate::{Digest, PCR_COUNT, PcrBank, Selection};

impl<T: Transport> Tpm<T> {
    /// Extends `digest` into PCR `index` of the SHA-256 bank.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn pcr_extend(&mut self, index: u8, digest: &Digest) -> Result<(), TpmError<T::Error>> {
        let digest = TpmBuffer::try_from(&digest[..]).map_err(TpmError::Command)?;
        let mut digests = TpmlDigestValues::new();
        let value = TpmtHa { hash_alg: TpmAlgId::Sha256, digest: TpmuHa::Digest(digest) };
        digests.try_push(value).map_err(TpmError::Command)?;
        let handles = [TpmHandle::from(u32::from(index))];
        let command = TpmPcrExtendCommand { handles, digests };
        self.parameters(&command, &[empty_password()]).map(|_| ())
    }

    /// Reads the selected PCRs of the SHA-256 bank; the others are as after a reset.
    ///
    /// # Errors
    /// Any [`TpmError`]; [`TpmError::Unexpected`] if the TPM has no such PCR.
    pub fn pcr_read(&mut self, selection: Selection) -> Result<PcrBank, TpmError<T::Error>> {
        let mut bank = PcrBank::after_reset();
        for index in selection.indices().take(PCR_COUNT) {
            let pcr_selection_in = Selection::of(&[index]).to_list();
            let command = TpmPcrReadCommand { handles: [], pcr_selection_in };
            let answer: TpmPcrReadResponse = self.execute(&command, &[])?;
            let value = match &*answer.pcr_values {
                [value] => Digest::try_from(&**value).ok(),
                _ => None,
            };
            bank.set(index, value.ok_or(TpmError::Unexpected("no value for a PCR"))?);
        }
        Ok(bank)
    }
}
