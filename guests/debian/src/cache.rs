//! Keeps packages and finished images.
//!
//! ```text
//! <cache>/lock                     held by the process that builds
//! <cache>/selections/<variant>.json  the packages of the last build, and the state of apt then
//! <cache>/packages/<name>_....deb  downloaded packages
//! <cache>/debian/<key>/            vmlinuz, initrd.img and images.json, which describes them
//! <cache>/tmp/                     work under way; what an interrupted build left is removed
//! ```
//! What has its final name is complete: it was made under `tmp` and renamed. Readers take no lock.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::apt::Selection;
use crate::control::Package;
use crate::variant::Variant;
use crate::{Error, Progress, digest};

const KERNEL: &str = "vmlinuz";
const INITRD: &str = "initrd.img";
const DESCRIPTION: &str = "images.json";

/// The finished images of a Debian world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// The kernel: a bzImage, as in Debian's package.
    pub kernel: PathBuf,
    /// The initial RAM disk: an uncompressed cpio archive.
    pub initrd: PathBuf,
    /// The kernel's release, as `uname -r` prints it.
    pub release: String,
    /// The packages that the images were made from.
    pub packages: Vec<Package>,
}

/// What an entry's description says.
#[derive(Serialize, Deserialize)]
struct Description {
    release: String,
    packages: Vec<Package>,
    kernel_sha256: String,
    initrd_sha256: String,
}

/// The packages of the last build.
#[derive(Serialize, Deserialize)]
pub(crate) struct LastSelection {
    /// [`crate::apt::fingerprint`] when they were selected.
    pub(crate) fingerprint: Option<String>,
    /// [`Variant::request`] then.
    pub(crate) request: String,
    pub(crate) selection: Selection,
}

/// What the cache has under a key.
pub(crate) enum Found {
    Good(Images),
    Damaged,
    Nothing,
}

/// The cache directory that `cargo clean` empties too: `target/guests` of this workspace.
pub fn default_cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests")
}

/// A cache in one directory.
pub(crate) struct Cache {
    root: PathBuf,
}

/// The right to write in the cache, until it is dropped.
pub(crate) struct Lock<'a> {
    cache: &'a Cache,
    _file: File,
}

impl Cache {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The packages of the last build of a variant as it is now, if there is a readable record of it.
    pub(crate) fn last_selection(&self, variant: &Variant) -> Option<LastSelection> {
        let last: LastSelection = read_json(&self.selection_path(variant))?;
        (last.request == variant.request()).then_some(last)
    }

    fn selection_path(&self, variant: &Variant) -> PathBuf {
        self.root.join("selections").join(format!("{}.json", variant.name().unwrap_or("plain")))
    }

    /// Looks for images, and checks that they are those that were stored.
    pub(crate) fn images(&self, key: &str) -> Found {
        let directory = self.root.join("debian").join(key);
        if !directory.exists() {
            return Found::Nothing;
        }
        let Some(description) = read_json::<Description>(&directory.join(DESCRIPTION)) else {
            return Found::Damaged;
        };
        let kernel = directory.join(KERNEL);
        let initrd = directory.join(INITRD);
        let intact = |path, expected: &str| digest::of_file(path).is_ok_and(|it| it == expected);
        if !intact(&kernel, &description.kernel_sha256)
            || !intact(&initrd, &description.initrd_sha256)
        {
            return Found::Damaged;
        }
        let Description { release, packages, .. } = description;
        Found::Good(Images { kernel, initrd, release, packages })
    }

    /// Waits until no other process builds in this cache, and keeps others from it.
    pub(crate) fn lock(&self, progress: &mut dyn FnMut(Progress)) -> Result<Lock<'_>, Error> {
        for directory in ["packages", "selections", "debian", "tmp"] {
            let path = self.root.join(directory);
            fs::create_dir_all(&path).map_err(Error::file("create", &path))?;
        }
        let path = self.root.join("lock");
        let file = File::create(&path).map_err(Error::file("create", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress(Progress::Waiting);
                file.lock().map_err(Error::file("lock", &path))?;
            }
            Err(TryLockError::Error(source)) => return Err(Error::file("lock", &path)(source)),
        }
        Ok(Lock { cache: self, _file: file })
    }
}

impl Lock<'_> {
    /// A new directory for work under way, removed when dropped.
    pub(crate) fn work_directory(&self) -> Result<TempDir, Error> {
        let path = self.cache.root.join("tmp");
        TempDir::new_in(&path).map_err(Error::file("create a directory in", &path))
    }

    /// Removes what interrupted builds left. Only the holder of the lock works there.
    pub(crate) fn remove_leftovers(&self) -> Result<(), Error> {
        let path = self.cache.root.join("tmp");
        for entry in fs::read_dir(&path).map_err(Error::file("read", &path))?.flatten() {
            remove(&entry.path())?;
        }
        Ok(())
    }

    /// Where the file of a package is kept.
    pub(crate) fn package_path(&self, package: &Package) -> PathBuf {
        self.cache.root.join("packages").join(package_file_name(package))
    }

    /// Removes downloaded packages other than these of a variant and those of each other one's
    /// last build.
    pub(crate) fn keep_packages(
        &self,
        variant: &Variant,
        selection: &Selection,
    ) -> Result<(), Error> {
        let path = self.cache.root.join("selections");
        let entries = fs::read_dir(&path).map_err(Error::file("read", &path))?.flatten();
        let own = self.cache.selection_path(variant);
        let paths = entries.map(|entry| entry.path()).filter(|path| *path != own);
        let others: Vec<LastSelection> = paths.filter_map(|path| read_json(&path)).collect();
        let selections = others.iter().map(|other| &other.selection).chain([selection]);
        let names: BTreeSet<_> =
            selections.flat_map(Selection::packages).map(package_file_name).collect();
        let path = self.cache.root.join("packages");
        for entry in fs::read_dir(&path).map_err(Error::file("read", &path))?.flatten() {
            if !entry.file_name().to_str().is_some_and(|name| names.contains(name)) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Stores images under a key, in place of what is there.
    pub(crate) fn store(
        &self,
        key: &str,
        kernel: &Path,
        initrd: &[u8],
        release: &str,
        selection: &Selection,
    ) -> Result<Images, Error> {
        let work = self.work_directory()?;
        let copied = work.path().join(KERNEL);
        fs::copy(kernel, &copied).map_err(Error::file("write", &copied))?;
        let written = work.path().join(INITRD);
        fs::write(&written, initrd).map_err(Error::file("write", &written))?;
        let packages: Vec<Package> = selection.packages().cloned().collect();
        let description = Description {
            release: release.to_owned(),
            packages,
            kernel_sha256: digest::of_file(&copied).map_err(Error::file("read", &copied))?,
            initrd_sha256: digest::of_file(&written).map_err(Error::file("read", &written))?,
        };
        write_json(&work.path().join(DESCRIPTION), &description)?;

        let directory = self.cache.root.join("debian").join(key);
        remove(&directory)?;
        fs::rename(work.path(), &directory).map_err(Error::file("create", &directory))?;
        let Description { release, packages, .. } = description;
        let (kernel, initrd) = (directory.join(KERNEL), directory.join(INITRD));
        Ok(Images { kernel, initrd, release, packages })
    }

    /// Records the packages of this build, for when apt cannot be asked.
    pub(crate) fn remember(
        &self,
        variant: &Variant,
        selection: &LastSelection,
    ) -> Result<(), Error> {
        let work = self.work_directory()?;
        let written = work.path().join("selection.json");
        write_json(&written, selection)?;
        let path = self.cache.selection_path(variant);
        fs::rename(&written, &path).map_err(Error::file("write", &path))
    }
}

/// A name without `:` and `%`, which versions have and some file systems lack.
fn package_file_name(package: &Package) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._+~-".contains(c) { c } else { '_' };
    let stem = format!("{}_{}", package.name, package.version);
    format!("{}.deb", stem.chars().map(plain).collect::<String>())
}

fn remove(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(Error::file("remove", path)),
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from);
    text.and_then(|text| fs::write(path, text + "\n")).map_err(Error::file("write", path))
}

#[cfg(test)]
mod tests;
