//! Where the sources are and where results go.

use std::path::{Path, PathBuf};

/// Top directory of the checkout that this program was built from.
#[must_use]
pub fn root() -> PathBuf {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_directory.ancestors().nth(2).unwrap_or(crate_directory).to_owned()
}

/// Where built images and the records of runs go.
#[must_use]
pub fn output() -> PathBuf {
    root().join("target/cloister")
}

/// The policy that is used where none is named.
#[must_use]
pub fn default_policy() -> PathBuf {
    root().join("policy/examples/two-worlds.toml")
}

/// A path as short as it can be said from the current directory.
#[must_use]
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
