//! How often a subject may start again by itself, so that one that crashes at once spends its own
//! frames on that and then stays stopped.
//!
//! Age is counted in the subject's own frames, not in time: the decision depends on nothing but what
//! the subject did.

/// When a subject starts again from its measured image without being asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Restart {
    /// Never.
    Never,
    /// After a fault.
    OnCrash,
    /// After a fault, and after it ends by itself.
    Always,
}

/// A subject's rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RestartRule {
    /// When.
    pub when: Restart,
    /// How many restarts there may be within the window.
    pub limit: u8,
    /// The window's length, in frames of the subject.
    pub window: u16,
}

impl RestartRule {
    /// No restarts.
    pub const NEVER: Self = Self { when: Restart::Never, limit: 0, window: 0 };
}

/// What was used of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Budget {
    /// Restarts in the present window.
    used: u8,
    /// Frames since it began.
    age: u16,
}

impl Budget {
    /// One more frame of the subject has begun.
    #[must_use]
    pub const fn aged(self, rule: &RestartRule) -> Self {
        let age = self.age.saturating_add(1);
        if self.used == 0 || age >= rule.window {
            Self { used: 0, age: 0 }
        } else {
            Self { used: self.used, age }
        }
    }

    /// The budget after one more restart; none if there may not be one.
    #[must_use]
    pub const fn spend(self, rule: &RestartRule) -> Option<Self> {
        if self.used < rule.limit {
            Some(Self { used: self.used.saturating_add(1), age: self.age })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RestartRule = RestartRule { when: Restart::OnCrash, limit: 2, window: 10 };

    #[test]
    fn a_subject_that_always_crashes_restarts_at_the_allowed_rate_only() {
        let mut budget = Budget::default();
        let mut restarts = 0;
        for _ in 0..1000 {
            budget = budget.aged(&RULE);
            if let Some(rest) = budget.spend(&RULE) {
                budget = rest;
                restarts += 1;
            }
        }
        assert_eq!(restarts, 200);
    }

    #[test]
    fn a_limit_of_zero_allows_no_restart() {
        assert_eq!(Budget::default().spend(&RestartRule::NEVER), None);
    }
}
