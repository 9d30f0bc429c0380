//! How often the attester answers. Each answer costs the TPM a second or so, and its time slots.

/// Answers that may be asked for in a row.
const AT_ONCE: u32 = 4;

/// Seconds after which one more may be.
const SECONDS: u64 = 2;

/// A bucket of answers that fills slowly.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    left: u32,
    since: u64,
    interval: u64,
}

impl Pace {
    /// A full bucket. Instants are in ticks of a counter that never goes back.
    #[must_use]
    pub fn new(now: u64, ticks_per_second: u64) -> Self {
        let interval = ticks_per_second.saturating_mul(SECONDS).max(1);
        Self { left: AT_ONCE, since: now, interval }
    }

    /// Takes one out; returns whether there was one.
    pub fn take(&mut self, now: u64) -> bool {
        let filled = now.saturating_sub(self.since) / self.interval;
        self.since = self.since.saturating_add(filled.saturating_mul(self.interval));
        let filled = u32::try_from(filled).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(filled).min(AT_ONCE);
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_burst_there_is_one_answer_for_each_interval() {
        let mut pace = Pace::new(1000, 10);
        let mut answered = 0;
        for now in 1000..2000 {
            answered += u64::from(pace.take(now));
        }
        assert_eq!(answered, u64::from(AT_ONCE) + 999 / (10 * SECONDS));
        assert!(pace.take(u64::MAX), "it never ends");
    }

    #[test]
    fn a_long_silence_fills_no_more_than_the_bucket() {
        let mut pace = Pace::new(0, 10);
        let answered = (0..100).filter(|_| pace.take(1_000_000)).count();
        assert_eq!(answered, AT_ONCE as usize);
    }
}
