//! TPMs with certificates of a maker.

use std::path::{Path, PathBuf};

use cloister::{
    doctor::{self, requirement::Purpose},
    machine::maker,
};
use tempfile::TempDir;

/// A maker of TPMs, in a directory that goes when the test ends.
pub struct Maker {
    maker: maker::Maker,
    directory: TempDir,
}

impl Maker {
    pub fn new() -> Self {
        doctor::ensure(&[Purpose::Tpm, Purpose::Endorsement]).expect("swtpm_setup");
        let directory = tempfile::tempdir().unwrap();
        let maker = maker::Maker::new(directory.path()).unwrap();
        Self { maker, directory }
    }

    /// Makes a TPM; returns the directory of its state.
    pub fn make(&self, name: &str) -> PathBuf {
        self.maker.make(name).unwrap()
    }

    /// The certificate of the maker's root.
    pub fn root(&self) -> PathBuf {
        self.maker.root()
    }

    /// The certificate that is between root and TPMs.
    pub fn intermediate(&self) -> PathBuf {
        self.maker.intermediate()
    }

    /// A place for other files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}
