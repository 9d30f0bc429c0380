//! The recipe from Debian's packages to a world's images.

use std::fs;
use std::path::{Path, PathBuf};

use crate::apt::{self, Selection};
use crate::cache::{Cache, Found, Images, LastSelection, Lock};
use crate::control::Package;
use crate::{Error, Progress, digest, initrd, linux_package, module};

/// All that the images' bytes depend on but the packages: a change here makes new images.
const RECIPE: [&str; 8] = [
    include_str!("cpio.rs"),
    include_str!("initrd.rs"),
    include_str!("linux_package.rs"),
    include_str!("module.rs"),
    include_str!("module/order.rs"),
    include_str!("recipe.rs"),
    include_str!("../init.sh"),
    include_str!("../profile.sh"),
];

/// Gives the images of a Debian world, from the cache where they are there already.
///
/// `cache` is a directory, created if it is absent; see [`crate::default_cache`]. Any number of
/// processes may use it at once. `progress` is called with each step, before it begins.
///
/// apt is asked for packages only when its lists changed since the last call, and the network is
/// used only for packages that the cache does not have. Where apt cannot name the packages the
/// images of the last build are given.
///
/// # Errors
/// The cache cannot be written; the machine is no Debian, or apt's lists are missing; a package
/// cannot be downloaded, or is not the one that apt's lists name, or not as Debian 12 and 13 have
/// it. Each message says what to do.
pub fn debian_world(cache: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Images, Error> {
    let cache = Cache::new(cache);
    let fingerprint = apt::fingerprint();
    let choice = choose(cache.last_selection(), fingerprint.as_deref(), progress)?;
    let key = key(&choice.selection);
    if !choice.is_new
        && let Found::Good(images) = cache.images(&key)
    {
        return Ok(images);
    }
    let lock = cache.lock(progress)?;
    // Another process may have built them while this one waited.
    let images = match cache.images(&key) {
        Found::Good(images) => images,
        Found::Damaged => {
            progress(Progress::Rebuilding);
            build(&lock, &choice.selection, &key, progress)?
        }
        Found::Nothing => build(&lock, &choice.selection, &key, progress)?,
    };
    if choice.is_new {
        let Selection { kernel, busybox } = choice.selection;
        lock.remember(&LastSelection { fingerprint, kernel, busybox })?;
    }
    Ok(images)
}

/// The packages to use, and whether they have yet to be recorded as the last selection.
struct Choice {
    selection: Selection,
    is_new: bool,
}

/// The last packages where apt could name no others; or else what apt says, or the last ones all the
/// same where it says nothing.
fn choose(
    last: Option<LastSelection>,
    fingerprint: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Choice, Error> {
    let again = |last: LastSelection| Choice {
        selection: Selection { kernel: last.kernel, busybox: last.busybox },
        is_new: false,
    };
    let last = match last {
        Some(last) if fingerprint.is_some() && last.fingerprint.as_deref() == fingerprint => {
            return Ok(again(last));
        }
        last => last,
    };
    progress(Progress::Resolving);
    match (apt::select(), last) {
        (Ok(selection), _) => Ok(Choice { selection, is_new: true }),
        (Err(error), Some(last)) => {
            progress(Progress::UsingLastPackages { reason: error.to_string() });
            Ok(again(last))
        }
        (Err(error), None) => Err(error),
    }
}

/// The name of the images that the recipe makes from these packages.
fn key(selection: &Selection) -> String {
    let packages = [&selection.kernel, &selection.busybox];
    let fields = packages.into_iter().flat_map(|it| [&it.name, &it.version, &it.sha256]);
    let recipe = RECIPE.into_iter().chain(fields.map(String::as_str));
    digest::of_list(recipe.map(str::as_bytes))[..16].to_owned()
}

fn build(
    lock: &Lock<'_>,
    selection: &Selection,
    key: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Images, Error> {
    lock.remove_leftovers()?;
    let packages = [&selection.kernel, &selection.busybox];
    lock.keep_only_packages(&packages)?;
    let [kernel_file, busybox_file] = [
        package_file(lock, &selection.kernel, progress)?,
        package_file(lock, &selection.busybox, progress)?,
    ];

    let work = lock.work_directory()?;
    let [kernel_tree, busybox_tree] = ["kernel", "busybox"].map(|name| work.path().join(name));
    linux_package::unpack(&selection.kernel, &kernel_file, &kernel_tree, progress)?;
    linux_package::unpack(&selection.busybox, &busybox_file, &busybox_tree, progress)?;

    progress(Progress::Assembling);
    let kernel = linux_package::kernel(&selection.kernel, &kernel_tree)?;
    let busybox = linux_package::busybox(&selection.busybox, &busybox_tree)?;
    let modules = module::load_order(
        &initrd::MODULES,
        |name| kernel.modules.read(name),
        |name| kernel.modules.is_built_in(name),
    )?;
    let initrd = initrd::assemble(&kernel.release, &busybox, &modules);
    lock.store(key, &kernel.image, &initrd, &kernel.release, &packages)
}

/// The file of a package: from the cache if it is there and right, or else downloaded.
fn package_file(
    lock: &Lock<'_>,
    package: &Package,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, Error> {
    let path = lock.package_path(package);
    if path.exists() && apt::verify(package, &path).is_ok() {
        return Ok(path);
    }
    let work = lock.work_directory()?;
    let downloaded = apt::download(package, work.path(), progress)?;
    fs::rename(&downloaded, &path).map_err(Error::file("write", &path))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_follows_each_package_and_its_version() {
        let package = |name: &str, version: &str| Package {
            name: name.into(),
            version: version.into(),
            sha256: "0".repeat(64),
            size: 1,
        };
        let key_of = |kernel: &str, busybox: &str| {
            let (kernel, busybox) = (package("linux", kernel), package("busybox", busybox));
            key(&Selection { kernel, busybox })
        };
        assert_eq!(key_of("1", "1"), key_of("1", "1"));
        assert_ne!(key_of("1", "1"), key_of("2", "1"));
        assert_ne!(key_of("1", "1"), key_of("1", "2"));
    }
}
