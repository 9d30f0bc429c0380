//! What a quote says: TPMS_ATTEST of type quote (Part 2, 10.12.12).

use core::fmt;

use tpm2_protocol::{
    TpmError, TpmUnmarshal as _,
    basic::TpmUint16,
    constant::TPM_GENERATED_VALUE,
    data::{TpmSt, TpmsAttest, TpmuAttest},
};

use crate::{Digest, Selection};

/// The content of a quote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quote {
    /// What whoever asked wanted to be in it.
    pub qualifying_data: Digest,
    /// Which PCRs.
    pub selection: Selection,
    /// The digest of their values.
    pub pcr_digest: Digest,
    /// Milliseconds that the TPM has been powered, over its life.
    pub clock: u64,
    /// How often the TPM was reset.
    pub reset_count: u32,
    /// How often it was restarted or resumed since the last reset.
    pub restart_count: u32,
    /// Whether the clock cannot have been set back by a loss of power.
    pub clock_is_safe: bool,
    /// Version of the TPM's firmware, as its vendor counts.
    pub firmware_version: u64,
}

/// Why bytes are not taken as a quote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuoteFault {
    /// They do not begin as only a TPM begins what it signs itself.
    Magic(u32),
    /// A TPM signed it, but it is no quote.
    Type(u16),
    /// Cut off, or with sizes that do not fit.
    Malformed,
    /// Bytes follow.
    TrailingBytes(usize),
    /// The qualifying data is not a SHA-256 digest.
    QualifyingData(usize),
    /// Not exactly one SHA-256 bank.
    Bank,
    /// The PCR digest is not a SHA-256 digest.
    PcrDigest(usize),
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(found) => write!(
                f,
                "the quote's magic is {found:#010x}, a TPM writes {TPM_GENERATED_VALUE:#010x}"
            ),
            Self::Type(found) => write!(
                f,
                "what was signed is of type {found:#06x}, a quote is {:#06x}",
                TpmSt::AttestQuote.value()
            ),
            Self::Malformed => f.write_str("the quote is malformed or cut off"),
            Self::TrailingBytes(count) => write!(f, "{count} bytes follow the quote"),
            Self::QualifyingData(length) => {
                write!(f, "the quote's qualifying data has {length} bytes, not 32")
            }
            Self::Bank => f.write_str("the quote is not of one SHA-256 bank"),
            Self::PcrDigest(length) => {
                write!(f, "the quote's PCR digest has {length} bytes, not 32")
            }
        }
    }
}

impl Quote {
    /// Reads a quote. That a TPM signed it is for the caller to verify.
    ///
    /// # Errors
    /// Any [`QuoteFault`].
    pub fn parse(bytes: &[u8]) -> Result<Self, QuoteFault> {
        let magic: [u8; 4] =
            bytes.get(..4).and_then(|magic| magic.try_into().ok()).ok_or(QuoteFault::Malformed)?;
        if u32::from_be_bytes(magic) != TPM_GENERATED_VALUE {
            return Err(QuoteFault::Magic(u32::from_be_bytes(magic)));
        }
        let (kind, _) = TpmUint16::unmarshal(bytes.get(4..).unwrap_or_default())
            .map_err(|_| QuoteFault::Malformed)?;
        if kind.value() != TpmSt::AttestQuote.value() {
            return Err(QuoteFault::Type(kind.value()));
        }
        let (attest, rest) =
            TpmsAttest::unmarshal(bytes).map_err(|_: TpmError| QuoteFault::Malformed)?;
        if !rest.is_empty() {
            return Err(QuoteFault::TrailingBytes(rest.len()));
        }
        let TpmuAttest::Quote(quoted) = &attest.attested else {
            return Err(QuoteFault::Type(attest.attest_type.value()));
        };
        let digest = |bytes: &[u8]| Digest::try_from(bytes).map_err(|_| bytes.len());
        let clock = attest.clock_info;
        Ok(Self {
            qualifying_data: digest(&attest.extra_data).map_err(QuoteFault::QualifyingData)?,
            selection: Selection::from_list(&quoted.pcr_select).ok_or(QuoteFault::Bank)?,
            pcr_digest: digest(&quoted.pcr_digest).map_err(QuoteFault::PcrDigest)?,
            clock: clock.clock.value(),
            reset_count: clock.reset_count.value(),
            restart_count: clock.restart_count.value(),
            clock_is_safe: clock.safe.into(),
            firmware_version: attest.firmware_version.value(),
        })
    }
}
