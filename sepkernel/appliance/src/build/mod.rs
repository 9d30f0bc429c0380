//! From source to one bootable image.

pub mod appliance;
pub mod bare;
pub mod bundle;
pub mod contents;
mod debian;
pub mod disk;
pub mod elf;
pub mod images;
pub mod iso;
pub mod line_count;
mod linux;
pub mod panic_gate;
pub mod pe;
pub mod signing;
pub mod stack_depth;
pub mod vector_gate;

use std::{fs::File, path::Path};

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

/// Writes a file that is there whole or not at all: beside its place first, then renamed.
///
/// # Errors
/// Those of `write`, and if the file cannot be made; the message names it.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(directory).with_context(context)?;
    let mut file = NamedTempFile::new_in(directory).with_context(context)?;
    write(file.as_file_mut())?;
    let readable_by_all = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(readable_by_all).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
}
