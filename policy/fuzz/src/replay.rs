//! Running a target over files.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::Target;

/// Runs the target over a file, or over every file of a folder, and returns how many there were.
///
/// # Errors
/// When one cannot be read.
///
/// # Panics
/// When the target does, that is when a promise is broken.
pub fn replay(target: Target, path: &Path) -> io::Result<usize> {
    let mut files: Vec<PathBuf> = if path.is_dir() {
        fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?
    } else {
        vec![path.to_owned()]
    };
    files.sort_unstable();
    for file in &files {
        target(&fs::read(file)?);
    }
    Ok(files.len())
}

/// Runs the target over the files on the command line; what a program is without libFuzzer.
pub fn replay_arguments(target: Target) -> ExitCode {
    for path in env::args_os().skip(1).map(PathBuf::from) {
        match replay(target, &path) {
            Ok(count) => println!("{}: {count} inputs hold", path.display()),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
