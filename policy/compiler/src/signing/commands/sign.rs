//! `sign`: one officer's signature, added to the detached file.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use cloister_policy_format::signature::{
    Digest, PublicKey, Role, SignatureError, SignatureFile, TrustAnchors,
    development::is_development_key, digest, named_author,
};

use super::{decode_policy, default_signature_path, describe};
use crate::signing::{
    KeyFile, PassphraseArgs, SecretKey, SigningError,
    development::development_key,
    output_file::{self, Audience, Existing},
};

/// Signs a compiled policy, adding to its detached signature file
#[derive(Args, Clone, Debug)]
pub struct SignArgs {
    /// The compiled policy
    pub policy: PathBuf,
    /// As what you sign
    #[arg(long, value_enum)]
    pub role: SignerRole,
    /// Whose key.
    #[command(flatten)]
    pub key: KeyArgs,
    /// The signature file; `<POLICY>.sig` if absent
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// With which key a policy is signed.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct KeyArgs {
    /// Your sealed secret key, from `cloister-policy keygen`
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Sign in the name of the development officer of this role, as anybody can
    #[arg(long)]
    pub insecure_development_key: bool,
}

/// As what an officer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignerRole {
    /// You wrote this policy
    Author,
    /// You read this policy, which another officer wrote, and agree to it
    Approver,
    /// This policy makes you an officer, and you take the office
    Successor,
}

impl From<SignerRole> for Role {
    fn from(role: SignerRole) -> Self {
        match role {
            SignerRole::Author => Self::Author,
            SignerRole::Approver => Self::Approver,
            SignerRole::Successor => Self::Successor,
        }
    }
}

impl SignArgs {
    /// Signs, and writes what was signed and who signed so far to `out`.
    ///
    /// # Errors
    /// When the policy is none, the file is for another policy or unsound, this officer signed
    /// already or cannot sign in this role, or the key does not open.
    pub fn run(&self, out: &mut dyn Write) -> Result<(), SigningError> {
        let role = Role::from(self.role);
        let bytes = output_file::read(&self.policy)?;
        let policy = decode_policy(&bytes, &self.policy)?;
        let named = TrustAnchors::named_in(&policy)?;
        let digest = digest(&bytes);
        let path = self.signature.clone().unwrap_or_else(|| default_signature_path(&self.policy));
        let mut file = existing(&path, &digest)?;

        // The person sees what the signature is for before the passphrase is typed.
        writeln!(out, "Signing as {role}: {}.", describe(&policy, &digest))?;
        let public = self.public_key(role)?;
        check_role(&file, role, public, named_author(&policy))?;
        if file.signatures().iter().any(|signed| (signed.role, signed.key) == (role, public)) {
            return Err(SigningError::AlreadySigned { path, key: public, role });
        }
        if is_development_key(&public) {
            writeln!(out, "INSECURE: the key is published; anybody can sign with it.")?;
        }
        let signature = self.open(role)?.sign(role, &digest);
        file.add(signature).map_err(|how| unsound(&path, how))?;
        output_file::write(&path, &file.encode(), Audience::Everyone, Existing::Replace)?;

        writeln!(out, "Signatures in {}:", path.display())?;
        for signed in file.signatures() {
            let officer = named.as_ref().and_then(|named| named.find(&signed.key));
            let name = officer.map_or("(not in this policy)", |officer| officer.name.as_str());
            writeln!(out, "  {} {name} {}", signed.role, signed.key)?;
        }
        Ok(())
    }

    /// The public key of who signs, without opening the secret one.
    fn public_key(&self, role: Role) -> Result<PublicKey, SigningError> {
        match &self.key.key {
            Some(path) => key_file(path)?.public_key(path),
            None => Ok(development_key(role).public()),
        }
    }

    fn open(&self, role: Role) -> Result<SecretKey, SigningError> {
        let Some(path) = &self.key.key else {
            return Ok(development_key(role));
        };
        let file = key_file(path)?;
        let passphrase = self.passphrase.existing(&file.name)?;
        file.open(&passphrase, path)
    }
}

/// Reads a sealed key that nobody but its owner can read.
fn key_file(path: &Path) -> Result<KeyFile, SigningError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |source| SigningError::Read { path: path.to_owned(), source };
    let mode = path.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(SigningError::Exposed(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    KeyFile::from_text(&text, path)
}

/// The signature file as it is, each signature verified, or a new one.
fn existing(path: &Path, digest: &Digest) -> Result<SignatureFile, SigningError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(SignatureFile::new(*digest));
        }
        Err(source) => return Err(SigningError::Read { path: path.to_owned(), source }),
    };
    let file = SignatureFile::decode(&bytes).map_err(|how| unsound(path, how))?;
    if file.digest() != digest {
        return Err(SigningError::OtherPolicy(path.to_owned()));
    }
    for signature in file.signatures() {
        signature.verify(digest).map_err(|how| unsound(path, how))?;
    }
    Ok(file)
}

fn unsound(path: &Path, how: impl Into<SignatureError>) -> SigningError {
    SigningError::UnsoundFile { path: path.to_owned(), source: how.into() }
}

/// Refuses signatures that could only make the policy be refused later.
fn check_role(
    file: &SignatureFile,
    role: Role,
    key: PublicKey,
    named: Option<PublicKey>,
) -> Result<(), SigningError> {
    let signed = file.signatures().iter().find(|signed| signed.role == Role::Author);
    let signed = signed.map(|signed| signed.key);
    let has_approved =
        || file.signatures().iter().any(|it| (it.role, it.key) == (Role::Approver, key));
    let reason = match role {
        Role::Approver if [named, signed].contains(&Some(key)) => {
            "its author cannot also approve it; another officer must"
        }
        Role::Author if named.is_some_and(|named| named != key) => {
            "the policy names another officer as its author"
        }
        Role::Author if signed.is_some_and(|signed| signed != key) => {
            "another officer signed it as author, and a policy has one author"
        }
        Role::Author if has_approved() => {
            "this officer approved it, and an author cannot also approve"
        }
        _ => return Ok(()),
    };
    Err(SigningError::NotYourRole { key, role, reason })
}
