//! What is shown of an appliance beyond its start: the worlds' tasks, and what an auditor says of the machine.

use std::{
    collections::BTreeSet,
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

use crate::{
    auditor::{Auditor, Verdict},
    milestone::Milestone,
    outcome::Outcome,
    watch::{Line, Watch},
};

/// How often it is looked whether the auditor is done.
const TICK: Duration = Duration::from_millis(300);

/// Waits until each of the worlds has said `task: done` on its console. Other lines `task: …` say what it is at.
///
/// # Errors
/// If the system fails. A world that says `task: failed: …` is an [`Outcome::Refused`].
pub fn until_done(
    watch: &mut Watch,
    worlds: &[String],
    timeout: Option<Duration>,
    show: impl FnMut(&Line),
) -> Result<Outcome> {
    let mut open: BTreeSet<String> = worlds.iter().cloned().collect();
    let mut hear = |line: &Line| {
        if let Some((world, said)) = task(&line.text) {
            if let Some(reason) = said.strip_prefix("failed: ") {
                return Some(Outcome::Refused(format!("world {world}: {reason}")));
            }
            if said == "done" {
                open.remove(world);
            }
        }
        open.is_empty().then_some(Outcome::Reached(Milestone::WorldsUp))
    };
    // Some may be done since before the last of the worlds came up.
    match watch.lines.iter().find_map(&mut hear) {
        Some(outcome) => Ok(outcome),
        None => watch.until_outcome(timeout, hear, show),
    }
}

/// What a world says of its task in a line, if it does. The shell's prompt may have come before it in the line: its last
/// piece asks the terminal where the cursor is, which the log shows as `?[6n`.
fn task(line: &str) -> Option<(&str, &str)> {
    let (world, said) = line.strip_prefix("component: ")?.split_once(": ")?;
    let said = said.rsplit_once("?[6n").map_or(said, |(_, behind)| behind);
    Some((world, said.strip_prefix("task: ")?))
}

/// Lets the auditor work, while the machine is followed.
///
/// # Errors
/// If the system fails, or the machine cannot be audited. A machine that ends meanwhile is the inner error.
pub fn audit(
    watch: &mut Watch,
    auditor: Auditor,
    timeout: Option<Duration>,
    mut show: impl FnMut(&Line),
    mut at: impl FnMut(&str),
) -> Result<Result<Verdict, Outcome>> {
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let (sender, steps) = channel();
    let working = thread::spawn(move || {
        auditor.audit(&|step| {
            // Nobody listens any more when the run is being ended.
            let _ = sender.send(step.to_owned());
        })
    });
    loop {
        steps.try_iter().for_each(|step| at(&step));
        if working.is_finished() {
            let verdict = working.join().map_err(|_| anyhow!("the auditor panicked"))?;
            return verdict.map(Ok);
        }
        match watch.until_outcome(Some(TICK), |_| None, &mut show)? {
            Outcome::TimedOut { .. } => {}
            ended => return Ok(Err(ended)),
        }
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            let seconds = timeout.unwrap_or_default().as_secs();
            return Ok(Err(Outcome::TimedOut { seconds, goal: Some(Milestone::Attested) }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_says_what_its_task_is_at() {
        assert_eq!(task("component: office: task: done"), Some(("office", "done")));
        assert_eq!(
            task("component: office: task: failed: no news"),
            Some(("office", "failed: no news"))
        );
        let behind_prompt =
            "component: internet: [UNCLASSIFIED] root@internet:/root# ?[6ntask: done";
        assert_eq!(task(behind_prompt), Some(("internet", "done")));
        assert_eq!(task("component: office: world: ready"), None);
        assert_eq!(task("kernel: task: done"), None);
    }
}
