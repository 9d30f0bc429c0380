//! How a run ended, and the exit status that says so.

use std::fmt;

use crate::{machine::interrupt::INTERRUPTED, milestone::Milestone};

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The milestone that was waited for was reached.
    Reached(Milestone),
    /// The user closed the machine's window, or the appliance switched the machine off.
    Closed,
    /// The time was up.
    TimedOut {
        /// Seconds that it was waited.
        seconds: u64,
        /// What was waited for.
        goal: Option<Milestone>,
    },
    /// The appliance refused to go on, with this message.
    Stopped(String),
    /// The appliance noticed a defect of its own, with this message.
    Panicked(String),
    /// The processor reported an exception, with this message.
    Exception(String),
    /// The emulator ended unasked; what it said.
    EmulatorEnded(String),
    /// The machine was reset from inside, as after a triple fault.
    Reset,
    /// The machine runs, but is not what it should be; what an auditor or a world says.
    Refused(String),
    /// The user ended the run.
    Interrupted,
}

/// Exit statuses of `cloister`, for people: what `cloister run --help` prints.
pub const EXIT_STATUSES: &str = "\
Exit status:
    0  the milestone was reached, or the window was closed
    1  an error, as a policy with mistakes or a file that cannot be written
    2  the command line is wrong
    3  the time was up
    4  the appliance stopped with a message
    5  the appliance panicked
    6  the processor reported an exception
    7  the emulator ended unasked
    8  something is missing on this machine, and could not be installed
    9  the machine reset itself
   10  the auditor refused the machine, or a world's task failed
  130  interrupted by Ctrl-C";

/// Exit status when something is missing on this machine.
pub const SETUP_MISSING: u8 = 8;

impl Outcome {
    /// The exit status.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Reached(_) | Self::Closed => 0,
            Self::TimedOut { .. } => 3,
            Self::Stopped(_) => 4,
            Self::Panicked(_) => 5,
            Self::Exception(_) => 6,
            Self::EmulatorEnded(_) => 7,
            Self::Reset => 9,
            Self::Refused(_) => 10,
            Self::Interrupted => INTERRUPTED,
        }
    }

    /// One word for scripts.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reached(_) => "reached",
            Self::Closed => "closed",
            Self::TimedOut { .. } => "timeout",
            Self::Stopped(_) => "stop",
            Self::Panicked(_) => "panic",
            Self::Exception(_) => "exception",
            Self::EmulatorEnded(_) => "emulator-ended",
            Self::Reset => "reset",
            Self::Refused(_) => "refused",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reached(milestone) => write!(f, "milestone {milestone} reached"),
            Self::Closed => write!(f, "the machine was switched off"),
            Self::TimedOut { seconds, goal: Some(goal) } => {
                write!(f, "milestone {goal} was not reached in {seconds} seconds")
            }
            Self::TimedOut { seconds, goal: None } => write!(f, "{seconds} seconds are over"),
            Self::Stopped(message) => write!(f, "the appliance stopped: {message}"),
            Self::Panicked(message) => write!(f, "the appliance panicked: {message}"),
            Self::Exception(message) => write!(f, "exception: {message}"),
            Self::EmulatorEnded(said) => write!(f, "the emulator ended unasked: {said}"),
            Self::Reset => write!(f, "the machine reset itself (after a triple fault?)"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::Interrupted => write!(f, "interrupted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_end_has_a_documented_status_of_its_own() {
        let text = String::new;
        let outcomes = [
            Outcome::Reached(Milestone::Locked),
            Outcome::TimedOut { seconds: 1, goal: None },
            Outcome::Stopped(text()),
            Outcome::Panicked(text()),
            Outcome::Exception(text()),
            Outcome::EmulatorEnded(text()),
            Outcome::Reset,
            Outcome::Refused(text()),
            Outcome::Interrupted,
        ];
        let mut seen = std::collections::BTreeSet::new();
        for outcome in outcomes {
            let status = outcome.exit_status();
            assert!(seen.insert(status), "{status} is used twice");
            assert!(EXIT_STATUSES.contains(&format!("\n{status:5}  ")), "{status} is not said");
        }
    }
}
