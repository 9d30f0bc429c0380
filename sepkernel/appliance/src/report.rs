//! The record of a run, for scripts: JSON, format 1.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    build,
    machine::{Options, serial::Subject},
    outcome::Outcome,
    watch::{Line, Watch},
};

/// The record of a run.
#[derive(Debug, serde::Serialize)]
pub struct Report<'a> {
    /// 1.
    format: u32,
    /// What was run, and on what machine.
    run: Run<'a>,
    outcome: OutcomeRecord,
    /// Milestones in the order in which they were reached.
    milestones: Vec<MilestoneRecord>,
    /// Audit events.
    audit: Vec<Line>,
    /// What the user should know.
    warnings: Vec<Line>,
    /// Stops, panics and exceptions, each with the lines that follow it.
    failures: Vec<Vec<Line>>,
    /// All lines of the serial line.
    serial: &'a [Line],
    /// What the emulator wrote to standard error.
    emulator: Vec<String>,
}

/// What was run, and on what machine.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Run<'a> {
    /// Version of this program.
    pub version: &'static str,
    /// The policy file.
    pub policy: &'a Path,
    /// What the machine booted from.
    pub image: PathBuf,
    /// SHA-256 of that, in hexadecimal.
    pub sha256: String,
    /// The machine.
    pub machine: &'a Options,
}

#[derive(Debug, serde::Serialize)]
struct OutcomeRecord {
    /// One word, as [`Outcome::name`] gives it.
    kind: &'static str,
    /// One sentence.
    reason: String,
    exit_status: u8,
}

#[derive(Debug, serde::Serialize)]
struct MilestoneRecord {
    name: &'static str,
    /// Seconds after the start of the machine.
    seconds: f64,
}

impl<'a> Report<'a> {
    /// The record of what `watch` saw.
    #[must_use]
    pub fn new(run: Run<'a>, watch: &'a Watch, outcome: &Outcome) -> Self {
        let lines = watch.lines.as_slice();
        let about = |wanted: fn(Subject<'_>) -> bool| -> Vec<Line> {
            lines.iter().filter(|line| wanted(Subject::of(&line.text))).cloned().collect()
        };
        let is_final = |line: &Line| Subject::of(&line.text).is_final();
        let milestones = watch
            .milestones()
            .map(|(milestone, seconds)| MilestoneRecord { name: milestone.name(), seconds });
        Self {
            format: 1,
            run,
            outcome: OutcomeRecord {
                kind: outcome.name(),
                reason: outcome.to_string(),
                exit_status: outcome.exit_status(),
            },
            milestones: milestones.collect(),
            audit: about(|subject| matches!(subject, Subject::Audit(_))),
            warnings: about(|subject| matches!(subject, Subject::Warning(_))),
            failures: failures(lines, is_final),
            serial: lines,
            emulator: watch.machine.complaints(),
        }
    }

    /// Writes the record to `path`.
    ///
    /// # Errors
    /// If it cannot be written; the message names the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        build::write_whole(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self).context("cannot write the report")?;
            std::io::Write::write_all(file, b"\n")?;
            Ok(())
        })
    }
}

/// Each final line with those after it, up to the next boot.
fn failures(lines: &[Line], is_final: impl Fn(&Line) -> bool) -> Vec<Vec<Line>> {
    let mut failures: Vec<Vec<Line>> = Vec::new();
    let mut within = false;
    for line in lines {
        if is_final(line) {
            failures.push(Vec::new());
            within = true;
        } else if matches!(Subject::of(&line.text), Subject::Boot(_)) {
            within = false;
        }
        if within && let Some(failure) = failures.last_mut() {
            failure.push(line.clone());
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_recorded_with_its_registers_but_not_with_the_next_boot() {
        let line = |text: &str| Line { seconds: 0.0, text: text.to_owned() };
        let lines =
            ["boot: 1", "exception: NMI", "rip 0", "boot: 2", "x", "stop: no policy"].map(line);
        let found = failures(&lines, |line| Subject::of(&line.text).is_final());
        assert_eq!(
            found,
            [vec![line("exception: NMI"), line("rip 0")], vec![line("stop: no policy")]]
        );
    }
}
