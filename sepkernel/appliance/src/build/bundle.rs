//! What goes into an appliance besides its boot program, and its manifest.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use cloister_bundle::{Digest, Entry, Role};
use cloister_bundle_writer as writer;
use sha2::{Digest as _, Sha256};

use crate::progress::Step;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// Where the content of a file of the bundle is.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file of the builder's machine.
    File(PathBuf),
}

impl Content {
    /// Opens the content for reading.
    ///
    /// # Errors
    /// If the file cannot be opened; the message names it.
    pub fn open(&self) -> Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(bytes.as_slice()),
            Self::File(path) => Box::new(
                File::open(path).with_context(|| format!("cannot open {}", path.display()))?,
            ),
        })
    }

    fn size(&self) -> Result<u64> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => Ok(path
                .metadata()
                .with_context(|| format!("cannot find {}", path.display()))?
                .len()),
        }
    }

    /// Copies the content to `output`, counting it as progress of `step`. Returns its size and
    /// digest.
    fn copy(&self, output: &mut dyn Write, step: &Step) -> Result<(u64, Digest)> {
        let mut input = self.open()?;
        let mut hash = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        let mut size = 0;
        loop {
            let count = input.read(&mut chunk)?;
            if count == 0 {
                return Ok((size, Digest(hash.finalize().into())));
            }
            hash.update(&chunk[..count]);
            output.write_all(&chunk[..count])?;
            size += count as u64;
            step.advance(count as u64);
        }
    }
}

/// A file that is to go into a bundle.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path below the bundle's directory.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its content.
    pub content: Content,
}

/// A file of a bundle, with what the manifest says about it.
#[derive(Clone, Debug)]
pub struct BundleFile {
    /// Path below the bundle's directory.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the content.
    pub sha256: Digest,
    content: Content,
}

impl BundleFile {
    /// Copies the content to `output`.
    ///
    /// # Errors
    /// If reading or writing fails, or the file is no longer what the manifest says.
    pub fn copy(&self, output: &mut dyn Write, step: &Step) -> Result<()> {
        let (size, sha256) = self
            .content
            .copy(output, step)
            .with_context(|| format!("cannot copy {} into the image", self.name))?;
        anyhow::ensure!(
            (size, sha256) == (self.size, self.sha256),
            "{} was changed while the image was built: build again",
            self.name
        );
        Ok(())
    }
}

/// A bundle that is ready to be written.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The files, in the manifest's order.
    pub files: Vec<BundleFile>,
    /// The encoded manifest.
    pub manifest: Vec<u8>,
}

impl Bundle {
    /// Measures every file and writes the manifest.
    ///
    /// # Errors
    /// If a file cannot be read, or a name or the number of files is not allowed in a manifest.
    pub fn new(sources: Vec<Source>) -> Result<Self> {
        let total = sources.iter().map(|source| source.content.size()).sum::<Result<u64>>()?;
        let step = Step::bytes("Measuring the bundle's files", total);
        let mut files = Vec::new();
        for Source { name, role, content } in sources {
            step.at(&name);
            let (size, sha256) = content.copy(&mut io::sink(), &step)?;
            files.push(BundleFile { name, role, size, sha256, content });
        }
        let entries: Vec<_> = files
            .iter()
            .map(|BundleFile { name, role, size, sha256, .. }| Entry {
                name,
                role: *role,
                size: *size,
                sha256: *sha256,
            })
            .collect();
        let manifest = writer::encode(&entries)
            .map_err(|error| anyhow::anyhow!("cannot write the manifest: {error}"))?;
        Ok(Self { files, manifest })
    }

    /// Size of all files, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Leaves in `output` what reference values are made from: `manifest` and `policy.bin`.
    ///
    /// # Errors
    /// If reading or writing fails.
    pub fn write_measured(&self, output: &Path) -> Result<()> {
        let step = Step::bytes("Writing what is measured", self.manifest.len() as u64);
        super::write_whole(&output.join("manifest"), |file| Ok(file.write_all(&self.manifest)?))?;
        for policy in self.files.iter().filter(|file| file.role == Role::Policy) {
            super::write_whole(&output.join("policy.bin"), |file| policy.copy(file, &step))?;
        }
        Ok(())
    }

    /// Writes the bundle in one piece, for loaders that hand over memory.
    ///
    /// # Errors
    /// If reading or writing fails.
    pub fn write_archive(&self, path: &Path) -> Result<()> {
        let step = Step::bytes("Writing the bundle", self.size());
        super::write_whole(path, |file| {
            let mut output = io::BufWriter::new(file);
            // One file in memory at a time.
            let mut failure = None;
            let contents = self.files.iter().map_while(|file| {
                let mut bytes = Vec::new();
                file.copy(&mut bytes, &step).map_err(|error| failure = Some(error)).ok()?;
                Some(bytes)
            });
            writer::write(&mut output, &self.manifest, contents)?;
            if let Some(error) = failure {
                return Err(error);
            }
            output.flush()?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use cloister_bundle::archive::Archive;

    use super::*;

    fn source(name: &str, content: Content) -> Source {
        Source { name: name.to_owned(), role: Role::GuestImage, content }
    }

    #[test]
    fn the_archive_holds_what_the_manifest_says() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("image");
        std::fs::write(&image, vec![7; 3 << 20]).unwrap();
        let sources = vec![
            source("debian/vmlinuz", Content::File(image)),
            source("policy.bin", Content::Bytes(b"policy".to_vec())),
        ];
        let path = directory.path().join("bundle.bin");
        Bundle::new(sources).unwrap().write_archive(&path).unwrap();

        let bytes = std::fs::read(path).unwrap();
        let archive = Archive::parse(&bytes).unwrap();
        for (entry, content) in archive.manifest.files().zip(archive.contents()) {
            assert_eq!(entry.check(content), Ok(()), "{}", entry.name);
        }
        assert_eq!(archive.manifest.len(), 2);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error =
            Bundle::new(vec![source("a", Content::File("/nowhere/image".into()))]).unwrap_err();
        assert_eq!(error.to_string(), "cannot find /nowhere/image");
    }

    #[test]
    fn a_file_that_changes_while_the_image_is_built_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("image");
        std::fs::write(&image, b"before").unwrap();
        let bundle = Bundle::new(vec![source("a", Content::File(image.clone()))]).unwrap();
        std::fs::write(&image, b"after!").unwrap();
        let error = bundle.write_archive(&directory.path().join("bundle.bin")).unwrap_err();
        assert_eq!(error.to_string(), "a was changed while the image was built: build again");
    }

    #[test]
    fn a_name_that_a_manifest_does_not_allow_is_refused() {
        let error = Bundle::new(vec![source("../a", Content::Bytes(Vec::new()))]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot write the manifest: manifest entry 0 has a name that is not allowed"
        );
    }
}
