//! Counts the lines of sepkernel's sources, without blank ones, comments and tests: what must be read
//! to believe in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What stays mapped after lock: directories and files below `sepkernel`.
const RESIDENT: [&str; 7] = [
    "abi/src",
    "freestanding/src",
    "hardware/src",
    "kernel/src",
    "kernel/kernel.ld",
    "model/src",
    "tables/src",
];

/// What of these is in the boot program or in components only.
const NOT_RESIDENT: [&str; 12] = [
    "abi/src/attester.rs",
    "abi/src/desk.rs",
    "abi/src/device.rs",
    "abi/src/info.rs",
    "abi/src/world.rs",
    "hardware/src/svm_setup.rs",
    "model/src/iommu",
    "model/src/isolation",
    "model/src/processor/features.rs",
    "model/src/schedule/check.rs",
    "model/src/schedule/siblings.rs",
    "model/src/text.rs",
];

/// All that runs on the bare machine as kernel or to make it.
const ALL: [&str; 10] = [
    "abi/src",
    "bundle/src",
    "freestanding/src",
    "hardware/src",
    "init/src",
    "init/init.ld",
    "kernel/src",
    "kernel/kernel.ld",
    "model/src",
    "tables/src",
];

/// The most that either may be.
pub const RESIDENT_LIMIT: usize = 5_000;
/// See [`RESIDENT_LIMIT`].
pub const ALL_LIMIT: usize = 12_000;

/// Lines of sepkernel at `root`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lines {
    /// That stay mapped after lock.
    pub resident: usize,
    /// In all.
    pub all: usize,
}

impl Lines {
    /// Counts them.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn count(root: &Path) -> io::Result<Self> {
        let base = root.join("sepkernel");
        let excluded: Vec<_> = NOT_RESIDENT.iter().map(|name| base.join(name)).collect();
        let resident = |path: &Path| !excluded.iter().any(|other| path.starts_with(other));
        Ok(Self { resident: sum(&base, &RESIDENT, &resident)?, all: sum(&base, &ALL, &|_| true)? })
    }
}

fn sum(base: &Path, names: &[&str], wanted: &dyn Fn(&Path) -> bool) -> io::Result<usize> {
    names.iter().map(|name| of_path(&base.join(name), wanted)).sum()
}

/// The lines of a file, or of all files of a directory but tests.
fn of_path(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<usize> {
    if !wanted(path) || path.file_stem().is_some_and(|stem| stem == "tests") {
        return Ok(0);
    }
    if !path.is_dir() {
        return Ok(of_text(&fs::read_to_string(path)?));
    }
    let entries: Vec<PathBuf> =
        fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.iter().map(|path| of_path(path, wanted)).sum()
}

/// The lines of a source text. Tests stand at a file's end.
fn of_text(text: &str) -> usize {
    let mut in_comment = false;
    let is_code = |line: &&str| {
        let line = line.trim();
        // Linker scripts have comments of the other kind.
        in_comment |= line.starts_with("/*");
        let code = !in_comment && !line.is_empty() && !line.starts_with("//");
        in_comment &= !line.ends_with("*/");
        code
    };
    text.lines().take_while(|line| *line != "mod tests {").filter(is_code).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_comments_and_tests_do_not_count() {
        let text = "//! About.\n\n/// This.\nfn one() {}\n    // Why.\n/* all\n * of */\nfn two() {}\n\
                    #[cfg(test)]\nmod tests {\n    fn three() {}\n}\n";
        assert_eq!(of_text(text), 3, "two functions and the line that says that tests follow");
    }

    #[test]
    fn what_is_named_is_there() {
        let base = crate::workspace::root().join("sepkernel");
        for name in RESIDENT.iter().chain(&NOT_RESIDENT).chain(&ALL) {
            assert!(base.join(name).exists(), "{name}");
        }
    }
}
