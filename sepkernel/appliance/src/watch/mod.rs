//! Follows a running machine: keeps what it says, and tells when what is waited for has come.

mod worlds;

use std::time::{Duration, Instant};

use anyhow::Result;

use worlds::Worlds;

use crate::{
    machine::{Event, Machine, interrupt, serial::Subject},
    milestone::Milestone,
    outcome::Outcome,
};

/// How often it is looked whether the user wants to end.
const TICK: Duration = Duration::from_millis(50);
/// After the last message: how long without a further line its lines are taken as complete.
const SILENCE: Duration = Duration::from_millis(700);
/// How long a last message may go on at most.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A line of the serial line.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Line {
    /// Seconds after the start of the machine.
    pub seconds: f64,
    /// The text.
    pub text: String,
}

/// A machine, and all that it has said.
#[derive(Debug)]
pub struct Watch {
    /// The machine.
    pub machine: Machine,
    /// The lines of the serial line, in order.
    pub lines: Vec<Line>,
    /// Whether Cloister has started: from then on the machine must not be reset from inside.
    started: bool,
    worlds: Worlds,
    begin: Instant,
}

impl Watch {
    /// Begins to follow a machine.
    #[must_use]
    pub fn new(machine: Machine) -> Self {
        let (worlds, begin) = (Worlds::default(), Instant::now());
        Self { machine, lines: Vec::new(), started: false, worlds, begin }
    }

    /// The milestones that were reached, with seconds after the start.
    pub fn milestones(&self) -> impl Iterator<Item = (Milestone, f64)> {
        self.lines.iter().filter_map(|line| match Subject::of(&line.text) {
            Subject::Milestone(milestone) => Some((milestone, line.seconds)),
            _ => None,
        })
    }

    /// Follows the machine until `goal` is reached, the machine ends or halts, or `timeout` is
    /// over. Each line goes to `show` as it comes.
    ///
    /// # Errors
    /// If the system fails; how the machine fares is the outcome.
    pub fn until_milestone(
        &mut self,
        goal: Option<Milestone>,
        timeout: Option<Duration>,
        show: impl FnMut(&Line),
    ) -> Result<Outcome> {
        let is_goal = |line: &Line| match Subject::of(&line.text) {
            Subject::Milestone(reached) if Some(reached) == goal => Some(Outcome::Reached(reached)),
            _ => None,
        };
        Ok(match self.until_outcome(timeout, is_goal, show)? {
            Outcome::TimedOut { seconds, .. } => Outcome::TimedOut { seconds, goal },
            outcome => outcome,
        })
    }

    /// The same until `wanted` sees in a line how it has come out.
    ///
    /// # Errors
    /// As [`Self::until_milestone`].
    pub fn until_outcome(
        &mut self,
        timeout: Option<Duration>,
        mut wanted: impl FnMut(&Line) -> Option<Outcome>,
        mut show: impl FnMut(&Line),
    ) -> Result<Outcome> {
        let found = self.until(timeout, |line| {
            show(line);
            match Subject::of(&line.text) {
                Subject::Stop(message) => Some(Outcome::Stopped(message.to_owned())),
                Subject::Panic(message) => Some(Outcome::Panicked(message.to_owned())),
                Subject::Exception(message) => Some(Outcome::Exception(message.to_owned())),
                _ => wanted(line),
            }
        })?;
        if let Ok(Outcome::Stopped(_) | Outcome::Panicked(_) | Outcome::Exception(_)) = &found {
            self.hear_last_words(show);
        }
        Ok(match found {
            Ok(outcome) => outcome,
            Err(Interruption::TimedOut) => {
                Outcome::TimedOut { seconds: timeout.unwrap_or_default().as_secs(), goal: None }
            }
            Err(Interruption::Ended(None)) => Outcome::Closed,
            Err(Interruption::Ended(Some(said))) => Outcome::EmulatorEnded(said),
            Err(Interruption::Reset) => Outcome::Reset,
            Err(Interruption::Requested) => Outcome::Interrupted,
        })
    }

    /// Follows the machine until `wanted` finds something in a line.
    ///
    /// # Errors
    /// The outer error if the system fails, the inner one if the machine ends, the time is over
    /// or the user wants to end first.
    pub fn until<T>(
        &mut self,
        timeout: Option<Duration>,
        mut wanted: impl FnMut(&Line) -> Option<T>,
    ) -> Result<Result<T, Interruption>> {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        loop {
            let mut patience = TICK;
            if let Some(deadline) = deadline {
                patience = patience.min(deadline.saturating_duration_since(Instant::now()));
            }
            match self.machine.next_event(patience) {
                Some(Event::Line { at, text }) => {
                    let up = self.worlds.observe(&text);
                    if let Some(found) = wanted(self.keep(at, text)) {
                        return Ok(Ok(found));
                    }
                    // No line of the appliance's says this: it is what the lines together mean.
                    let text = format!("milestone: {}", Milestone::WorldsUp);
                    if up && let Some(found) = wanted(self.keep(at, text)) {
                        return Ok(Ok(found));
                    }
                }
                Some(Event::Qmp(event)) if self.started && event.is_reset_from_inside() => {
                    return Ok(Err(Interruption::Reset));
                }
                Some(Event::Qmp(_)) => {}
                Some(Event::Ended) => return Ok(Err(Interruption::Ended(self.ending()?))),
                None if deadline.is_some_and(|deadline| Instant::now() >= deadline) => {
                    return Ok(Err(Interruption::TimedOut));
                }
                None => {}
            }
            if interrupt::requested() {
                return Ok(Err(Interruption::Requested));
            }
        }
    }

    /// Notes a milestone that was reached outside of the machine.
    pub fn reached(&mut self, milestone: Milestone) -> &Line {
        self.keep(self.begin.elapsed(), format!("milestone: {milestone}"))
    }

    fn keep(&mut self, at: Duration, text: String) -> &Line {
        self.started |= matches!(Subject::of(&text), Subject::Boot(_));
        let seconds = (at.as_secs_f64() * 1000.0).round() / 1000.0;
        self.lines.push(Line { seconds, text });
        &self.lines[self.lines.len() - 1]
    }

    /// What the emulator said at its end, or none if it ended as it should.
    fn ending(&mut self) -> Result<Option<String>> {
        let status = self.machine.wait()?;
        Ok(if status.success() { None } else { Some(self.machine.ending()?) })
    }

    /// Takes the lines that follow a last message: registers, where it happened.
    fn hear_last_words(&mut self, mut show: impl FnMut(&Line)) {
        let deadline = Instant::now() + LAST_WORDS;
        while Instant::now() < deadline {
            match self.machine.next_event(SILENCE) {
                Some(Event::Line { at, text }) => show(self.keep(at, text)),
                Some(Event::Qmp(_)) => {}
                Some(Event::Ended) | None => return,
            }
        }
    }

    /// The last lines of the serial line, with the one that is not complete.
    #[must_use]
    pub fn last_lines(&self, count: usize) -> Vec<String> {
        let partial = Some(self.machine.partial_line()).filter(|line| !line.is_empty());
        let texts = self.lines.iter().map(|line| line.text.clone()).chain(partial);
        let all = self.lines.len() + 1;
        texts.skip(all.saturating_sub(count + 1)).collect()
    }
}

/// Why what was waited for did not come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Interruption {
    /// The time was over.
    TimedOut,
    /// The machine ended; what it said, if it ended with an error.
    Ended(Option<String>),
    /// The machine was reset from inside.
    Reset,
    /// The user wants to end.
    Requested,
}
