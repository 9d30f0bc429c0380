//! Installs Debian packages, as root or through sudo where that asks for no password.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::{SetupMissing, backports, found::Found, requirement::Requirement};
use crate::progress::Step;

/// A command that changes this machine.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Action {
    /// Program and arguments.
    words: Vec<String>,
    /// What it reads.
    input: Option<String>,
}

impl Action {
    fn new(words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| (*word).to_owned()).collect(), input: None }
    }

    fn update() -> Self {
        Self::new(&["apt-get", "update"])
    }

    fn install(suite: Option<&str>, packages: &[&str]) -> Self {
        let base = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes"];
        let options = ["--no-install-recommends", "-o", "DPkg::Lock::Timeout=600"];
        let suite = suite.map(|suite| ["-t", suite]);
        let words = [&base[..], &options, suite.as_ref().map_or(&[], |suite| suite), packages];
        Self::new(&words.concat())
    }

    /// As one would type it.
    fn shown(&self, prefix: &str) -> String {
        let command = format!("{prefix}{}", self.words.join(" "));
        match &self.input {
            None => command,
            Some(input) => {
                format!("printf '{}' | {command}", input.replace('\n', "\\n"))
            }
        }
    }
}

/// What has to be done so that `missing` is there.
fn plan(missing: &[(&Requirement, Found)]) -> Vec<Action> {
    let needs_backports = backports::are_needed();
    let (newer, normal): (Vec<_>, Vec<_>) = missing
        .iter()
        .map(|(requirement, _)| requirement)
        .partition(|requirement| requirement.from_backports && needs_backports);
    let packages = |of: &[&&Requirement]| {
        of.iter().flat_map(|requirement| requirement.packages).copied().collect::<Vec<_>>()
    };
    let mut actions = Vec::new();
    let mut update = !lists_are_there();
    if !newer.is_empty()
        && let backports::Sources::Incomplete(text) = backports::sources()
    {
        let tee = Action::new(&["tee", backports::SOURCES_FILE]);
        actions.push(Action { input: Some(text), ..tee });
        update = true;
    }
    if update {
        actions.push(Action::update());
    }
    if !newer.is_empty() {
        actions.push(Action::install(Some(backports::SUITE), &packages(&newer)));
    }
    let normal = packages(&normal);
    if !normal.is_empty() {
        actions.push(Action::install(None, &normal));
    }
    actions
}

/// The one line that installs what is missing, or none where there is no apt.
#[must_use]
pub fn line_to_type(missing: &[(&Requirement, Found)]) -> Option<String> {
    if missing.is_empty() || !Path::new("/usr/bin/apt-get").exists() {
        return None;
    }
    let prefix = if is_root() { "" } else { "sudo " };
    let actions: Vec<_> = plan(missing).iter().map(|action| action.shown(prefix)).collect();
    Some(actions.join(" && "))
}

/// Installs what is missing.
///
/// # Errors
/// [`SetupMissing`] with the line to type if this program may not, or apt fails.
pub fn install(missing: &[(&Requirement, Found)]) -> Result<()> {
    let Some(line) = line_to_type(missing) else {
        return Err(SetupMissing(
            "this machine has no apt: install what is missing with its own tools".to_owned(),
        )
        .into());
    };
    let sudo = !is_root();
    if sudo && !sudo_asks_nothing() {
        return Err(SetupMissing(format!("to install what is missing, type\n    {line}")).into());
    }
    let actions = plan(missing);
    let updated = actions.contains(&Action::update());
    let mut result = run_all(&actions, sudo);
    if result.is_err() && !updated {
        // The lists may be of packages that the mirror no longer has.
        result = run(&Action::update(), sudo).and_then(|()| run_all(&actions, sudo));
    }
    result.map_err(|error| {
        SetupMissing(format!("{error:#}\nTo install what is missing, type\n    {line}")).into()
    })
}

fn run_all(actions: &[Action], sudo: bool) -> Result<()> {
    actions.iter().try_for_each(|action| run(action, sudo))
}

fn run(action: &Action, sudo: bool) -> Result<()> {
    let shown = action.shown(if sudo { "sudo " } else { "" });
    let step = Step::spinner(&format!("Installing: {shown}"));
    let mut words = action.words.iter();
    let mut command = if sudo {
        let mut command = Command::new("sudo");
        command.arg("-n");
        command
    } else {
        Command::new(words.next().context("a command without words")?)
    };
    let (reader, writer) = std::io::pipe()?;
    command
        .args(words)
        .stdin(if action.input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot run {shown}"))?;
    // Its copies of the pipe's end would keep the reader waiting.
    drop(command);
    if let (Some(input), Some(mut stdin)) = (&action.input, child.stdin.take()) {
        stdin.write_all(input.as_bytes())?;
    }
    let mut said = String::new();
    for line in BufReader::new(reader).lines() {
        let line = line?;
        step.at(&line);
        said.push_str(&line);
        said.push('\n');
    }
    let status = child.wait()?;
    drop(step);
    ensure!(status.success(), "{shown} failed:\n{said}");
    Ok(())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn sudo_asks_nothing() -> bool {
    Command::new("sudo")
        .args(["-n", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether apt has lists of packages: a fresh machine has none.
#[must_use]
pub fn lists_are_there() -> bool {
    Path::new("/var/lib/apt/lists").read_dir().is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_type_can_be_typed() {
        let action = Action::install(Some("bookworm-backports"), &["qemu-system-x86"]);
        assert_eq!(
            action.shown("sudo "),
            "sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
             --no-install-recommends -o DPkg::Lock::Timeout=600 -t bookworm-backports \
             qemu-system-x86"
        );
        let tee = Action { input: Some("a\nb\n".to_owned()), ..Action::new(&["tee", "/f"]) };
        assert_eq!(tee.shown("sudo "), "printf 'a\\nb\\n' | sudo tee /f");
    }
}
