//! Why images could not be made: what failed, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the images of a Debian world could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A program of Debian is not on this machine.
    #[error(
        "cannot run {program}: {source}; Debian worlds are made on a Debian machine (12 or newer), \
         where package '{package}' has this program"
    )]
    Program {
        /// The program.
        program: &'static str,
        /// The Debian package that has it.
        package: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// A program ran and failed.
    #[error("`{command}` failed ({status}): {message}")]
    Command {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it wrote to standard error.
        message: String,
    },
    /// apt's lists do not have a package.
    #[error(
        "apt knows no package {package}: run `apt-get update` as root (needs network), and see that \
         apt's sources name Debian's main archive"
    )]
    UnknownPackage {
        /// The package.
        package: String,
    },
    /// apt's record of a package lacks a field or holds one that makes no sense.
    #[error(
        "apt's record of package {package} has no usable field '{field}': run `apt-get update` as \
         root, and use Debian's own archive or a full mirror"
    )]
    PackageRecord {
        /// The package.
        package: String,
        /// The field of the record.
        field: &'static str,
    },
    /// apt gives no answer that can be read.
    #[error(
        "`{command}` names no version of package {package}: is this apt of Debian 12 or newer?"
    )]
    Resolution {
        /// The command line.
        command: String,
        /// The package.
        package: String,
    },
    /// A variant was asked for that is not there.
    #[error("there is no Debian world '{name}': see the directories in {directory}")]
    UnknownVariant {
        /// The name.
        name: String,
        /// Where variants are.
        directory: PathBuf,
    },
    /// A downloaded package is not the one that apt's signed lists name.
    #[error(
        "package {package} {version} as downloaded has SHA-256 {found}, but apt's lists name \
         {expected}: run `apt-get update` as root and try again; if it stays so, do not trust the mirror"
    )]
    PackageDigest {
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// The SHA-256 in apt's lists.
        expected: String,
        /// The SHA-256 of the file that came.
        found: String,
    },
    /// A package does not contain what it does in Debian 12 and 13.
    #[error(
        "package {package} has no {what}: this version of Debian is not supported by the recipe"
    )]
    Contents {
        /// The package.
        package: String,
        /// What was looked for.
        what: String,
    },
    /// A kernel module could not be read.
    #[error("kernel module {module} cannot be read: {reason}")]
    Module {
        /// The module's file or name.
        module: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A kernel module, or one that it depends on, is not in the kernel package.
    #[error(
        "kernel module {module}, needed by {needed_by}, is neither in the kernel package nor built in"
    )]
    MissingModule {
        /// The missing module.
        module: String,
        /// The module or list that asks for it.
        needed_by: String,
    },
    /// Kernel modules depend on each other in a circle.
    #[error("kernel module {module} depends on itself")]
    CircularModule {
        /// A module on the circle.
        module: String,
    },
}

impl Error {
    /// Wraps an I/O error with what was tried on which path.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
