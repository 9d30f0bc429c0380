//! Signing: officers' keys, detached signatures, and their verification on the host.
//!
//! What is signed, and the decision whether it is enough, is [`cloister_policy_format::signature`],
//! the same code that the appliance runs. Here is what needs files, randomness and a person: making
//! and keeping keys, adding a signature, and saying what was verified.

mod commands;
mod development;
mod error;
mod key_file;
mod output_file;
mod passphrase;
mod secret_key;
#[cfg(test)]
mod testing;

pub use commands::{
    KeyArgs, KeygenArgs, OfficersArgs, SignArgs, SignerRole, TrustArgs, VerifyArgs,
};
pub use development::{development_officers, sign_with_development_keys};
pub use error::SigningError;
pub use key_file::{KeyFile, Stretching};
pub use passphrase::{Passphrase, PassphraseArgs};
pub use secret_key::SecretKey;
