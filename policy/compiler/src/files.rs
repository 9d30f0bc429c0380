//! Image and program files: where they are found, and what they are.

mod recognise;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek},
    path::PathBuf,
};

use sha2::{Digest, Sha256};

use crate::model::{FileProblem, FileReference, FoundFile, Policy};

pub use recognise::recognise;

/// Bytes that can be read from any place on.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Where image and program files come from.
pub trait FileSource {
    /// Opens the file with this path, whose parts are separated by `/`.
    ///
    /// # Errors
    /// When there is no such file or it cannot be opened.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>>;
}

/// Folders, the first of which that has a file gives it.
#[derive(Clone, Debug, Default)]
pub struct Directories(pub Vec<PathBuf>);

impl FileSource for Directories {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        for directory in &self.0 {
            match File::open(directory.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => return Ok(Box::new(opened?)),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Looks at every file that the policy names, each once, and notes what it finds. A default that is
/// not there is not named any more.
pub fn look(policy: &mut Policy, source: &dyn FileSource) {
    let mut seen: HashMap<String, Result<FoundFile, FileProblem>> = HashMap::new();
    for file in file_references(policy) {
        let found =
            seen.entry(file.file.value.clone()).or_insert_with_key(|name| examine(source, name));
        match found {
            Ok(found) => file.found = Some(*found),
            Err(problem) => file.problem = Some(problem.clone()),
        }
    }
    let system = &mut policy.system;
    let absent = |file: &mut FileReference| file.problem == Some(FileProblem::Absent);
    if system.monitor_by_default {
        system.monitor.take_if(absent);
    }
}

fn file_references(policy: &mut Policy) -> impl Iterator<Item = &mut FileReference> {
    let images = policy.images.iter_mut().flat_map(|image| {
        [&mut image.kernel, &mut image.initrd, &mut image.disk].into_iter().flatten()
    });
    let programs = policy.components.iter_mut().filter_map(|component| component.program.as_mut());
    images.chain(programs).chain(&mut policy.system.monitor)
}

fn examine(source: &dyn FileSource, name: &str) -> Result<FoundFile, FileProblem> {
    let problem = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => FileProblem::Absent,
        _ => FileProblem::Unreadable(error.to_string()),
    };
    let mut file = source.open(name).map_err(problem)?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(problem(error)),
        }
    }
    let kind = recognise(&mut *file).map_err(problem)?;
    Ok(FoundFile { sha256: hasher.finalize().into(), size, kind })
}
