//! Kernel modules: what each one says of itself, and in which order a set of them loads.
//!
//! Debian's kernel package has no `modules.dep` (`depmod` writes it at installation, as root), so
//! the dependencies are read from where `depmod` has them too: each module's section `.modinfo`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};

use crate::Error;

mod order;

pub(crate) use order::load_order;

/// A module, ready to be loaded by a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// The name with underscores, as the kernel lists it.
    pub(crate) name: String,
    /// The ELF file, uncompressed, with the distribution's signature if it has one.
    pub(crate) contents: Vec<u8>,
    /// The names of the modules that must be loaded before.
    pub(crate) depends: Vec<String>,
}

/// The modules of one kernel package.
pub(crate) struct Modules {
    files: BTreeMap<String, PathBuf>,
    built_in: BTreeSet<String>,
}

impl Modules {
    /// Finds the modules under a directory `lib/modules/<release>`.
    pub(crate) fn find(directory: &Path) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        collect(&directory.join("kernel"), &mut files)?;
        let list = directory.join("modules.builtin");
        let list = fs::read_to_string(&list).map_err(Error::file("read", &list))?;
        let built_in = list.lines().filter_map(|line| module_name(Path::new(line))).collect();
        Ok(Self { files, built_in })
    }

    /// Whether a module is part of the kernel itself.
    pub(crate) fn is_built_in(&self, name: &str) -> bool {
        self.built_in.contains(&canonical(name))
    }

    /// Reads a module; `None` if the package does not have it.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Module>, Error> {
        let name = canonical(name);
        let Some(path) = self.files.get(&name) else { return Ok(None) };
        let file = fs::read(path).map_err(Error::file("read", path))?;
        let bad = |reason: String| Error::Module { module: path.display().to_string(), reason };
        let contents = if path.extension().is_some_and(|extension| extension == "xz") {
            unpack_xz(&file).map_err(|error| bad(error.to_string()))?
        } else {
            file
        };
        let depends = depends(&contents).map_err(bad)?;
        Ok(Some(Module { name, contents, depends }))
    }
}

/// A module's name as the kernel has it: file names and dependencies mix `-` and `_`.
fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

/// The name of the module in a file `name.ko` or `name.ko.<compression>`.
fn module_name(path: &Path) -> Option<String> {
    let (name, rest) = path.file_name()?.to_str()?.split_once(".ko")?;
    (rest.is_empty() || rest.starts_with('.')).then(|| canonical(name))
}

fn collect(directory: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(directory).map_err(Error::file("read", directory))? {
        let path = entry.map_err(Error::file("read", directory))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if let Some(name) = module_name(&path) {
            files.insert(name, path);
        }
    }
    Ok(())
}

fn unpack_xz(file: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    std::io::copy(&mut lzma_rust2::XzReader::new(file, false), &mut contents)?;
    Ok(contents)
}

/// The modules that a module's file says it depends on.
fn depends(contents: &[u8]) -> Result<Vec<String>, String> {
    let file = object::File::parse(contents).map_err(|error| error.to_string())?;
    let section = file.section_by_name(".modinfo").ok_or("it has no section .modinfo")?;
    let information = section.data().map_err(|error| error.to_string())?;
    Ok(listed_dependencies(information))
}

/// The value of `depends=` in a section `.modinfo`: strings `key=value`, each ended by a zero byte.
fn listed_dependencies(information: &[u8]) -> Vec<String> {
    information
        .split(|byte| *byte == 0)
        .filter_map(|entry| std::str::from_utf8(entry).ok()?.strip_prefix("depends="))
        .flat_map(|names| names.split(','))
        .filter(|name| !name.is_empty())
        .map(canonical)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_kernel() {
        let name = |path: &str| module_name(Path::new(path));
        assert_eq!(name("kernel/drivers/virtio-rng.ko").as_deref(), Some("virtio_rng"));
        assert_eq!(name("a/evdev.ko.xz").as_deref(), Some("evdev"));
        assert_eq!(name("modules.order"), None);
        assert_eq!(name("a.kodak"), None);
    }

    #[test]
    fn dependencies_are_read_from_module_information() {
        let information = b"license=GPL\0depends=virtio-ring,virtio\0retpoline=Y\0";
        assert_eq!(listed_dependencies(information), ["virtio_ring", "virtio"]);
        assert!(listed_dependencies(b"depends=\0").is_empty());
    }

    #[test]
    fn file_that_is_no_module_is_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("kernel")).unwrap();
        fs::write(directory.path().join("kernel/bad.ko"), "text").unwrap();
        fs::write(directory.path().join("kernel/worse.ko.xz"), "text").unwrap();
        fs::write(directory.path().join("modules.builtin"), "kernel/fixed-in.ko\n").unwrap();
        let modules = Modules::find(directory.path()).unwrap();
        for (name, file) in [("bad", "bad.ko cannot"), ("worse", "worse.ko.xz cannot")] {
            let message = modules.read(name).unwrap_err().to_string();
            assert!(message.contains(file), "{message}");
        }
        assert!(modules.is_built_in("fixed_in"));
        assert_eq!(modules.read("absent").unwrap(), None);
    }
}
