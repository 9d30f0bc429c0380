//! Finds the parts of unpacked packages, which lie in different places in Debian 12 and 13.

use std::fs;
use std::path::{Path, PathBuf};

use crate::control::Package;
use crate::module::Modules;
use crate::tool::Tool;
use crate::{Error, Progress};

const DPKG_DEB: Tool = Tool { program: "dpkg-deb", package: "dpkg" };
/// Run from where it was unpacked: it is statically linked, for x86-64 as we are.
const BUSYBOX: Tool = Tool { program: "busybox", package: "busybox-static" };

/// Where modules and programs are: Debian 13 moved all below `/usr`.
const ROOTS: [&str; 2] = ["usr", "."];

/// A kernel package that has been unpacked.
pub(crate) struct Kernel {
    /// The boot image.
    pub(crate) image: PathBuf,
    /// The release, as `uname -r` prints it.
    pub(crate) release: String,
    /// The modules.
    pub(crate) modules: Modules,
}

/// Unpacks a package file into a directory.
pub(crate) fn unpack(
    package: &Package,
    file: &Path,
    directory: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    progress(Progress::Unpacking { package: package.name.clone() });
    DPKG_DEB.run(DPKG_DEB.command().arg("--extract").arg(file).arg(directory))?;
    Ok(())
}

/// A file in `/boot`.
pub(crate) struct BootFile {
    pub(crate) path: PathBuf,
    /// What its name says of its version.
    pub(crate) release: String,
}

/// The file in `/boot` of the package that is unpacked in a directory whose name begins and ends so.
pub(crate) fn boot_file(
    package: &Package,
    directory: &Path,
    prefix: &str,
    suffix: &str,
) -> Result<BootFile, Error> {
    let boot = directory.join("boot");
    let mut entries = fs::read_dir(&boot).map_err(Error::file("read", &boot))?.flatten();
    let found = entries.find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let release = name.strip_prefix(prefix)?.strip_suffix(suffix)?.to_owned();
        Some(BootFile { path: entry.path(), release })
    });
    found.ok_or_else(|| Error::Contents {
        package: package.name.clone(),
        what: format!("file /boot/{prefix}*{suffix}"),
    })
}

/// The parts of the kernel package that is unpacked in a directory.
pub(crate) fn kernel(package: &Package, directory: &Path) -> Result<Kernel, Error> {
    let image = boot_file(package, directory, "vmlinuz-", "")?;
    let release = image.release;
    let modules = ROOTS
        .map(|root| directory.join(root).join("lib/modules").join(&release))
        .into_iter()
        .find(|path| path.is_dir())
        .ok_or_else(|| Error::Contents {
            package: package.name.clone(),
            what: "directory lib/modules of its release".to_owned(),
        })?;
    Ok(Kernel { image: image.path, release, modules: Modules::find(&modules)? })
}

/// A busybox that has been unpacked.
pub(crate) struct Busybox {
    /// The program.
    pub(crate) contents: Vec<u8>,
    /// The paths by which it is called, relative to the root, such as `bin/ls`.
    pub(crate) applets: Vec<String>,
}

/// The program in the busybox package that is unpacked in a directory.
pub(crate) fn busybox(package: &Package, directory: &Path) -> Result<Busybox, Error> {
    let program = ROOTS
        .map(|root| directory.join(root).join("bin/busybox"))
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| Error::Contents {
            package: package.name.clone(),
            what: "file /bin/busybox".to_owned(),
        })?;
    let contents = fs::read(&program).map_err(Error::file("read", &program))?;
    let applets = BUSYBOX.run(BUSYBOX.command_at(&program).arg("--list-full"))?;
    let applets = String::from_utf8_lossy(&applets).lines().map(str::to_owned).collect();
    Ok(Busybox { contents, applets })
}
