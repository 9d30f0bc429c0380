//! How much of a processor's time each subject uses: accounting only, which no decision looks at.

use super::SubjectId;

/// Tells whom a processor's time is charged to. It runs from one slot's start to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meter {
    since: u64,
    user: Option<SubjectId>,
}

impl Meter {
    /// A meter that charges nobody from `now` on.
    #[must_use]
    pub const fn new(now: u64) -> Self {
        Self { since: now, user: None }
    }

    /// The time is `now`, and from now on `next` uses the processor, or nobody. Returns whom what has
    /// passed is charged to, in ticks.
    #[must_use]
    pub const fn lap(&mut self, now: u64, next: Option<SubjectId>) -> Option<(SubjectId, u64)> {
        let passed = now.saturating_sub(self.since);
        let user = self.user;
        self.since = now;
        self.user = next;
        match user {
            Some(user) => Some((user, passed)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tick_is_charged_to_who_used_the_processor_and_idle_ones_to_nobody() {
        let (one, two) = (SubjectId(1), SubjectId(2));
        let mut meter = Meter::new(100);
        assert_eq!(meter.lap(110, Some(one)), None);
        assert_eq!(meter.lap(150, Some(one)), Some((one, 40)));
        assert_eq!(meter.lap(160, Some(two)), Some((one, 10)));
        assert_eq!(meter.lap(165, None), Some((two, 5)));
        assert_eq!(meter.lap(200, None), None);
        assert_eq!(meter.lap(190, Some(one)), None, "a clock that goes back charges nothing");
    }
}
