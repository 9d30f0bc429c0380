//! The images that are made from Debian's packages, each variant once.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    path::PathBuf,
};

use anyhow::{Context as _, Result, anyhow};
use cloister_guests::{Images, Progress, Variant, debian_world, default_cache, xen};

use super::linux;
use crate::{progress::Step, workspace};

/// The kernel, the same for all variants.
const KERNEL: &str = "vmlinuz";
/// The plain world's initial RAM disk; that of a variant is in a folder of the variant's name.
const INITRD: &str = "initrd.img";

/// The hypervisor, which starts by Multiboot.
const XEN: &str = "xen";

/// Makes Debian worlds when they are asked for.
#[derive(Debug, Default)]
pub struct DebianWorlds {
    /// The images by the variant's name, empty for the plain world; or why they cannot be made.
    made: RefCell<BTreeMap<String, Result<Images, String>>>,
    /// The hypervisor, or why it cannot be made.
    xen: OnceCell<Result<PathBuf, String>>,
}

impl DebianWorlds {
    /// Where the file `name` is: `vmlinuz`, `initrd.img`, `VARIANT/initrd.img`, or `xen`.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be made; the message says why.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let (variant, file) = name.split_once('/').unwrap_or(("", name));
        match (variant, file) {
            ("", KERNEL) => Ok(self.images("")?.kernel),
            ("", XEN) => {
                let made = || make("Xen", |report| Ok(xen(&default_cache(), report)?));
                self.xen.get_or_init(made).clone().map_err(|error| anyhow!("{error}"))
            }
            (variant, INITRD) => Ok(self.images(variant)?.initrd),
            _ => Err(anyhow!(
                "Debian worlds have files debian/{KERNEL} and debian/{INITRD}, and variants debian/NAME/{INITRD}"
            )),
        }
    }

    fn images(&self, variant: &str) -> Result<Images> {
        let mut made = self.made.borrow_mut();
        let images = made.entry(variant.to_owned()).or_insert_with(|| make_world(variant));
        images.clone().map_err(|error| anyhow!("{error}"))
    }

    /// Why what was asked for could not be made.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let xen = || self.xen.get().and_then(|made| made.as_ref().err().cloned());
        self.made.borrow().values().find_map(|made| made.as_ref().err().cloned()).or_else(xen)
    }
}

fn make_world(name: &str) -> Result<Images, String> {
    let shown = if name.is_empty() { String::new() } else { format!(" {name}") };
    make(&format!("the Debian world{shown}"), |report| {
        let variant = if name.is_empty() { Variant::plain() } else { with_programs(name)? };
        Ok(debian_world(&default_cache(), &variant, report)?)
    })
}

/// Makes `what`, and shows how far it is.
fn make<T>(
    what: &str,
    recipe: impl FnOnce(&mut dyn FnMut(Progress)) -> Result<T>,
) -> Result<T, String> {
    let step = Step::spinner(&format!("Making {what}"));
    recipe(&mut |progress| step.at(&progress.to_string()))
        .with_context(|| format!("{what} cannot be made"))
        .map_err(|error| format!("{error:#}"))
}

/// A variant with those programs of this workspace that it has.
fn with_programs(name: &str) -> Result<Variant> {
    let mut variant = Variant::named(name)?;
    for program in variant.programs().to_vec() {
        let path = linux::program(&workspace::root(), &program)?;
        let contents =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        variant.add_program(&program, contents);
    }
    Ok(variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_files_and_variants_are_refused() {
        let worlds = DebianWorlds::default();
        assert!(worlds.path("desktop/vmlinuz").is_err());
        assert_eq!(worlds.failure(), None);
        let message = worlds.path("no-such/initrd.img").unwrap_err().to_string();
        assert!(message.contains("there is no Debian world 'no-such'"), "{message}");
        assert_eq!(worlds.failure(), Some(message));
    }
}
