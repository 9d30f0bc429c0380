//! Runs Debian's programs and keeps what they say when they fail.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::Error;

/// A program and the Debian package that has it.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
}

impl Tool {
    /// A command in the C locale, so that its output can be read by a program.
    pub(crate) fn command(self) -> Command {
        self.command_at(Path::new(self.program))
    }

    /// The same for a program at a path of its own.
    pub(crate) fn command_at(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and gives its standard output.
    pub(crate) fn run(self, command: &mut Command) -> Result<Vec<u8>, Error> {
        let output = self.output(command)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(Error::Command {
            command: shown(command),
            status: output.status.to_string(),
            message: tail(&output.stderr),
        })
    }

    /// Runs a command to its end, however it ends.
    pub(crate) fn output(self, command: &mut Command) -> Result<Output, Error> {
        command.output().map_err(|source| self.not_started(source))
    }

    /// The error of a program that could not be started.
    pub(crate) fn not_started(self, source: std::io::Error) -> Error {
        Error::Program { program: self.program, package: self.package, source }
    }
}

/// The command line as a user would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The last lines of a program's standard error on one line; programs put the reason there.
pub(crate) fn tail(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).rev().take(5).collect();
    lines.reverse();
    if lines.is_empty() { "it gave no reason".to_owned() } else { lines.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: Tool = Tool { program: "sh", package: "dash" };

    #[test]
    fn failing_command_reports_command_status_and_reason() {
        let mut command = SHELL.command();
        command.args(["-c", "echo wrong >&2; exit 3"]);
        let error = SHELL.run(&mut command).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c echo wrong >&2; exit 3` failed (exit status: 3): wrong"
        );
    }

    #[test]
    fn absent_program_names_its_package() {
        let absent = Tool { program: "cloister-absent", package: "some-package" };
        let error = absent.run(&mut absent.command()).unwrap_err();
        assert!(error.to_string().contains("package 'some-package' has this program"), "{error}");
    }

    #[test]
    fn silent_failure_says_so() {
        assert_eq!(tail(b" \n"), "it gave no reason");
    }
}
