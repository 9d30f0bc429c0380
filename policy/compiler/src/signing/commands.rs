//! The commands `keygen`, `sign`, `verify` and `officers`.
//!
//! Each is its arguments and a `run` that writes to the output it is given, so that tests read
//! exactly what a person would.

mod keygen;
mod officers;
mod sign;
mod trust;
mod verify;

pub use keygen::KeygenArgs;
pub use officers::OfficersArgs;
pub use sign::{KeyArgs, SignArgs, SignerRole};
pub use trust::TrustArgs;
pub use verify::VerifyArgs;

use std::path::{Path, PathBuf};

use cloister_policy_format::{PolicyView, signature::Digest};

use super::SigningError;

/// The name of a policy's signature file, where none is given: the policy's and `.sig`.
fn default_signature_path(policy: &Path) -> PathBuf {
    let mut name = policy.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Decodes what a file holds as a compiled policy.
fn decode_policy<'a>(bytes: &'a [u8], path: &Path) -> Result<PolicyView<'a>, SigningError> {
    PolicyView::decode(bytes).map_err(|error| SigningError::NotAPolicy {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// The policy in one line: `policy "two desks", version 7, SHA-256 …`.
fn describe(policy: &PolicyView<'_>, digest: &Digest) -> String {
    let system = policy.system();
    let (name, version) = (system.name, system.version);
    format!("policy \"{name}\", version {version}, SHA-256 {}", hex::encode(digest))
}

#[cfg(test)]
mod tests;
