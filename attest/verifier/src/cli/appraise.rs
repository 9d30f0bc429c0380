//! `challenge` and `verify`.

use std::{
    io::{Write, stderr},
    path::PathBuf,
    time::Duration,
};

use crate::{
    Allowances, AttestError, Reference, State, appraise,
    key::{PublicKey, SecretKey},
    network::Client,
    output_file::{self, Audience},
    table, time,
};
use clap::Args;

use super::{Answer, Result};

/// What evidence is compared with, and where the result goes.
#[derive(Args, Clone, Debug)]
pub struct AppraisalArgs {
    /// Reference values (signed CoRIM) of an image that may run; can be given several times
    #[arg(long, value_name = "FILE")]
    reference: Vec<PathBuf>,
    /// Who signs reference values: a public key (PEM)
    #[arg(long, value_name = "FILE", conflicts_with = "development")]
    reference_key: Option<PathBuf>,
    /// Take reference values that are signed with the development key, as anybody can sign them
    #[arg(long)]
    development: bool,
    /// Remember firmware and resource map of a machine that are not known yet, and let them pass
    #[arg(long)]
    learn: bool,
    /// Also replace what is known of firmware and resource map, after a change of the machine
    #[arg(long)]
    relearn: bool,
    /// Let a policy pass that has debugging on
    #[arg(long)]
    allow_debug: bool,
    /// Let a policy pass that lets devices write memory without an IOMMU
    #[arg(long)]
    allow_unsafe_dma: bool,
    /// Let a machine pass whose audit records were overwritten before anybody chained them
    #[arg(long)]
    allow_lost_records: bool,
    /// Write the result as JSON (EAR, not signed)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the result as CWT (EAR), signed with this verifier's key
    #[arg(long, value_name = "FILE")]
    cwt: Option<PathBuf>,
}

/// Ask a machine for evidence, and appraise it
#[derive(Args, Debug)]
pub struct ChallengeArgs {
    /// The machine: a name or address, with a port if it is not 4433
    host: String,
    /// Seconds that the machine may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
    /// Keep the evidence
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    appraisal: AppraisalArgs,
}

/// Appraise evidence from a file
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// The evidence
    evidence: PathBuf,
    #[command(flatten)]
    appraisal: AppraisalArgs,
}

impl ChallengeArgs {
    pub fn run(&self, state: &State, out: &mut dyn Write) -> Result {
        // Anything wrong with these is known before a machine is asked.
        let references = self.appraisal.references()?;
        let nonce = state.issue_nonce(time::now(), self.patience.saturating_mul(2).max(1))?;
        let client = Client::new(&self.host, Duration::from_secs(self.patience.max(1)));
        let evidence = client.challenge(&nonce)?;
        if let Some(path) = &self.evidence {
            output_file::write(path, &evidence, Audience::Everyone)?;
        }
        self.appraisal.run(&evidence, &references, Some(&nonce), state, out)
    }
}

impl VerifyArgs {
    pub fn run(&self, state: &State, out: &mut dyn Write) -> Result {
        let references = self.appraisal.references()?;
        let evidence = output_file::read(&self.evidence)?;
        self.appraisal.run(&evidence, &references, None, state, out)
    }
}

impl AppraisalArgs {
    fn references(&self) -> std::result::Result<Vec<Reference>, AttestError> {
        let key = match (&self.reference_key, self.development) {
            (Some(path), _) => Some(PublicKey::read(path)?),
            (None, true) => Some(SecretKey::development().public()),
            (None, false) => None,
        };
        let read = |path: &PathBuf| {
            let key = key.as_ref().ok_or_else(|| {
                let reason = "nobody was named whose signature counts (--reference-key)";
                AttestError::Reference(reason.to_owned())
            })?;
            Reference::of_corim(&output_file::read(path)?, key)
        };
        if key.is_some_and(|key| key.is_development()) && !self.reference.is_empty() {
            let _ = writeln!(
                stderr(),
                "The reference values are signed with the development key, which protects nothing."
            );
        }
        self.reference.iter().map(read).collect()
    }

    fn run(
        &self,
        evidence: &[u8],
        references: &[Reference],
        challenge: Option<&[u8]>,
        state: &State,
        out: &mut dyn Write,
    ) -> Result {
        let allowances = Allowances {
            debug: self.allow_debug,
            unsafe_dma: self.allow_unsafe_dma,
            lost_records: self.allow_lost_records,
            learn: self.learn,
            relearn: self.relearn,
        };
        let appraisal = appraise(evidence, state, references, allowances, time::now())?;
        if let Some(path) = &self.json {
            let text = format!("{:#}\n", appraisal.to_json());
            output_file::write(path, text.as_bytes(), Audience::Everyone)?;
        }
        if let Some(path) = &self.cwt {
            let token = appraisal.to_cwt(&state.result_key()?)?;
            output_file::write(path, &token, Audience::Everyone)?;
        }
        write!(out, "{}", table::render(&appraisal))?;
        let other = challenge.is_some_and(|nonce| appraisal.nonce.as_deref() != Some(nonce));
        if other {
            writeln!(out, "The machine did not answer the challenge that it was sent.")?;
        }
        if !appraisal.is_acceptable() || other {
            return Ok(Answer::No);
        }
        if let Some(machine) = &appraisal.machine {
            state.keep_machine(machine)?;
        }
        Ok(Answer::Yes)
    }
}
