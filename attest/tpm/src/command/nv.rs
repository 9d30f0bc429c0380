//! Reading the TPM's non-volatile memory: the certificates of its maker.

use tpm2_protocol::{
    basic::TpmHandle,
    frame::{TpmNvReadCommand, TpmNvReadPublicCommand, TpmNvReadPublicResponse, TpmNvReadResponse},
};

use super::{Tpm, TpmError, Transport, code_of, session::empty_password};

/// Bytes that are read at once; every TPM allows as many.
const CHUNK: usize = 512;

/// The return code for an index that does not exist (Part 2, 6.6.3: TPM_RC_HANDLE, first handle).
const NO_SUCH_INDEX: u32 = 0x18b;

impl<T: Transport> Tpm<T> {
    /// Reads the index `index` into `buffer`, and returns how many bytes it has; none where there
    /// is no such index.
    ///
    /// # Errors
    /// Any [`TpmError`]; [`TpmError::Unexpected`] if the buffer is too small.
    pub fn nv_read(
        &mut self,
        index: u32,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, TpmError<T::Error>> {
        let handle = TpmHandle::from(index);
        let public: TpmNvReadPublicResponse =
            match self.execute(&TpmNvReadPublicCommand { handles: [handle] }, &[]) {
                Err(TpmError::Refused { command, code: NO_SUCH_INDEX })
                    if command == code_of::<TpmNvReadPublicCommand>() =>
                {
                    return Ok(None);
                }
                result => result?,
            };
        let size = usize::from(public.nv_public.inner.data_size.value());
        let room =
            buffer.get_mut(..size).ok_or(TpmError::Unexpected("more than there is room for"))?;
        for (number, part) in room.chunks_mut(CHUNK).enumerate() {
            let offset = u16::try_from(number * CHUNK).unwrap_or(u16::MAX);
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            let command = TpmNvReadCommand {
                handles: [handle, handle],
                size: length.into(),
                offset: offset.into(),
            };
            let answer: TpmNvReadResponse = self.execute(&command, &[empty_password()])?;
            if answer.data.len() != part.len() {
                return Err(TpmError::Unexpected("fewer bytes than asked for"));
            }
            part.copy_from_slice(&answer.data);
        }
        Ok(Some(size))
    }
}
