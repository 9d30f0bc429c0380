//! Reading claims.

use cloister_audit_heads::{Head, Heads};
use cloister_bundle::Digest;
use heapless::Vec;
use minicbor::{Decoder, data::Type};

use super::{
    Claims, ClaimsFault, MAX_NONCE, MAX_VERSION, MIN_NONCE, PROFILE, PolicyClaim, SOFTWARE,
    TpmEvidence, label,
};
use crate::{
    Event, LogView, MAX_FIRMWARE_LOG, Switches, Verdict,
    canonical::Comparing,
    log::{LogFault, MAX_EVENTS},
};

/// Most PCRs in evidence.
pub const MAX_PCRS: usize = 24;

/// Claims as they were read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded<'a> {
    /// What the quote binds.
    pub claims: Claims<'a>,
    tpm: Option<TpmEvidence<'a>>,
    values: Vec<[u8; 32], MAX_PCRS>,
}

/// Reads one field after the other, and names the one that cannot be read.
struct Reader<'a> {
    decoder: Decoder<'a>,
    claim: &'static str,
}

impl<'a> Reader<'a> {
    fn fault(&self) -> ClaimsFault {
        ClaimsFault::Claim(self.claim)
    }

    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'a>) -> Result<T, minicbor::decode::Error>,
    ) -> Result<T, ClaimsFault> {
        read(&mut self.decoder).map_err(|_| self.fault())
    }

    /// The label of the next claim, which has to be this one.
    fn claim(&mut self, label: i32, name: &'static str) -> Result<(), ClaimsFault> {
        self.claim = name;
        self.expect(label)
    }

    fn expect(&mut self, number: i32) -> Result<(), ClaimsFault> {
        if self.read(Decoder::i32)? == number { Ok(()) } else { Err(self.fault()) }
    }

    fn sized(
        &mut self,
        size: u64,
        read: impl FnOnce(&mut Decoder<'a>) -> Result<Option<u64>, minicbor::decode::Error>,
    ) -> Result<(), ClaimsFault> {
        if self.read(read)? == Some(size) { Ok(()) } else { Err(self.fault()) }
    }

    fn array32(&mut self) -> Result<[u8; 32], ClaimsFault> {
        self.read(Decoder::bytes)?.try_into().map_err(|_| self.fault())
    }

    /// Whether the next claim is this one.
    fn next_is(&self, label: i32) -> bool {
        self.decoder.clone().i32().is_ok_and(|found| found == label)
    }
}

impl<'a> Decoded<'a> {
    /// Reads a claims set, which must be all of `bytes`.
    ///
    /// # Errors
    /// Any [`ClaimsFault`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ClaimsFault> {
        let mut reader = Reader { decoder: Decoder::new(bytes), claim: "claims" };
        reader.read(Decoder::map)?;
        let claims = claims(&mut reader)?;
        reader.claim(label::TPM, "tpm")?;
        let mut values = Vec::new();
        let tpm = tpm(&mut reader, &mut values)?;
        let decoded = Self { claims, tpm, values };
        let mut encoder = minicbor::Encoder::new(Comparing(bytes));
        let same = decoded.claims.encode(decoded.tpm().as_ref(), &mut encoder).is_ok();
        if !same || !encoder.writer().0.is_empty() {
            return Err(ClaimsFault::NotCanonical);
        }
        check_against_log(&decoded.claims)?;
        Ok(decoded)
    }

    /// What the TPM adds; none if the machine has none.
    #[must_use]
    pub fn tpm(&self) -> Option<TpmEvidence<'_>> {
        self.tpm.map(|tpm| TpmEvidence { values: &self.values, ..tpm })
    }
}

fn claims<'a>(reader: &mut Reader<'a>) -> Result<Claims<'a>, ClaimsFault> {
    reader.claim(label::CONFIRMATION, "cnf")?;
    reader.sized(1, Decoder::map)?;
    reader.expect(label::COSE_KEY)?;
    reader.sized(3, Decoder::map)?;
    for number in [label::KEY_TYPE, label::OKP, label::CURVE, label::ED25519, label::X] {
        reader.expect(number)?;
    }
    let evidence_key = reader.array32()?;
    reader.claim(label::NONCE, "eat_nonce")?;
    let nonce = reader.read(Decoder::bytes)?;
    if !(MIN_NONCE..=MAX_NONCE).contains(&nonce.len()) {
        return Err(ClaimsFault::Nonce(nonce.len()));
    }
    let machine = if reader.next_is(label::UEID) {
        reader.claim(label::UEID, "ueid")?;
        let ueid = reader.read(Decoder::bytes)?;
        let identity = ueid.strip_prefix(&[label::UEID_RANDOM]).unwrap_or_default();
        Some(Digest(identity.try_into().map_err(|_| reader.fault())?))
    } else {
        None
    };
    // What it must be follows from the policy's switches; the comparison of encodings decides.
    reader.claim(label::DEBUG_STATUS, "dbgstat")?;
    reader.read(Decoder::u8)?;
    reader.claim(label::PROFILE, "eat_profile")?;
    if reader.read(Decoder::str)? != PROFILE {
        return Err(ClaimsFault::Profile);
    }
    reader.claim(label::BOOT_COUNT, "bootcount")?;
    let boot_count = reader.read(Decoder::u64)?;
    reader.claim(label::SOFTWARE_NAME, "swname")?;
    if reader.read(Decoder::str)? != SOFTWARE {
        return Err(reader.fault());
    }
    reader.claim(label::SOFTWARE_VERSION, "swversion")?;
    reader.sized(1, Decoder::array)?;
    let version = reader.read(Decoder::str)?;
    if version.len() > MAX_VERSION || !version.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) {
        return Err(reader.fault());
    }
    reader.claim(label::BOOT_LOG, "boot-log")?;
    let boot_log = boot_log(reader)?;
    reader.claim(label::POLICY, "policy")?;
    reader.sized(3, Decoder::array)?;
    let policy = PolicyClaim {
        version: reader.read(Decoder::u64)?,
        sha256: Digest(reader.array32()?),
        switches: Switches::of_bits(reader.read(Decoder::u8)?).ok_or(reader.fault())?,
    };
    reader.claim(label::RESOURCE_MAP, "resource-map")?;
    let resource_map = Digest(reader.array32()?);
    reader.claim(label::ISOLATION, "isolation")?;
    let isolation = Verdict::of_number(reader.read(Decoder::u8)?).ok_or(reader.fault())?;
    reader.claim(label::AUDIT, "audit")?;
    let audit = audit(reader)?;
    reader.claim(label::RESET_COUNT, "reset-count")?;
    let reset_count = reader.read(Decoder::u32)?;
    let firmware_log = if reader.next_is(label::FIRMWARE_LOG) {
        reader.claim(label::FIRMWARE_LOG, "firmware-log")?;
        let log = reader.read(Decoder::bytes)?;
        Some(log).filter(|log| log.len() <= MAX_FIRMWARE_LOG).ok_or(reader.fault())?.into()
    } else {
        None
    };
    Ok(Claims {
        evidence_key,
        nonce,
        machine,
        version,
        boot_count,
        reset_count,
        boot_log,
        policy,
        resource_map,
        isolation,
        audit,
        firmware_log,
    })
}

fn audit(reader: &mut Reader<'_>) -> Result<Option<Heads>, ClaimsFault> {
    if reader.read(|decoder| decoder.datatype())? == Type::Null {
        reader.read(Decoder::null)?;
        return Ok(None);
    }
    let count = reader.read(Decoder::array)?.ok_or(reader.fault())?;
    let mut heads = Heads::NONE;
    for _ in 0..count {
        reader.sized(3, Decoder::array)?;
        let (records, lost) = (reader.read(Decoder::u64)?, reader.read(Decoder::u64)?);
        let digest = reader.array32()?;
        if !heads.push(Head { records, lost, digest }) {
            return Err(reader.fault());
        }
    }
    Ok(Some(heads))
}

/// Takes the log's items whole; that they are events is for [`LogView::parse`].
fn boot_log<'a>(reader: &mut Reader<'a>) -> Result<LogView<'a>, ClaimsFault> {
    let count = reader.read(Decoder::array)?.ok_or(reader.fault())?;
    let count = u16::try_from(count)
        .ok()
        .filter(|count| *count <= MAX_EVENTS)
        .ok_or(ClaimsFault::Log(LogFault::TooManyEvents))?;
    let start = reader.decoder.position();
    for _ in 0..count {
        reader.read(Decoder::bytes)?;
    }
    let end = reader.decoder.position();
    let items = reader.decoder.input().get(start..end).unwrap_or_default();
    LogView::parse(count, items).map_err(ClaimsFault::Log)
}

fn tpm<'a>(
    reader: &mut Reader<'a>,
    values: &mut Vec<[u8; 32], MAX_PCRS>,
) -> Result<Option<TpmEvidence<'a>>, ClaimsFault> {
    if reader.read(|decoder| decoder.datatype())? == Type::Null {
        reader.read(Decoder::null)?;
        return Ok(None);
    }
    reader.sized(5, Decoder::map)?;
    reader.expect(label::TPM_ATTEST)?;
    let attest = reader.read(Decoder::bytes)?;
    reader.expect(label::TPM_SIGNATURE)?;
    let signature = reader.read(Decoder::bytes)?;
    reader.expect(label::TPM_KEY)?;
    let attestation_key = reader.read(Decoder::bytes)?;
    reader.expect(label::TPM_SELECTION)?;
    let selection = reader.read(Decoder::u32)?;
    reader.expect(label::TPM_VALUES)?;
    let count = reader.read(Decoder::array)?;
    if count != Some(u64::from(selection.count_ones())) {
        return Err(reader.fault());
    }
    for _ in 0..selection.count_ones() {
        let value = reader.array32()?;
        values.push(value).map_err(|_| reader.fault())?;
    }
    Ok(Some(TpmEvidence { attest, signature, attestation_key, selection, values: &[] }))
}

/// Claims that the log has too are what the log says: the log is what PCRs can confirm.
fn check_against_log(claims: &Claims<'_>) -> Result<(), ClaimsFault> {
    let agrees = |event| match event {
        Event::Policy { sha256, version, switches } => {
            (claims.policy != PolicyClaim { version, sha256, switches }).then_some("policy")
        }
        Event::ResourceMap(sha256) => (claims.resource_map != sha256).then_some("resource-map"),
        Event::Isolation(verdict) => (claims.isolation != verdict).then_some("isolation"),
        _ => None,
    };
    match claims.boot_log.events().find_map(|logged| agrees(logged.record.event)) {
        Some(claim) => Err(ClaimsFault::Contradiction(claim)),
        None => Ok(()),
    }
}
