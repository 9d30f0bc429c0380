//! Where the files are that a policy names: guest images and programs.

use std::{
    cell::OnceCell,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow};
use cloister_policy::files::{FileSource, ReadSeek};

use super::{bare, debian::DebianWorlds};
use crate::workspace;

/// Begins the names of the images that are made from Debian's packages.
const DEBIAN: &str = "debian/";

/// Begins the names of the components that are built from this source.
const NATIVE: &str = "native/";

/// Finds files in directories, and makes those of Debian worlds if they are in none.
#[derive(Debug)]
pub struct ImageFiles {
    directories: Vec<PathBuf>,
    debian: DebianWorlds,
    /// Where the components are, or why they cannot be built.
    native: OnceCell<Result<bare::Components, String>>,
}

impl ImageFiles {
    /// Looks in `directories`, the first one first.
    #[must_use]
    pub fn new(directories: Vec<PathBuf>) -> Self {
        Self { directories, debian: DebianWorlds::default(), native: OnceCell::new() }
    }

    /// Where the file `name` is.
    ///
    /// # Errors
    /// If it is in no directory and cannot be made; the message says why.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let found = self
            .directories
            .iter()
            .map(|directory| directory.join(name))
            .find(|path| path.is_file());
        if let Some(path) = found {
            return Ok(path);
        }
        if let Some(component) = name.strip_prefix(NATIVE) {
            let built = self.native.get_or_init(build_components).as_ref();
            return Ok(built.map_err(|error| anyhow!("{error}"))?.path(component));
        }
        match name.strip_prefix(DEBIAN) {
            Some(file) => self.debian.path(file),
            None => Err(anyhow!("{name} is in none of the directories for images")),
        }
    }

    /// Why what is made here was needed and could not be made.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let native = || self.native.get().and_then(|built| built.as_ref().err().cloned());
        self.debian.failure().or_else(native)
    }
}

impl FileSource for ImageFiles {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let path =
            self.path(name).map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))?;
        Ok(Box::new(File::open(path)?))
    }
}

fn build_components() -> Result<bare::Components, String> {
    bare::components(&workspace::root()).map_err(|error| format!("{error:#}"))
}

/// The directories for the images of the policy at `policy`: what the user named, then the
/// policy's own.
#[must_use]
pub fn directories(named: Option<&Path>, policy: &Path) -> Vec<PathBuf> {
    let own = policy.parent().unwrap_or(Path::new("."));
    named.into_iter().chain([own]).map(Path::to_owned).collect()
}
