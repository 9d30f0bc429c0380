//! Primary keys: the endorsement key, the attestation key, the parent of sealed data.

use core::ops::Deref;

use tpm2_protocol::{
    basic::TpmHandle,
    data::{Tpm2bData, Tpm2bPublic, Tpm2bSensitiveCreate, TpmRh, TpmlPcrSelection},
    frame::TpmCreatePrimaryCommand,
};

use super::{Tpm, TpmError, Transport, session::empty_password, take_sized, template};
use crate::name;

/// Which endorsement key: those for which makers put certificates into TPMs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndorsementKind {
    /// RSA with 2048 bits, template L-1.
    Rsa2048,
    /// NIST P-256, template L-2.
    P256,
}

impl EndorsementKind {
    /// The NV index of its certificate (TCG EK Credential Profile, 2.2.1.4).
    #[must_use]
    pub fn certificate_index(self) -> u32 {
        match self {
            Self::Rsa2048 => 0x01c0_0002,
            Self::P256 => 0x01c0_000a,
        }
    }
}

/// The public area of a key as its TPM writes it (TPMT_PUBLIC).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicArea {
    bytes: [u8; Self::MAX],
    length: usize,
}

impl PublicArea {
    /// Longest public area, in bytes: that of an RSA key of 2048 bits is 314.
    pub const MAX: usize = 400;

    fn new(area: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX];
        bytes.get_mut(..area.len())?.copy_from_slice(area);
        Some(Self { bytes, length: area.len() })
    }
}

impl Deref for PublicArea {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A key in a slot of the TPM. It stays there until [`Tpm::flush`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoadedKey {
    /// Its handle.
    pub handle: TpmHandle,
    /// Its public area.
    pub public: PublicArea,
}

impl<T: Transport> Tpm<T> {
    /// Makes the endorsement key, which is the same every time.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn create_endorsement_key(
        &mut self,
        kind: EndorsementKind,
    ) -> Result<LoadedKey, TpmError<T::Error>> {
        let template = match kind {
            EndorsementKind::Rsa2048 => template::endorsement_rsa2048(),
            EndorsementKind::P256 => template::endorsement_p256(),
        };
        self.create_primary(TpmRh::Endorsement, template.map_err(TpmError::Command)?)
    }

    /// Makes the attestation key in the endorsement hierarchy, the same every time.
    ///
    /// # Errors
    /// Any [`TpmError`].
    pub fn create_attestation_key(&mut self) -> Result<LoadedKey, TpmError<T::Error>> {
        self.create_primary(TpmRh::Endorsement, template::attestation())
    }

    /// Makes a primary key, and checks that the name that the TPM gives is that of the public area.
    pub(super) fn create_primary(
        &mut self,
        hierarchy: TpmRh,
        template: Tpm2bPublic,
    ) -> Result<LoadedKey, TpmError<T::Error>> {
        let command = TpmCreatePrimaryCommand {
            handles: [hierarchy.value().into()],
            in_sensitive: Tpm2bSensitiveCreate::default(),
            in_public: template,
            outside_info: Tpm2bData::default(),
            creation_pcr: TpmlPcrSelection::new(),
        };
        let (handle, parameters) = self.handle_and_parameters(&command, &[empty_password()], 1)?;
        let public = take_sized(parameters).and_then(|(area, _)| PublicArea::new(area));
        let named = public.filter(|public| parameters.ends_with(&name(public)));
        match named {
            Some(public) => Ok(LoadedKey { handle, public }),
            None => {
                self.flush(handle)?;
                Err(TpmError::Unexpected("a key whose name is not that of its public area"))
            }
        }
    }
}
