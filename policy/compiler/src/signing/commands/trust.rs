//! Whose signatures count, as the command line says it.

use std::path::PathBuf;

use clap::Args;
use cloister_policy_format::signature::{TrustAnchors, development};

use crate::signing::{SigningError, output_file};

/// The officers in office: never taken from the policy that is verified.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct TrustArgs {
    /// The officers' record that the appliance image pins, from `cloister-policy officers`
    #[arg(long, value_name = "FILE")]
    pub officers: Option<PathBuf>,
    /// Take the two development officers, in whose names anybody can sign
    #[arg(long)]
    pub insecure_development_key: bool,
}

impl TrustArgs {
    /// The anchors.
    ///
    /// # Errors
    /// When the record cannot be read or is unsound.
    pub fn anchors(&self) -> Result<TrustAnchors, SigningError> {
        match &self.officers {
            Some(path) => Ok(TrustAnchors::decode(&output_file::read(path)?)?),
            None => Ok(development::anchors()?),
        }
    }
}
