//! Who the machine is: its endorsement key with the maker's certificate, and its attestation key.

use cloister_evidence::exchange::{MAX_CERTIFICATE, Problem};
use cloister_tpm::{
    Tpm, TpmError, Transport,
    command::{EndorsementKind, PublicArea},
};

/// The machine's keys.
pub struct Identity {
    /// The endorsement key's certificate: none where the maker left none.
    pub certificate: [u8; MAX_CERTIFICATE],
    /// Bytes of it.
    pub length: usize,
    /// The endorsement key.
    pub endorsement: PublicArea,
    /// The attestation key.
    pub attestation: PublicArea,
}

/// Which endorsement key has a certificate, and that; the first kind where none has.
fn certified<T: Transport>(
    tpm: &mut Tpm<T>,
    certificate: &mut [u8],
) -> Result<(EndorsementKind, usize), TpmError<T::Error>> {
    for kind in [EndorsementKind::P256, EndorsementKind::Rsa2048] {
        if let Some(length) = tpm.nv_read(kind.certificate_index(), certificate)? {
            return Ok((kind, length));
        }
    }
    Ok((EndorsementKind::P256, 0))
}

/// Asks the TPM who it is.
pub fn of<T: Transport>(tpm: &mut Tpm<T>) -> Result<Identity, TpmError<T::Error>> {
    let mut certificate = [0; MAX_CERTIFICATE];
    let (kind, length) = certified(tpm, &mut certificate)?;
    let endorsement = tpm.create_endorsement_key(kind)?;
    tpm.flush(endorsement.handle)?;
    let attestation = tpm.create_attestation_key()?;
    tpm.flush(attestation.handle)?;
    Ok(Identity {
        certificate,
        length,
        endorsement: endorsement.public,
        attestation: attestation.public,
    })
}

/// Opens a credential.
pub fn activate<T: Transport>(
    tpm: &mut Tpm<T>,
    credential_blob: &[u8],
    secret: &[u8],
) -> Result<[u8; 32], Problem> {
    let mut certificate = [0; MAX_CERTIFICATE];
    let keys = certified(tpm, &mut certificate).and_then(|(kind, _)| {
        let endorsement = tpm.create_endorsement_key(kind)?;
        match tpm.create_attestation_key() {
            Ok(attestation) => Ok((endorsement, attestation)),
            Err(error) => tpm.flush(endorsement.handle).and(Err(error)),
        }
    });
    let (endorsement, attestation) = keys.map_err(|_| Problem::Internal)?;
    let opened =
        tpm.activate_credential(attestation.handle, endorsement.handle, credential_blob, secret);
    let flushed = [endorsement, attestation].map(|key| tpm.flush(key.handle));
    match opened {
        Ok(secret) if flushed.iter().all(Result::is_ok) => Ok(secret),
        // A blob that is too long cannot even be sent.
        Err(TpmError::Refused { .. } | TpmError::Command(_)) => Err(Problem::Refused),
        _ => Err(Problem::Internal),
    }
}
