//! The TPM's clock and counters.

use tpm2_protocol::frame::{TpmReadClockCommand, TpmReadClockResponse};

use super::{Tpm, TpmError, Transport};

impl<T: Transport> Tpm<T> {
    /// How often the TPM was reset, as quotes say it too (Part 2, 10.11.1: resetCount). A machine that starts
    /// resets its TPM.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn reset_count(&mut self) -> Result<u32, TpmError<T::Error>> {
        let command = TpmReadClockCommand { handles: [] };
        let answer: TpmReadClockResponse = self.execute(&command, &[])?;
        Ok(answer.current_time.clock_info.reset_count.value())
    }
}
