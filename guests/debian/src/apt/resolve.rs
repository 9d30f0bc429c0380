//! Which packages come with others, by apt's own rules.
//!
//! apt is asked what it would install on a machine that has nothing yet but the packages that are
//! to be left out. They are named as held, so that apt neither changes them nor asks for what they
//! depend on.

use std::fs;
use std::path::Path;

use super::{APT_GET, find, show};
use crate::control::Package;
use crate::tool;
use crate::variant::Variant;
use crate::{Error, control};

/// The packages of a variant with all that they depend on, sorted by name.
pub(super) fn closure(variant: &Variant) -> Result<Vec<Package>, Error> {
    if variant.packages().is_empty() {
        return Ok(Vec::new());
    }
    let directory =
        tempfile::tempdir().map_err(Error::file("create a directory in", &std::env::temp_dir()))?;
    let status = directory.path().join("status");
    fs::write(&status, held(&show(variant.without())?)).map_err(Error::file("write", &status))?;
    let mut chosen = simulate(variant.packages(), &status)?;
    chosen.sort();
    let exact: Vec<String> =
        chosen.iter().map(|(name, version)| format!("{name}={version}")).collect();
    let shown = show(&exact)?;
    chosen.iter().map(|(name, _)| find(&shown, name)?.package()).collect()
}

/// The state of a machine that has the packages of these records and nothing else.
fn held(records: &str) -> String {
    let mut status = String::new();
    for record in control::records(records) {
        // A virtual package has no record; what apt does not know needs not be left out.
        let fields = ["Package", "Version", "Architecture"].map(|name| record.field(name));
        if let [Some(name), Some(version), Some(architecture)] = fields {
            status += &format!(
                "Package: {name}\nStatus: hold ok installed\nVersion: {version}\n\
                 Architecture: {architecture}\nMaintainer: none\nDescription: none\n\n"
            );
        }
    }
    status
}

/// Names and versions of what apt would install.
fn simulate(packages: &[String], status: &Path) -> Result<Vec<(String, String)>, Error> {
    let mut command = APT_GET.command();
    command.args(["install", "--simulate", "--no-install-recommends", "-qq"]);
    command.args(["-o", "Debug::NoLocking=1", "-o", "Dir::Cache::pkgcache="]);
    command.arg("-o").arg(format!("Dir::State::status={}", status.display())).args(packages);
    let output = APT_GET.run(&mut command)?;
    let chosen = installed(&String::from_utf8_lossy(&output));
    match packages.iter().find(|package| !chosen.iter().any(|(name, _)| name == *package)) {
        None => Ok(chosen),
        Some(package) => {
            Err(Error::Resolution { command: tool::shown(&command), package: package.clone() })
        }
    }
}

/// Names and versions in lines `Inst NAME (VERSION ARCHIVE [ARCHITECTURE])`.
fn installed(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
        let version = rest.split_once('(')?.1.split([' ', ')']).next()?;
        Some((name.to_owned(), version.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_read_from_a_simulation() {
        let text = "Inst gcc-12-base (12.2.0-14 Debian:12/oldstable [amd64])\n\
                    Conf gcc-12-base (12.2.0-14 Debian:12/oldstable [amd64])\n\
                    Inst libc6 (2.36-9 Debian:12/oldstable [amd64]) []\n\
                    Inst zlib1g [1.1] (1:1.2.13 Debian:12/oldstable [amd64])\n";
        let expected = [("gcc-12-base", "12.2.0-14"), ("libc6", "2.36-9"), ("zlib1g", "1:1.2.13")];
        let expected = expected.map(|(name, version)| (name.to_owned(), version.to_owned()));
        assert_eq!(installed(text), expected);
    }

    #[test]
    fn left_out_packages_are_held_and_depend_on_nothing() {
        let records = "Package: udev\nVersion: 252\nArchitecture: amd64\nDepends: libc6\n\n\
                       Package: virtual\n";
        let status = held(records);
        assert!(status.starts_with("Package: udev\nStatus: hold ok installed\nVersion: 252\n"));
        assert!(!status.contains("libc6") && !status.contains("virtual"), "{status}");
    }
}
