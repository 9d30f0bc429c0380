//! `officers`: the record of officers for the appliance image.

use std::{io::Write, path::PathBuf};

use clap::Args;
use cloister_policy_format::signature::TrustAnchors;

use super::decode_policy;
use crate::signing::{
    SigningError,
    output_file::{self, Audience, Existing},
};

/// Writes the record of the officers that a policy names, for the appliance image to pin
#[derive(Args, Clone, Debug)]
pub struct OfficersArgs {
    /// The compiled policy. Nothing verifies it here: compare the keys with what the officers say
    pub policy: PathBuf,
    /// Where the record goes
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

impl OfficersArgs {
    /// Writes the record, and who is in it to `out`.
    ///
    /// # Errors
    /// When the policy cannot be read or names no sound officers, or the record exists.
    pub fn run(&self, out: &mut dyn Write) -> Result<(), SigningError> {
        let bytes = output_file::read(&self.policy)?;
        let policy = decode_policy(&bytes, &self.policy)?;
        let anchors = TrustAnchors::named_in(&policy)?.ok_or(SigningError::NoOfficers)?;
        let record = anchors.encode();
        output_file::write(&self.output, &record, Audience::Everyone, Existing::Keep)?;
        let (required, officers) = (anchors.required(), anchors.officers());
        writeln!(out, "{} of these {} officers must sign:", required, officers.len())?;
        for officer in officers {
            writeln!(out, "  {} {}", officer.name, officer.key)?;
        }
        if anchors.single_officer() {
            writeln!(out, "Warning: a single officer; nobody approves what this one writes.")?;
        }
        writeln!(out, "Compare each key with its officer before you build an image with it.")?;
        Ok(())
    }
}
