//! Anti-rollback: a policy that was replaced cannot come back.

use core::fmt;

/// A policy older than the last one that this appliance ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// The version of the policy that was refused.
    pub version: u64,
    /// The highest version that ran here.
    pub last: u64,
}

impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the policy is version {}, older than version {}, which this appliance has run",
            self.version, self.last
        )
    }
}

impl core::error::Error for Rollback {}

/// Admits a policy by its version, and returns the value that the anti-rollback counter must
/// have before the policy comes into force.
///
/// The same version is admitted again: that is a reboot. `last` is `None` where no policy has
/// run before. Keeping the counter is the caller's business.
///
/// # Errors
/// [`Rollback`] when an appliance has run a newer policy.
pub fn admit(version: u64, last: Option<u64>) -> Result<u64, Rollback> {
    match last {
        Some(last) if version < last => Err(Rollback { version, last }),
        _ => Ok(version),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_counter_never_goes_back() {
        assert_eq!(admit(0, None), Ok(0));
        assert_eq!(admit(7, None), Ok(7));
        assert_eq!(admit(7, Some(7)), Ok(7));
        assert_eq!(admit(u64::MAX, Some(7)), Ok(u64::MAX));
        for last in 1..20 {
            assert_eq!(admit(last - 1, Some(last)), Err(Rollback { version: last - 1, last }));
        }
    }

    #[test]
    fn the_refusal_names_both_versions() {
        let refusal = admit(6, Some(7)).expect_err("older");
        assert_eq!(
            refusal.to_string(),
            "the policy is version 6, older than version 7, which this appliance has run"
        );
    }
}
