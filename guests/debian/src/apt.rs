//! Asks apt which packages to use, and downloads them.
//!
//! apt is run as the user who runs us, with the machine's own configuration (or the one that the
//! environment variable `APT_CONFIG` names), so mirrors, proxies and pins hold here too.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::control::{self, Package, Record};
use crate::tool::{self, Tool};
use crate::variant::Variant;
use crate::{Error, Progress, digest};

mod resolve;

/// The package that depends on the newest generic kernel of a Debian release.
const KERNEL: &str = "linux-image-amd64";
/// The package of the statically linked shell and tools.
const BUSYBOX: &str = "busybox-static";

const APT_CACHE: Tool = Tool { program: "apt-cache", package: "apt" };
const APT_CONFIG: Tool = Tool { program: "apt-config", package: "apt" };
const APT_GET: Tool = Tool { program: "apt-get", package: "apt" };

/// The packages that a Debian world is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Selection {
    pub(crate) kernel: Package,
    pub(crate) busybox: Package,
    /// Those of the variant, with all that they depend on.
    pub(crate) further: Vec<Package>,
}

impl Selection {
    /// All packages.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        [&self.kernel, &self.busybox].into_iter().chain(&self.further)
    }
}

/// A value that changes when apt may name other packages than before: apt's lists, pins and the
/// release it prefers. `None` where apt is not there to be asked.
pub(crate) fn fingerprint() -> Option<String> {
    let mut command = APT_CONFIG.command();
    command.args(["shell", "LISTS", "Dir::State::lists/d", "PINS", "Dir::Etc::preferences/f"]);
    command.args(["PIN_PARTS", "Dir::Etc::preferencesparts/d", "RELEASE", "APT::Default-Release"]);
    let settings = APT_CONFIG.run(&mut command).ok()?;
    let mut state = vec![String::from_utf8_lossy(&settings).into_owned()];
    for line in state[0].clone().lines() {
        let value = line.split_once('=').map_or("", |(_, value)| value.trim_matches('\''));
        if value.starts_with('/') {
            describe(Path::new(value), &mut state);
        }
    }
    state[1..].sort();
    Some(digest::of_list(state.iter().map(String::as_bytes)))
}

/// Adds name, size and time of a file, or of each file in a directory.
fn describe(path: &Path, state: &mut Vec<String>) {
    if let Ok(entries) = fs::read_dir(path) {
        // Only files: apt's own downloads under way lie in directories below.
        let paths = entries.flatten().map(|entry| entry.path());
        paths.filter(|path| path.is_file()).for_each(|path| describe(&path, state));
    } else if let Ok(metadata) = fs::metadata(path) {
        let modified =
            metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        state.push(format!("{} {} {modified:?}", path.display(), metadata.len()));
    }
}

/// The packages that apt would install on this machine.
pub(crate) fn select(variant: &Variant) -> Result<Selection, Error> {
    let kernel = newest(KERNEL, "linux-image-")?;
    let busybox = find(&show(&[BUSYBOX])?, BUSYBOX)?.package()?;
    let further = resolve::closure(variant)?;
    Ok(Selection { kernel, busybox, further })
}

/// The package whose name begins with `prefix` that the package `name` depends on: where `name` stands
/// for the newest version of something, that version.
pub(crate) fn newest(name: &str, prefix: &str) -> Result<Package, Error> {
    let dependency = find(&show(&[name])?, name)?
        .dependency(prefix)
        .ok_or_else(|| Error::PackageRecord { package: name.to_owned(), field: "Depends" })?;
    let name = dependency.split_once('=').map_or(dependency.as_str(), |(name, _)| name);
    find(&show(&[&dependency])?, name)?.package()
}

/// The records of the versions that apt would install.
fn show(packages: &[impl AsRef<OsStr>]) -> Result<String, Error> {
    if packages.is_empty() {
        return Ok(String::new());
    }
    let mut command = APT_CACHE.command();
    command.args(["show", "--no-all-versions"]).args(packages);
    // apt-cache fails when one of the packages is unknown; `find` says which.
    let output = APT_CACHE.output(&mut command)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn find<'a>(text: &'a str, package: &str) -> Result<Record<'a>, Error> {
    control::records(text)
        .find(|record| record.field("Package") == Some(package))
        .ok_or_else(|| Error::UnknownPackage { package: package.to_owned() })
}

/// Downloads packages into `directory`, which is empty, and checks each against apt's lists. Gives
/// their files in the same order.
pub(crate) fn download(
    packages: &[&Package],
    directory: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<PathBuf>, Error> {
    let total = packages.iter().map(|package| package.size).sum();
    let mut reported = None;
    let mut report = |received: u64| {
        let received = received.min(total);
        if reported.replace(received) != Some(received) {
            let package = packages[0].name.clone();
            progress(Progress::Downloading { package, more: packages.len() - 1, received, total });
        }
    };
    report(0);
    let messages = directory.join("messages");
    let messages_file = File::create(&messages).map_err(Error::file("create", &messages))?;
    let mut command = APT_GET.command();
    command
        .args(["download", "-qq"])
        .args(packages.iter().map(|package| format!("{}={}", package.name, package.version)))
        .current_dir(directory)
        .stdout(Stdio::null())
        .stderr(messages_file);
    let mut child = command.spawn().map_err(|source| APT_GET.not_started(source))?;
    let status = loop {
        match child.try_wait().map_err(|source| APT_GET.not_started(source))? {
            Some(status) => break status,
            None => {
                thread::sleep(Duration::from_millis(100));
                report(package_files(directory).iter().map(|(_, size)| size).sum());
            }
        }
    };
    if !status.success() {
        let stderr = fs::read(&messages).unwrap_or_default();
        return Err(Error::Command {
            command: tool::shown(&command),
            status: status.to_string(),
            message: format!(
                "{}. Is the network up? Where the mirror no longer has this version, run \
                 `apt-get update` as root",
                tool::tail(&stderr)
            ),
        });
    }
    let files = package_files(directory);
    let paths = packages.iter().map(|package| {
        let prefix = format!("{}_", package.name);
        let named = |path: &Path| path.file_name()?.to_str()?.starts_with(&prefix).then_some(());
        let found = files.iter().find(|(path, _)| named(path).is_some());
        let (path, _) = found.ok_or_else(|| Error::Contents {
            package: package.name.clone(),
            what: "package file after its download".to_owned(),
        })?;
        verify(package, path)?;
        Ok(path.clone())
    });
    let paths = paths.collect::<Result<_, Error>>()?;
    report(total);
    Ok(paths)
}

/// The package files in a directory, and their sizes so far.
fn package_files(directory: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let is_package = |path: &Path| path.extension().is_some_and(|extension| extension == "deb");
    let sized = entries.map(|entry| (entry.path(), entry.metadata().map_or(0, |it| it.len())));
    sized.filter(|(path, _)| is_package(path)).collect()
}

/// Checks that a file is the package that apt's signed lists describe.
pub(crate) fn verify(package: &Package, path: &Path) -> Result<(), Error> {
    let found = digest::of_file(path).map_err(Error::file("read", path))?;
    if found == package.sha256 {
        return Ok(());
    }
    Err(Error::PackageDigest {
        package: package.name.clone(),
        version: package.version.clone(),
        expected: package.sha256.clone(),
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_package_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p.deb");
        fs::write(&path, "good").unwrap();
        let sha256 = digest::of_file(&path).unwrap();
        let package = Package { name: "p".into(), version: "1".into(), sha256, size: 4 };
        verify(&package, &path).unwrap();
        fs::write(&path, "evil").unwrap();
        let message = verify(&package, &path).unwrap_err().to_string();
        assert!(message.starts_with("package p 1 as downloaded has SHA-256"), "{message}");
        assert!(message.contains("do not trust the mirror"), "{message}");
    }

    #[test]
    fn unknown_package_says_what_to_do() {
        let message = find("Package: a\n", "b").err().unwrap().to_string();
        assert_eq!(
            message,
            "apt knows no package b: run `apt-get update` as root (needs network), and see that \
             apt's sources name Debian's main archive"
        );
    }

    #[test]
    fn fingerprint_follows_files_and_sizes() {
        let directory = tempfile::tempdir().unwrap();
        let list = |state: &mut Vec<String>| describe(directory.path(), state);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        fs::write(directory.path().join("Packages"), "a").unwrap();
        list(&mut before);
        fs::write(directory.path().join("Packages"), "ab").unwrap();
        list(&mut after);
        assert_eq!(before.len(), 1);
        assert_ne!(before, after);
    }
}
