//! The key that signs evidence. It lives as long as the boot.

use cloister_evidence::LogView;
use cloister_tpm::{Tpm, TpmError, Transport, command::Sealed};
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::quoted_pcrs;

/// Begins what the key of a machine without TPM is made from.
const DOMAIN: &[u8] = b"cloister evidence key without TPM 1";

/// The key, in the form that only the TPM can open.
#[derive(Clone, Debug)]
pub struct SealedKey {
    sealed: Sealed,
    public: [u8; 32],
}

impl SealedKey {
    /// Makes a key from the TPM's random numbers, and seals it to what the quoted PCRs hold now.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn make<T: Transport>(tpm: &mut Tpm<T>) -> Result<Self, TpmError<T::Error>> {
        let mut seed = Zeroizing::new([0; 32]);
        tpm.random(&mut *seed)?;
        let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        let sealed = tpm.seal(&seed, quoted_pcrs())?;
        Ok(Self { sealed, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// The secret half, for as long as the result lives.
    ///
    /// # Errors
    /// Any [`TpmError`]; [`TpmError::Refused`] if a PCR has changed.
    pub fn open<T: Transport>(
        &self,
        tpm: &mut Tpm<T>,
    ) -> Result<Zeroizing<[u8; 32]>, TpmError<T::Error>> {
        tpm.unseal(&self.sealed).map(Zeroizing::new)
    }
}

/// The key of a machine without TPM. Anybody can make it, as nothing on such a machine is a secret of its own:
/// what it signs proves nothing, says so, and is refused.
pub fn without_tpm(log: &LogView<'_>) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Sha256::new().chain_update(DOMAIN).chain_update(log.items()).finalize().into())
}

/// The public half of a key.
pub fn public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}
