//! The commands as a person uses them, in a folder of their own, with all that they write.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use clap::Parser;
use cloister_policy_format::signature::{Role, SignatureFile, development};
use tempfile::TempDir;

use super::*;
use crate::signing::testing::{self, CHEAP, PASSPHRASE, key_file, secret};

mod keygen;
mod sign;
mod verify;

#[derive(Parser)]
enum Command {
    Keygen(KeygenArgs),
    Sign(SignArgs),
    Verify(VerifyArgs),
    Officers(OfficersArgs),
}

/// A folder with a policy of version 7, the keys of amber, basil and clove, and their passphrase.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().expect("a folder"));
        for name in ["amber", "basil", "clove"] {
            key_file(desk.folder(), name);
        }
        desk.put("phrase", PASSPHRASE.as_bytes());
        desk.put("policy", &testing::policy(7, 2, &["amber", "basil", "clove"]));
        desk
    }

    /// A desk whose policy amber signed as author and basil as approver, with the record of
    /// officers `record`.
    fn signed() -> Self {
        let desk = Self::new();
        desk.run("sign policy --role author --key amber.key --passphrase-file phrase");
        desk.run("sign policy --role approver --key basil.key --passphrase-file phrase");
        desk.run("officers policy -o record");
        desk
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("written");
    }

    fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("read")
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).expect("there").permissions().mode() & 0o777
    }

    /// Runs a command line in which the names of files stand for files of this folder, and
    /// returns what it writes, or the error, with the folder left out.
    fn run(&self, line: &str) -> String {
        let files = ["policy", "phrase", "record", "new.key", "other.sig", "short"];
        let words = line.split(' ').map(|word| {
            let is_file = files.contains(&word) || word.ends_with(".key");
            if is_file { self.path(word).into_os_string() } else { word.into() }
        });
        let command =
            Command::try_parse_from(std::iter::once("cloister-policy".into()).chain(words))
                .unwrap_or_else(|error| panic!("{error}"));
        let mut out = Vec::new();
        let result = match command {
            Command::Keygen(args) => args.run_with(CHEAP, &mut out),
            Command::Sign(args) => args.run(&mut out),
            Command::Verify(args) => args.run(&mut out),
            Command::Officers(args) => args.run(&mut out),
        };
        let text = match result {
            Ok(()) => String::from_utf8(out).expect("text"),
            Err(error) => format!("error: {error}"),
        };
        text.replace(&format!("{}/", self.folder().display()), "")
    }
}

/// SHA-256 of a file of the desk, in hexadecimal.
fn digest_of(desk: &Desk, name: &str) -> String {
    hex::encode(cloister_policy_format::signature::digest(&desk.get(name)))
}
