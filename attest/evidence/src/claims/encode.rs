//! Writing claims.

use cloister_audit_heads::Head;
use minicbor::{Encoder, encode::Write};

use super::{Claims, PROFILE, SOFTWARE, TpmEvidence, label};

type Encoded<W> = Result<(), minicbor::encode::Error<<W as Write>::Error>>;

impl Claims<'_> {
    /// Claims besides the quote.
    fn count(&self) -> u64 {
        13 + u64::from(self.machine.is_some()) + u64::from(self.firmware_log.is_some())
    }

    /// Writes the claims set.
    pub(crate) fn encode<W: Write>(
        &self,
        tpm: Option<&TpmEvidence<'_>>,
        encoder: &mut Encoder<W>,
    ) -> Encoded<W> {
        encoder.map(self.count() + 1)?;
        self.encode_bound(encoder)?;
        encoder.i32(label::TPM)?;
        match tpm {
            None => encoder.null().map(|_| ()),
            Some(tpm) => tpm.encode(encoder),
        }
    }

    /// Writes the claims that the quote binds, without the head of the map.
    pub(crate) fn encode_bound<W: Write>(&self, encoder: &mut Encoder<W>) -> Encoded<W> {
        encoder.i32(label::CONFIRMATION)?.map(1)?.i32(label::COSE_KEY)?.map(3)?;
        encoder.i32(label::KEY_TYPE)?.i32(label::OKP)?;
        encoder.i32(label::CURVE)?.i32(label::ED25519)?;
        encoder.i32(label::X)?.bytes(&self.evidence_key)?;
        encoder.i32(label::NONCE)?.bytes(self.nonce)?;
        if let Some(machine) = self.machine {
            let mut ueid = [label::UEID_RANDOM; 33];
            let (_, identity) = ueid.split_at_mut(1);
            identity.copy_from_slice(&machine.0);
            encoder.i32(label::UEID)?.bytes(&ueid)?;
        }
        let debug = if self.policy.switches.debug {
            label::DEBUG_ENABLED
        } else {
            label::DEBUG_DISABLED_SINCE_BOOT
        };
        encoder.i32(label::DEBUG_STATUS)?.u8(debug)?;
        encoder.i32(label::PROFILE)?.str(PROFILE)?;
        encoder.i32(label::BOOT_COUNT)?.u64(self.boot_count)?;
        encoder.i32(label::SOFTWARE_NAME)?.str(SOFTWARE)?;
        encoder.i32(label::SOFTWARE_VERSION)?.array(1)?.str(self.version)?;
        encoder.i32(label::BOOT_LOG)?.array(u64::from(self.boot_log.len()))?;
        encoder
            .writer_mut()
            .write_all(self.boot_log.items())
            .map_err(minicbor::encode::Error::write)?;
        let policy = &self.policy;
        encoder.i32(label::POLICY)?.array(3)?.u64(policy.version)?;
        encoder.bytes(&policy.sha256.0)?.u8(policy.switches.bits())?;
        encoder.i32(label::RESOURCE_MAP)?.bytes(&self.resource_map.0)?;
        encoder.i32(label::ISOLATION)?.u8(self.isolation.number())?;
        encoder.i32(label::AUDIT)?;
        match &self.audit {
            None => drop(encoder.null()?),
            Some(heads) => encode_audit(heads.as_slice(), encoder)?,
        }
        encoder.i32(label::RESET_COUNT)?.u32(self.reset_count)?;
        if let Some(log) = self.firmware_log {
            encoder.i32(label::FIRMWARE_LOG)?.bytes(log)?;
        }
        Ok(())
    }
}

fn encode_audit<W: Write>(heads: &[Head], encoder: &mut Encoder<W>) -> Encoded<W> {
    encoder.array(heads.len() as u64)?;
    for Head { records, lost, digest } in heads {
        encoder.array(3)?.u64(*records)?.u64(*lost)?.bytes(digest)?;
    }
    Ok(())
}

impl TpmEvidence<'_> {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>) -> Encoded<W> {
        encoder.map(5)?;
        encoder.i32(label::TPM_ATTEST)?.bytes(self.attest)?;
        encoder.i32(label::TPM_SIGNATURE)?.bytes(self.signature)?;
        encoder.i32(label::TPM_KEY)?.bytes(self.attestation_key)?;
        encoder.i32(label::TPM_SELECTION)?.u32(self.selection)?;
        encoder.i32(label::TPM_VALUES)?.array(self.values.len() as u64)?;
        for value in self.values {
            encoder.bytes(value)?;
        }
        Ok(())
    }
}
