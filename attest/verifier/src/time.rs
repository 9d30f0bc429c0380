//! Time as the verifier's clock tells it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, UTC; 0 for a clock before that.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A length of time for people, in its largest whole unit.
#[must_use]
pub fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_said_in_whole_units() {
        assert_eq!(span(1), "1 second");
        assert_eq!(span(59), "59 seconds");
        assert_eq!(span(120), "2 minutes");
        assert_eq!(span(100_000), "1 day");
    }
}
