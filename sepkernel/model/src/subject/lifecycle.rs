//! A subject's life: started, stopped, paused, restored. Each transition changes this subject only.

use cloister_abi::Command;

use super::{Activity, Budget, Life, Restart, RestartRule, Wish};

/// Why a subject is stopped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StopReason {
    /// Nobody has started it yet.
    NotStarted,
    /// Somebody with the right asked for it.
    Requested,
    /// It ended by itself.
    Ended,
    /// Its native program did what it must not.
    Fault,
    /// Its world shut down or cannot go on.
    Guest,
}

/// Where a subject is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// It does not run.
    Stopped(StopReason),
    /// Its memory is brought back to the measured image, in its own frames: a restart takes time
    /// from nobody else. It cannot run before that is done, so how far the work has come stays true
    /// over stops and frames.
    Restoring,
    /// It runs when it has something to do.
    Active(Activity),
    /// It does not run until it is resumed, and then goes on where it was.
    Paused(Activity),
}

impl State {
    /// The state at boot, where the boot program has just loaded the image.
    #[must_use]
    pub const fn at_boot(autostart: bool) -> Self {
        if autostart {
            Self::Active(Activity::Native)
        } else {
            Self::Stopped(StopReason::NotStarted)
        }
    }

    /// The state after a command of somebody with the right. A command that does not fit the state
    /// changes nothing.
    #[must_use]
    pub const fn after_command(self, command: Command) -> Self {
        match (command, self) {
            (Command::Start, Self::Stopped(_)) | (Command::Restart, _) => Self::Restoring,
            (Command::Stop, Self::Stopped(_)) => self,
            (Command::Stop, _) => Self::Stopped(StopReason::Requested),
            (Command::Pause, Self::Active(activity)) => Self::Paused(activity),
            (Command::Resume, Self::Paused(activity)) => Self::Active(activity),
            (Command::Start | Command::Pause | Command::Resume, _) => self,
        }
    }

    /// What those that follow the subject are to do meanwhile.
    #[must_use]
    pub(crate) const fn life(self) -> Life {
        match self {
            Self::Active(_) => Life::Runs,
            Self::Paused(_) => Life::Pauses,
            Self::Stopped(_) | Self::Restoring => Life::Rests,
        }
    }

    /// The state of a subject of incarnation `own` whose first one wishes this.
    #[must_use]
    pub(crate) fn after_wish(self, own: u64, wish: Wish) -> Self {
        match (wish.life, self) {
            (Life::Rests, Self::Stopped(_)) => self,
            (Life::Rests, _) => Self::Stopped(StopReason::Requested),
            (Life::Pauses, Self::Active(activity)) => Self::Paused(activity),
            (Life::Runs, Self::Paused(activity)) => Self::Active(activity),
            (Life::Runs, Self::Stopped(_)) if own < wish.incarnation => Self::Restoring,
            _ => self,
        }
    }

    /// The state after the subject came to an end for a reason of its own, and what is then left of
    /// its restart budget.
    #[must_use]
    pub fn after_end(
        self,
        reason: StopReason,
        rule: &RestartRule,
        budget: Budget,
    ) -> (Self, Budget) {
        let again = match (rule.when, reason) {
            (_, StopReason::NotStarted | StopReason::Requested) | (Restart::Never, _) => false,
            (Restart::OnCrash, reason) => !matches!(reason, StopReason::Ended),
            (Restart::Always, _) => true,
        };
        match budget.spend(rule) {
            Some(rest) if again => (Self::Restoring, rest),
            _ => (Self::Stopped(reason), budget),
        }
    }

    /// The state when the memory is as measured again: the native program starts from its entry.
    #[must_use]
    pub const fn restored(self) -> Self {
        if matches!(self, Self::Restoring) { Self::Active(Activity::Native) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: State = State::Active(Activity::Native);
    const WAITING: Activity = Activity::Waiting { mask: 4 };
    const STATES: [State; 5] = [
        State::Stopped(StopReason::Fault),
        State::Restoring,
        RUNNING,
        State::Active(WAITING),
        State::Paused(WAITING),
    ];

    fn rule(when: Restart) -> RestartRule {
        RestartRule { when, limit: 1, window: 8 }
    }

    #[test]
    fn a_stopped_subject_runs_again_only_from_its_image() {
        let stopped = State::Stopped(StopReason::Fault);
        for &command in Command::ALL {
            let after = stopped.after_command(command);
            assert!(after == stopped || after == State::Restoring, "{command:?}: {after:?}");
        }
        assert_eq!(State::Restoring.restored(), RUNNING);
    }

    #[test]
    fn stop_keeps_the_first_reason_and_works_in_every_state() {
        for state in STATES {
            let State::Stopped(reason) = state.after_command(Command::Stop) else { panic!() };
            let was_stopped = state == State::Stopped(StopReason::Fault);
            assert_eq!(reason == StopReason::Fault, was_stopped);
        }
    }

    #[test]
    fn pause_and_resume_lose_nothing() {
        let paused = State::Active(WAITING).after_command(Command::Pause);
        assert_eq!(paused, State::Paused(WAITING));
        assert_eq!(paused.after_command(Command::Resume), State::Active(WAITING));
    }

    #[test]
    fn what_restarts_by_itself_is_the_rules_say() {
        let fresh = Budget::default();
        let restarts =
            |when, reason| RUNNING.after_end(reason, &rule(when), fresh).0 == State::Restoring;
        for reason in [StopReason::Fault, StopReason::Guest] {
            assert!(!restarts(Restart::Never, reason));
            assert!(restarts(Restart::OnCrash, reason));
            assert!(restarts(Restart::Always, reason));
        }
        assert!(!restarts(Restart::OnCrash, StopReason::Ended));
        assert!(restarts(Restart::Always, StopReason::Ended));
        assert!(!restarts(Restart::Always, StopReason::Requested));
    }

    #[test]
    fn a_second_fault_within_the_window_stops() {
        let rule = rule(Restart::OnCrash);
        let (state, budget) = RUNNING.after_end(StopReason::Fault, &rule, Budget::default());
        assert_eq!(state, State::Restoring);
        let (state, _) = RUNNING.after_end(StopReason::Fault, &rule, budget);
        assert_eq!(state, State::Stopped(StopReason::Fault));
    }
}
