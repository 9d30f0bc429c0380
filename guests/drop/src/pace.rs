//! Keeps a sender at a rate: the ring does not make it wait, and what the reader has not read when the
//! writer comes around is lost.

use std::time::{Duration, Instant};

/// What a sender may do at once after it was kept from sending.
const BURST: Duration = Duration::from_millis(5);

/// A rate in bytes a second.
#[derive(Debug)]
pub struct Pace {
    rate: f64,
    /// When the next byte may go.
    next: Instant,
}

impl Pace {
    /// So many bytes a second, at least one.
    #[must_use]
    pub fn new(bytes_per_second: u64) -> Self {
        Self { rate: bytes_per_second.max(1) as f64, next: Instant::now() }
    }

    /// How long to wait at a time before so many bytes may go; they are then counted as sent.
    pub fn delay(&mut self, now: Instant, bytes: usize) -> Duration {
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let start = self.next.max(earliest);
        self.next = start + Duration::from_secs_f64(bytes as f64 / self.rate);
        start.saturating_duration_since(now)
    }

    /// Waits until so many bytes may go.
    pub fn wait(&mut self, bytes: usize) {
        let delay = self.delay(Instant::now(), bytes);
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_holds_and_rest_is_not_saved_up() {
        let mut pace = Pace::new(1_000_000);
        let mut now = Instant::now();
        let start = now;
        for _ in 0..1000 {
            now += pace.delay(now, 10_000);
        }
        let spent = now - start;
        assert!((9_900..=10_010).contains(&spent.as_millis()), "{spent:?}");
        now += Duration::from_secs(60);
        let after = now;
        for _ in 0..100 {
            now += pace.delay(now, 10_000);
        }
        assert!((980..=1_000).contains(&(now - after).as_millis()), "{:?}", now - after);
    }
}
