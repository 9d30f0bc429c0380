//! A directory for what belongs to one running machine: sockets, TPM state, firmware variables.
//! Gone when the machine is.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

const PREFIX: &str = "cloister-run-";

/// Directories that exist. Written when one is made and when one is removed.
static EXISTING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn existing() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    EXISTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every directory. For the end of this program.
pub fn remove_all() {
    for path in existing().drain(..) {
        // Nothing can be done about a failure here, and the next run removes what is left.
        let _ = std::fs::remove_dir_all(path);
    }
}

/// A directory for one running machine.
#[derive(Debug)]
pub struct RunDirectory(TempDir);

impl RunDirectory {
    /// Makes a directory, and removes those that killed programs left behind.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new() -> Result<Self> {
        remove_orphans();
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let directory = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir()
            .context("cannot make a directory for the machine's state")?;
        existing().push(directory.path().to_owned());
        Ok(Self(directory))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        existing().retain(|path| path != self.0.path());
    }
}

/// Removes directories of programs that no longer run.
fn remove_orphans() {
    let Ok(entries) = std::env::temp_dir().read_dir() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .and_then(|rest| rest.split('-').next())
            .and_then(|owner| owner.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner.to_string()).exists()) {
            // Another program may be removing it at this moment, or it is another user's.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_a_program_that_was_killed_is_removed_by_the_next_run() {
        // Beyond the largest process number that Linux gives (2^22).
        let orphan = std::env::temp_dir().join(format!("{PREFIX}99999999-x"));
        std::fs::create_dir_all(&orphan).unwrap();
        let directory = RunDirectory::new().unwrap();
        assert!(!orphan.exists());
        let path = directory.path().to_owned();
        assert!(path.exists());
        drop(directory);
        assert!(!path.exists());
    }
}
