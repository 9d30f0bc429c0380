//! What a Debian world has beyond the plain one: more packages, kernel modules and files.
//!
//! A variant is a directory, and its name is the variant's:
//!
//! ```text
//! variants/<name>/variant.toml   packages, without, modules, programs; each a list, each may be absent
//! variants/<name>/init.sh        run by /init before it ends; may add lines to /etc/inittab
//! variants/<name>/files/         put over the root as they are
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::root::Root;
use crate::{Error, digest};

/// Where `/init` finds a variant's script.
const INIT: &str = "etc/init.variant";

/// What an image has beyond the plain one.
#[derive(Clone, Default)]
pub struct Variant {
    name: Option<String>,
    description: Description,
    files: Root,
}

/// `variant.toml`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Description {
    /// Debian packages. What they depend on comes with them; what they only recommend does not.
    packages: Vec<String>,
    /// Packages that are left out although others depend on them, with all that only they need: a
    /// world whose root is memory has no room for what it never runs.
    without: Vec<String>,
    /// Kernel modules to load. What they depend on comes with them.
    modules: Vec<String>,
    /// Programs of this workspace, by the names of their packages; whoever makes images builds them.
    programs: Vec<String>,
}

impl Variant {
    /// The world that is nothing but kernel, busybox and drivers.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// The variant of this name, of those in this crate's directory `variants`.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn named(name: &str) -> Result<Self, Error> {
        let directory = directory();
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_word) || !directory.join(name).is_dir() {
            return Err(Error::UnknownVariant { name: name.to_owned(), directory });
        }
        Self::in_directory(&directory.join(name), name)
    }

    /// The variant in a directory, under this name.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn in_directory(directory: &Path, name: &str) -> Result<Self, Error> {
        let path = directory.join("variant.toml");
        let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let description = toml::from_str(&text).map_err(|error| {
            Error::file("use", &path)(io::Error::new(io::ErrorKind::InvalidData, error))
        })?;
        let mut files = Root::default();
        if directory.join("files").is_dir() {
            files.add_tree(&directory.join("files"))?;
        }
        let path = directory.join("init.sh");
        if path.exists() {
            let script = fs::read(&path).map_err(Error::file("read", &path))?;
            files.file(INIT, script);
        }
        Ok(Self { name: Some(name.to_owned()), description, files })
    }

    /// The name; none where it is the plain world.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Programs of this workspace that it has, to be given by [`Self::add_program`].
    #[must_use]
    pub fn programs(&self) -> &[String] {
        &self.description.programs
    }

    /// Gives it a program.
    pub fn add_program(&mut self, name: &str, contents: Vec<u8>) {
        self.files.program(&format!("usr/bin/{name}"), contents);
    }

    pub(crate) fn packages(&self) -> &[String] {
        &self.description.packages
    }

    pub(crate) fn without(&self) -> &[String] {
        &self.description.without
    }

    pub(crate) fn modules(&self) -> &[String] {
        &self.description.modules
    }

    pub(crate) fn files(&self) -> &Root {
        &self.files
    }

    /// A value that changes when apt has to be asked for other packages.
    pub(crate) fn request(&self) -> String {
        let without = self.without().iter().map(|name| format!("-{name}"));
        let names: Vec<String> = self.packages().iter().cloned().chain(without).collect();
        digest::of_list(names.iter().map(String::as_bytes))
    }

    /// A value that changes with the images of the same packages.
    pub(crate) fn digest(&self) -> String {
        let files = self.files.to_bytes();
        let modules = self.modules().iter().map(String::as_bytes);
        digest::of_list([files.as_slice()].into_iter().chain(modules))
    }
}

/// The variants of this workspace.
fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("variants")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(description: &str) -> Result<Variant, Error> {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("variant.toml"), description).unwrap();
        fs::write(directory.path().join("init.sh"), "true\n").unwrap();
        Variant::in_directory(directory.path(), "sample")
    }

    #[test]
    fn each_list_may_be_absent_and_nothing_else_may_be_present() {
        assert_eq!(read("packages = [\"xterm\"]").unwrap().packages(), ["xterm"]);
        let message = read("package = []").err().unwrap().to_string();
        assert!(message.contains("variant.toml") && message.contains("unknown field"), "{message}");
    }

    #[test]
    fn request_and_digest_follow_what_they_stand_for() {
        let of = |description| read(description).map(|it| (it.request(), it.digest())).unwrap();
        let (request, digest) = of("packages = [\"a\"]\nwithout = [\"b\"]");
        let (same_request, other_digest) =
            of("packages = [\"a\"]\nwithout = [\"b\"]\nmodules = [\"m\"]");
        assert_eq!(request, same_request);
        assert_ne!(digest, other_digest);
        assert_ne!(request, of("packages = [\"a\"]").0);
        assert_ne!(digest, Variant::plain().digest());
    }

    #[test]
    fn name_is_a_word_and_never_a_path() {
        for name in ["", "..", "a/b", "no-such-variant"] {
            let message = Variant::named(name).err().unwrap().to_string();
            assert!(message.starts_with("there is no Debian world"), "{message}");
        }
    }

    #[test]
    fn every_variant_of_the_workspace_can_be_read() {
        let Ok(entries) = fs::read_dir(directory()) else { return };
        for entry in entries.flatten() {
            Variant::named(entry.file_name().to_str().unwrap()).unwrap();
        }
    }
}
