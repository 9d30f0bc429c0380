//! The recipe from Debian's packages to a world's images.

use std::fs;
use std::path::Path;

use crate::apt::{self, Selection};
use crate::cache::{Cache, Found, Images, LastSelection, Lock};
use crate::control::Package;
use crate::root::Root;
use crate::variant::Variant;
use crate::{Error, Progress, digest, initrd, linux_package, module};

/// All that the images' bytes depend on but the packages: a change here makes new images.
const RECIPE: [&str; 9] = [
    include_str!("cpio.rs"),
    include_str!("initrd.rs"),
    include_str!("linux_package.rs"),
    include_str!("module.rs"),
    include_str!("module/order.rs"),
    include_str!("recipe.rs"),
    include_str!("root.rs"),
    include_str!("../init.sh"),
    include_str!("../profile.sh"),
];

/// Gives the images of a variant of the Debian world, from the cache where they are there already.
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
pub fn debian_world(
    cache: &Path,
    variant: &Variant,
    progress: &mut dyn FnMut(Progress),
) -> Result<Images, Error> {
    let cache = Cache::new(cache);
    let fingerprint = apt::fingerprint();
    let choice = choose(variant, cache.last_selection(variant), fingerprint.as_deref(), progress)?;
    let key = key(variant, &choice.selection);
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
            build(&lock, variant, &choice.selection, &key, progress)?
        }
        Found::Nothing => build(&lock, variant, &choice.selection, &key, progress)?,
    };
    if choice.is_new {
        let (request, selection) = (variant.request(), choice.selection);
        lock.remember(variant, &LastSelection { fingerprint, request, selection })?;
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
    variant: &Variant,
    last: Option<LastSelection>,
    fingerprint: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Choice, Error> {
    let again = |last: LastSelection| Choice { selection: last.selection, is_new: false };
    let last = match last {
        Some(last) if fingerprint.is_some() && last.fingerprint.as_deref() == fingerprint => {
            return Ok(again(last));
        }
        last => last,
    };
    progress(Progress::Resolving);
    match (apt::select(variant), last) {
        (Ok(selection), _) => Ok(Choice { selection, is_new: true }),
        (Err(error), Some(last)) => {
            progress(Progress::UsingLastPackages { reason: error.to_string() });
            Ok(again(last))
        }
        (Err(error), None) => Err(error),
    }
}

/// The name of the images that the recipe makes from these packages.
fn key(variant: &Variant, selection: &Selection) -> String {
    let digest = variant.digest();
    let fields = selection.packages().flat_map(|it| [&it.name, &it.version, &it.sha256]);
    let recipe = RECIPE.into_iter().chain([digest.as_str()]).chain(fields.map(String::as_str));
    digest::of_list(recipe.map(str::as_bytes))[..16].to_owned()
}

fn build(
    lock: &Lock<'_>,
    variant: &Variant,
    selection: &Selection,
    key: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Images, Error> {
    lock.remove_leftovers()?;
    lock.keep_packages(variant, selection)?;
    fetch(lock, selection, progress)?;

    let work = lock.work_directory()?;
    let [kernel_tree, busybox_tree, tree] =
        ["kernel", "busybox", "further"].map(|name| work.path().join(name));
    let mut unpack = |package, tree: &Path| {
        linux_package::unpack(package, &lock.package_path(package), tree, progress)
    };
    unpack(&selection.kernel, &kernel_tree)?;
    unpack(&selection.busybox, &busybox_tree)?;
    selection.further.iter().try_for_each(|package| unpack(package, &tree))?;

    progress(Progress::Assembling);
    let kernel = linux_package::kernel(&selection.kernel, &kernel_tree)?;
    let busybox = linux_package::busybox(&selection.busybox, &busybox_tree)?;
    let wanted: Vec<&str> =
        initrd::MODULES.into_iter().chain(variant.modules().iter().map(String::as_str)).collect();
    let modules = module::load_order(
        &wanted,
        |name| kernel.modules.read(name),
        |name| kernel.modules.is_built_in(name),
    )?;
    let mut further = Root::default();
    if tree.is_dir() {
        further.add_tree(&tree)?;
    }
    let initrd = initrd::assemble(&kernel.release, &busybox, &modules, &further, variant.files());
    lock.store(key, &kernel.image, &initrd, &kernel.release, selection)
}

/// Downloads the packages whose files the cache does not have, or not as they should be.
fn fetch(
    lock: &Lock<'_>,
    selection: &Selection,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let is_there = |package: &&Package| {
        let path = lock.package_path(package);
        path.exists() && apt::verify(package, &path).is_ok()
    };
    let missing: Vec<&Package> = selection.packages().filter(|it| !is_there(it)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let work = lock.work_directory()?;
    for (package, file) in missing.iter().zip(apt::download(&missing, work.path(), progress)?) {
        let path = lock.package_path(package);
        fs::rename(&file, &path).map_err(Error::file("write", &path))?;
    }
    Ok(())
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
        let key_of = |kernel: &str, busybox: &str, further: &[&str]| {
            let (kernel, busybox) = (package("linux", kernel), package("busybox", busybox));
            let further = further.iter().map(|name| package(name, "1")).collect();
            key(&Variant::plain(), &Selection { kernel, busybox, further })
        };
        assert_eq!(key_of("1", "1", &[]), key_of("1", "1", &[]));
        assert_ne!(key_of("1", "1", &[]), key_of("2", "1", &[]));
        assert_ne!(key_of("1", "1", &[]), key_of("1", "2", &[]));
        assert_ne!(key_of("1", "1", &[]), key_of("1", "1", &["xterm"]));
    }
}
