//! Compiles the programs that run inside Linux worlds: static, so that they need nothing there.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::bare::{self, TARGET};
use crate::machine::process::command;

const PROFILE: &str = "release";

/// The compiler flags of these programs.
fn flags(root: &Path, cargo_home: &Path) -> Vec<String> {
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned(), "-Cstrip=symbols".to_owned()];
    flags.extend(bare::without_paths(root, cargo_home));
    flags
}

/// Builds a program from the sources at `root`, by the name of its package; returns where it is.
///
/// # Errors
/// If the compiler refuses; the message is the compiler's.
pub fn program(root: &Path, package: &str) -> Result<PathBuf> {
    let target = root.join("target/linux");
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo
        .current_dir(root)
        .args(["build", "--package", package, "--profile", PROFILE])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(root, &bare::cargo_home()?).join("\u{1f}"))
        .env_remove("RUSTFLAGS");
    bare::run(cargo, &format!("Compiling {package}"))?;
    Ok(target.join(TARGET).join(PROFILE).join(package))
}
