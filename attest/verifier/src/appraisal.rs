//! The appraisal of evidence: one check after the other, each of which says what was expected, what
//! came, and what that means.
//!
//! The checks come in stages. What a stage rests on is proven by the one before: claims count only
//! if the token's signature holds, logs only if the TPM has signed for them. Where a stage fails,
//! the later ones are not looked at, and said to be so.

mod audit;
mod difference;
mod finding;
mod firmware;
mod image;
mod machine;
mod origin;
mod replay;

pub use finding::{Aspect, Finding, Outcome};

use cloister_bundle::Digest;
use cloister_evidence::{
    Claims, ShortCode, Token,
    claims::Decoded,
    log::{IMAGE_PCR, MACHINE_PCR},
};
use cloister_tpm::{PcrBank, Quote, Selection};

use crate::{
    AttestError, Reference,
    state::{Machine, NonceState, State},
};

/// What the quote has to cover: all that firmware measures, the image, and the machine.
pub const PCRS: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 7, IMAGE_PCR, MACHINE_PCR];

/// What the appraisal has to know besides the evidence.
pub trait Knowledge {
    /// Uses a nonce up, and says what it was.
    ///
    /// # Errors
    /// If that cannot be found out.
    fn use_nonce(&self, nonce: &[u8], now: u64) -> Result<NonceState, AttestError>;

    /// The machine with this identity, if it is enrolled.
    ///
    /// # Errors
    /// If that cannot be found out.
    fn machine(&self, identity: Digest) -> Result<Option<Machine>, AttestError>;
}

impl Knowledge for State {
    fn use_nonce(&self, nonce: &[u8], now: u64) -> Result<NonceState, AttestError> {
        Self::use_nonce(self, nonce, now)
    }

    fn machine(&self, identity: Digest) -> Result<Option<Machine>, AttestError> {
        Self::machine(self, identity)
    }
}

/// What the auditor lets pass, by saying so. Each becomes a warning.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Allowances {
    /// A policy that has debugging on.
    pub debug: bool,
    /// A policy that lets devices write memory without an IOMMU.
    pub unsafe_dma: bool,
    /// Audit records that were overwritten before anybody chained them.
    pub lost_records: bool,
    /// Firmware and resource map that are not known yet: they are remembered.
    pub learn: bool,
    /// Firmware and resource map that are others than the known ones: they replace these.
    pub relearn: bool,
}

/// The result of an appraisal.
#[derive(Clone, Debug)]
pub struct Appraisal {
    /// Every check, in order.
    pub findings: Vec<Finding>,
    /// When, in seconds since 1970.
    pub time: u64,
    /// The nonce of the evidence, if it could be read.
    pub nonce: Option<Vec<u8>>,
    /// The identity of the machine that the evidence names.
    pub identity: Option<Digest>,
    /// The machine, if it is enrolled, with what this evidence adds to what is known of it.
    pub machine: Option<Machine>,
    /// The reference values that were compared with.
    pub reference: Option<Digest>,
    /// What the trusted screen of the machine shows, by its boot log.
    pub short_code: Option<ShortCode>,
}

impl Appraisal {
    /// The worst outcome of any check.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Failed)
    }

    /// Whether everything was as expected, or let pass by the auditor.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        self.outcome() <= Outcome::Warned
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Failed)
    }

    fn failed(&self) -> bool {
        self.outcome() == Outcome::Failed && !self.findings.is_empty()
    }
}

/// What the later stages look at.
struct Proven<'a> {
    claims: &'a Claims<'a>,
    quote: Quote,
    /// The PCRs' values, which the quote confirms.
    bank: PcrBank,
}

/// Appraises evidence. Its nonce is used up, whatever comes of it.
///
/// # Errors
/// If nonces or machines cannot be looked up. Whatever is wrong with the evidence is a finding.
pub fn appraise(
    evidence: &[u8],
    knowledge: &impl Knowledge,
    references: &[Reference],
    allowances: Allowances,
    now: u64,
) -> Result<Appraisal, AttestError> {
    let mut appraisal = Appraisal {
        findings: Vec::new(),
        time: now,
        nonce: None,
        identity: None,
        machine: None,
        reference: None,
        short_code: None,
    };
    let decoded = match open(evidence) {
        Ok(decoded) => decoded,
        Err(reason) => {
            appraisal.findings.push(Finding::failed(
                "token",
                Aspect::Instance,
                "signed evidence",
                "something else",
                reason,
            ));
            return Ok(appraisal);
        }
    };
    let claims = &decoded.claims;
    appraisal.nonce = Some(claims.nonce.to_owned());
    appraisal.identity = claims.machine;
    let [image_pcr, _] = claims.boot_log.replay();
    appraisal.short_code = Some(ShortCode::of(image_pcr));
    appraisal.findings.push(Finding::passed(
        "token",
        Aspect::Instance,
        "signed evidence",
        "signed evidence",
        "it was signed with the key that it names",
    ));
    appraisal.findings.push(origin::nonce(knowledge.use_nonce(claims.nonce, now)?, now));
    let tpm = decoded.tpm();
    let quote = origin::check(&mut appraisal, claims, tpm.as_ref(), knowledge)?;
    let (Some(tpm), Some(quote), false) = (tpm, quote, appraisal.failed()) else {
        return Ok(appraisal);
    };

    let Some(bank) = replay::values(&mut appraisal, &tpm, &quote) else {
        return Ok(appraisal);
    };
    let proven = Proven { claims, quote, bank };
    replay::boot_log(&mut appraisal, &proven);
    let firmware_log = replay::firmware_log(&mut appraisal, &proven);
    if appraisal.failed() {
        return Ok(appraisal);
    }
    let reference = difference::closest(references, claims);
    if let Some(reference) = reference {
        appraisal.reference = Some(reference.identifier()?);
    }
    firmware::boot_program(&mut appraisal, reference, firmware_log.as_ref());
    firmware::secure_boot(&mut appraisal, reference, firmware_log.as_ref());
    firmware::values(&mut appraisal, &proven, allowances);
    image::check(&mut appraisal, reference, claims);
    image::policy(&mut appraisal, reference, claims, allowances);
    machine::isolation(&mut appraisal, claims, allowances);
    audit::chains(&mut appraisal, &proven, allowances);
    machine::counters(&mut appraisal, &proven);
    Ok(appraisal)
}

/// The claims of a token whose signature holds.
fn open(evidence: &[u8]) -> Result<Decoded<'_>, String> {
    let token = Token::parse(evidence).map_err(|fault| fault.to_string())?;
    let decoded = Decoded::parse(token.payload).map_err(|fault| fault.to_string())?;
    let mut room = vec![0; evidence.len() + 64];
    token.verify(&decoded.claims.evidence_key, &mut room).map_err(|fault| fault.to_string())?;
    Ok(decoded)
}

/// The PCRs that a quote has to cover.
fn required() -> Selection {
    Selection::of(&PCRS)
}
