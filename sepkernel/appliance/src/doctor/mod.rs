//! What `cloister` needs on this machine, whether it is there, and how it gets there.

pub mod apt;
pub mod backports;
pub mod found;
pub mod requirement;

use std::fs::File;

use anyhow::{Context as _, Result};

use crate::workspace;
use found::Found;
use requirement::{Purpose, Requirement};

/// Something is missing, and this program may not or cannot install it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SetupMissing(String);

/// Sees to it that everything needed for `purposes` is there: looks, and installs what is missing
/// if it may. Programs that run at the same time wait for each other.
///
/// # Errors
/// [`SetupMissing`] with what is missing and the line to type.
pub fn ensure(purposes: &[Purpose]) -> Result<()> {
    if missing(purposes).is_empty() {
        return Ok(());
    }
    let path = workspace::output().join("setup.lock");
    let lock = std::fs::create_dir_all(workspace::output())
        .and_then(|()| File::create(&path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    lock.lock()?;
    // Another program may have installed it while this one waited.
    let missing = missing(purposes);
    if missing.is_empty() {
        return Ok(());
    }
    for (requirement, found) in &missing {
        eprintln!("Needed: {} ({found}), {}", requirement.name, requirement.reason);
    }
    apt::install(&missing)?;
    let missing = self::missing(purposes);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing
        .iter()
        .map(|(requirement, found)| format!("{} ({found})", requirement.name))
        .collect();
    Err(SetupMissing(format!(
        "still not usable after the installation: {}. `cloister doctor` shows what was found.",
        names.join(", ")
    ))
    .into())
}

/// What of the things needed for `purposes` is not there.
#[must_use]
pub fn missing(purposes: &[Purpose]) -> Vec<(&'static Requirement, Found)> {
    requirement::ALL
        .iter()
        .filter(|requirement| purposes.contains(&requirement.purpose))
        .map(|requirement| (requirement, requirement.look()))
        .filter(|(_, found)| !found.is_usable())
        .collect()
}
