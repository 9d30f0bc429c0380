//! `verify`: what the appliance will decide about a signed policy.

use std::{io::Write, path::PathBuf};

use clap::Args;
use cloister_policy_format::signature::{Succession, TrustAnchors, admit, digest, verify};

use super::{TrustArgs, decode_policy, default_signature_path, describe};
use crate::signing::{SigningError, output_file};

/// Verifies a signed policy as the appliance does
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// The compiled policy
    pub policy: PathBuf,
    /// The signature file; `<POLICY>.sig` if absent
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
    /// Whose signatures count.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// The highest policy version that the appliance has run
    #[arg(long, value_name = "NUMBER")]
    pub last_version: Option<u64>,
}

impl VerifyArgs {
    /// Verifies, and writes who approved what to `out`.
    ///
    /// # Errors
    /// The refusal, or what kept the files from being read.
    pub fn run(&self, out: &mut dyn Write) -> Result<(), SigningError> {
        let anchors = self.trust.anchors()?;
        let bytes = output_file::read(&self.policy)?;
        let path = self.signature.clone().unwrap_or_else(|| default_signature_path(&self.policy));
        // No file is no signature, which has its own refusal.
        let signatures = match path.try_exists() {
            Ok(false) => Vec::new(),
            _ => output_file::read(&path)?,
        };
        let approval = verify(&bytes, &signatures, &anchors)?;
        let policy = decode_policy(&bytes, &self.policy)?;
        approval.check_author(&policy)?;
        let named = TrustAnchors::named_in(&policy)?.unwrap_or_else(|| anchors.clone());
        let succession = approval.succession(&anchors, &named)?;
        admit(policy.system().version, self.last_version)?;

        writeln!(out, "Approved: {}.", describe(&policy, &digest(&bytes)))?;
        writeln!(out, "It was {approval}.")?;
        match succession {
            Succession::Unchanged => writeln!(out, "It leaves the officers as they are.")?,
            Succession::Changed => write_change(&anchors, &named, out)?,
        }
        Ok(())
    }
}

/// Writes who comes, who goes, and how many must sign from then on.
fn write_change(
    anchors: &TrustAnchors,
    named: &TrustAnchors,
    out: &mut dyn Write,
) -> Result<(), SigningError> {
    writeln!(out, "It changes the officers, from the next image on:")?;
    for officer in named.officers().iter().filter(|officer| anchors.find(&officer.key).is_none()) {
        writeln!(out, "  {} takes office with {}", officer.name, officer.key)?;
    }
    for officer in anchors.officers().iter().filter(|officer| named.find(&officer.key).is_none()) {
        writeln!(out, "  {} leaves office with {}", officer.name, officer.key)?;
    }
    let names = |anchors: &TrustAnchors, officer: &cloister_policy_format::signature::Officer| {
        anchors.find(&officer.key).is_some_and(|other| other.name != officer.name)
    };
    for officer in named.officers().iter().filter(|officer| names(anchors, officer)) {
        writeln!(out, "  {} is the new name of {}", officer.name, officer.key)?;
    }
    let (before, after) = (anchors.required(), named.required());
    if before != after {
        writeln!(out, "  {after} officers must sign, where {before} had to")?;
    }
    Ok(())
}
