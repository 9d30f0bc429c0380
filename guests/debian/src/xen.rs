//! Xen, a kernel that starts by Multiboot 1.
//!
//! It is kept as `<cache>/xen/<package>-<kernel>`, both by their SHA-256: of the package 16 digits, of the
//! kernel all, so that a damaged one is noticed.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cache::{Cache, Lock};
use crate::control::Package;
use crate::tool::Tool;
use crate::{Error, Progress, apt, digest, linux_package};

/// The package that depends on the newest hypervisor of a Debian release.
const SYSTEM: &str = "xen-system-amd64";
const HYPERVISOR: &str = "xen-hypervisor-";
const GZIP: Tool = Tool { program: "gzip", package: "gzip" };

/// Gives Debian's Xen: a 32-bit ELF file with a Multiboot header, as Debian built it, unpacked. `cache`
/// and `progress` are as for [`crate::debian_world`]; apt is asked each time.
///
/// # Errors
/// As [`crate::debian_world`].
pub fn xen(cache: &Path, progress: &mut dyn FnMut(Progress)) -> Result<PathBuf, Error> {
    progress(Progress::Resolving);
    let package = apt::newest(SYSTEM, HYPERVISOR)?;
    let directory = cache.join("xen");
    if let Some(path) = stored(&directory, &package) {
        return Ok(path);
    }
    fs::create_dir_all(&directory).map_err(Error::file("create", &directory))?;
    let cache = Cache::new(cache);
    let lock = cache.lock(progress)?;
    // Another process may have made it while this one waited.
    match stored(&directory, &package) {
        Some(path) => Ok(path),
        None => make(&lock, &directory, &package, progress),
    }
}

/// The kernel that was made of this package, if it is whole.
fn stored(directory: &Path, package: &Package) -> Option<PathBuf> {
    let start = start(package);
    let paths = fs::read_dir(directory).ok()?.flatten().map(|entry| entry.path());
    paths.into_iter().find(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let expected = name.strip_prefix(&start);
        expected.is_some_and(|expected| digest::of_file(path).is_ok_and(|it| it == expected))
    })
}

/// How the names of kernels of this package begin.
fn start(package: &Package) -> String {
    format!("{}-", package.sha256.get(..16).unwrap_or_default())
}

fn make(
    lock: &Lock<'_>,
    directory: &Path,
    package: &Package,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, Error> {
    let (work, tree) = (lock.work_directory()?, lock.work_directory()?);
    for file in apt::download(&[package], work.path(), progress)? {
        linux_package::unpack(package, &file, tree.path(), progress)?;
    }
    let compressed = linux_package::boot_file(package, tree.path(), "xen-", ".gz")?;
    let kernel =
        GZIP.run(GZIP.command().args(["--decompress", "--stdout"]).arg(compressed.path))?;
    let written = work.path().join("kernel");
    fs::write(&written, &kernel).map_err(Error::file("write", &written))?;
    let digest = hex::encode(Sha256::digest(&kernel));
    let path = directory.join(format!("{}{digest}", start(package)));
    fs::rename(&written, &path).map_err(Error::file("write", &path))?;
    Ok(path)
}
