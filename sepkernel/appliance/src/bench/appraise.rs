//! An auditor's work on one piece of evidence, against what nobody can do without: checking its two signatures. The
//! evidence is that which the last `cargo run` left. Both are timed in turns in this process, the best of each counts.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use cloister_attest::{
    Allowances, AttestError, Knowledge, Reference, State, appraise,
    key::SecretKey,
    state::{Machine, Nonce, NonceState},
};
use cloister_bundle::Digest;
use cloister_evidence::{Token, claims::Decoded};
use cloister_tpm::{AttestationKey, Signature};
use p256::ecdsa::{VerifyingKey, signature::Verifier as _};

use super::{
    machine::Bench,
    report::{Goal, Row},
};
use crate::build::appliance::output_directory;

/// Turns. The quickest of so many is hardly disturbed by others on the host.
const TURNS: usize = 50;

/// Measures it.
pub(super) fn run(_: &Bench) -> Result<Vec<Row>> {
    let output = output_directory(None);
    let left = output.join("evidence.cose").exists();
    let times = if left { Some(times(&output)?) } else { None };
    let speed = |time: Duration| 1.0 / time.as_secs_f64();
    Ok(vec![Row {
        benchmark: "appraise",
        name: "evidence appraised, against its bare signature checks".to_owned(),
        unit: "a second",
        plain: times.map(|(bare, _)| speed(bare)),
        world: times.map(|(_, whole)| speed(whole)),
        kvm: None,
        goal: Some(Goal::LeastRatio(0.8)),
        missing: remark(left).map(str::to_owned),
    }])
}

/// What is to be known of the numbers, where there is `evidence`.
const fn remark(evidence: bool) -> Option<&'static str> {
    if !evidence {
        return Some("there is no evidence: `cargo run` leaves some");
    }
    if cfg!(debug_assertions) { Some("not optimized: `cargo run --release`") } else { None }
}

/// What the signature checks take, and the whole appraisal.
fn times(output: &Path) -> Result<(Duration, Duration)> {
    let read = |name: &str| {
        let path = output.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (evidence, reference) = (read("evidence.cose")?, read("reference.corim")?);
    let references = [Reference::of_corim(&reference, &SecretKey::development().public())?];
    let known = Known::of(&evidence, &State::open(&output.join("auditor"))?)?;
    let whole = || -> Result<()> {
        let allowances = Allowances { debug: true, ..Allowances::default() };
        let appraisal = appraise(&evidence, &known, &references, allowances, 0)?;
        if !appraisal.is_acceptable() {
            bail!("the evidence in {} is not acceptable any more", output.display());
        }
        Ok(())
    };
    let (mut bare_time, mut whole_time) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        let start = Instant::now();
        check_signatures(&evidence)?;
        bare_time = bare_time.min(start.elapsed());
        let start = Instant::now();
        whole()?;
        whole_time = whole_time.min(start.elapsed());
    }
    Ok((bare_time, whole_time))
}

/// The machine's signature, and the TPM's.
fn check_signatures(evidence: &[u8]) -> Result<()> {
    let wrong = "a signature does not hold";
    let token = Token::parse(evidence).ok().context(wrong)?;
    let decoded = Decoded::parse(token.payload).ok().context(wrong)?;
    let mut room = vec![0; evidence.len() + 64];
    token.verify(&decoded.claims.evidence_key, &mut room).ok().context(wrong)?;
    let tpm = decoded.tpm().context("the evidence has no quote")?;
    let key = AttestationKey::parse(tpm.attestation_key).ok().context(wrong)?;
    let signature = Signature::parse(tpm.signature).ok().context(wrong)?;
    let signature = p256::ecdsa::Signature::from_slice(&signature.0)?;
    VerifyingKey::from_sec1_bytes(&key.point)?.verify(tpm.attest, &signature)?;
    Ok(())
}

/// What an auditor knows who may ask again and again: every nonce is fresh.
struct Known(Machine);

impl Known {
    /// The machine that the evidence names, as the auditor of the last run has enrolled it.
    fn of(evidence: &[u8], state: &State) -> Result<Self> {
        let token = Token::parse(evidence).ok().context("this is no evidence")?;
        let decoded = Decoded::parse(token.payload).ok().context("this is no evidence")?;
        let identity = decoded.claims.machine.context("the evidence names no machine")?;
        Ok(Self(state.machine(identity)?.context("the machine is not enrolled")?))
    }
}

impl Knowledge for Known {
    fn use_nonce(&self, _: &[u8], now: u64) -> Result<NonceState, AttestError> {
        Ok(NonceState::Fresh(Nonce { issued: now, expires: now }))
    }

    fn machine(&self, _: Digest) -> Result<Option<Machine>, AttestError> {
        Ok(Some(self.0.clone()))
    }
}
