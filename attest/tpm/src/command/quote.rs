//! Quotes.

use tpm2_protocol::{
    basic::TpmHandle,
    data::{Tpm2bData, TpmtSigScheme},
    frame::TpmQuoteCommand,
};

use super::{Tpm, TpmError, Transport, session::empty_password, take_sized};
use crate::{Digest, Selection};

/// A quote as the TPM wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quoted<'a> {
    /// What was signed (TPMS_ATTEST).
    pub attest: &'a [u8],
    /// The signature (TPMT_SIGNATURE).
    pub signature: &'a [u8],
}

impl<T: Transport> Tpm<T> {
    /// Has the key `handle` sign the selected PCRs together with `qualifying_data`.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn quote(
        &mut self,
        handle: TpmHandle,
        qualifying_data: &Digest,
        selection: Selection,
    ) -> Result<Quoted<'_>, TpmError<T::Error>> {
        let command = TpmQuoteCommand {
            handles: [handle],
            qualifying_data: Tpm2bData::try_from(&qualifying_data[..])
                .map_err(TpmError::Command)?,
            // The key's own scheme.
            in_scheme: TpmtSigScheme::default(),
            pcr_select: selection.to_list(),
        };
        let parameters = self.parameters(&command, &[empty_password()])?;
        let (attest, signature) =
            take_sized(parameters).ok_or(TpmError::Unexpected("a quote that is cut off"))?;
        Ok(Quoted { attest, signature })
    }
}
