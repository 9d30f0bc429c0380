//! Nonces: each is good for one appraisal, and for a while.

use std::fs;

use serde::{Deserialize, Serialize};

use super::State;
use crate::AttestError;

/// Bytes of a nonce.
pub const LENGTH: usize = 32;

/// Seconds for which a nonce is remembered after it has expired: a week.
const REMEMBERED: u64 = 7 * 86_400;

/// A nonce that was given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nonce {
    /// When, in seconds since 1970.
    pub issued: u64,
    /// From when on it is no good.
    pub expires: u64,
}

/// What a nonce in evidence is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NonceState {
    /// Given out here, not used yet, not expired.
    Fresh(Nonce),
    /// Not given out here.
    Unknown,
    /// Used before.
    Used(Nonce),
    /// Too old.
    Expired(Nonce),
}

impl State {
    /// Gives out a nonce that is good for `lifetime` seconds.
    ///
    /// # Errors
    /// If there are no random numbers, or the nonce cannot be remembered.
    pub fn issue_nonce(&self, now: u64, lifetime: u64) -> Result<[u8; LENGTH], AttestError> {
        self.forget_old_nonces(now)?;
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| AttestError::NoRandomness)?;
        let nonce = Nonce { issued: now, expires: now.saturating_add(lifetime) };
        self.write(&self.path("nonces", &hex::encode(bytes)), &nonce)?;
        Ok(bytes)
    }

    /// Forgets nonces that expired long ago. Evidence for one of them is refused as before, then as
    /// evidence for a nonce that was never issued.
    fn forget_old_nonces(&self, now: u64) -> Result<(), AttestError> {
        for kind in ["nonces", "used"] {
            let directory = self.directory.join(kind);
            let failed = |source| AttestError::Read { path: directory.clone(), source };
            for entry in fs::read_dir(&directory).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                // Others are being written.
                if path.extension().is_none_or(|extension| extension != "json") {
                    continue;
                }
                let nonce: Option<Nonce> = self.read(&path)?;
                if nonce.is_some_and(|nonce| nonce.expires.saturating_add(REMEMBERED) < now) {
                    // Another verifier may have been faster.
                    let _ = fs::remove_file(&path);
                }
            }
        }
        Ok(())
    }

    /// Uses a nonce up, and says what it was.
    ///
    /// # Errors
    /// If the state cannot be read or written.
    pub fn use_nonce(&self, bytes: &[u8], now: u64) -> Result<NonceState, AttestError> {
        let name = hex::encode(bytes);
        let (open, used) = (self.path("nonces", &name), self.path("used", &name));
        match fs::rename(&open, &used) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let before = self.read(&used)?;
                return Ok(before.map_or(NonceState::Unknown, NonceState::Used));
            }
            Err(source) => return Err(AttestError::Write { path: used, source }),
        }
        let nonce: Nonce = self
            .read(&used)?
            .ok_or(AttestError::State { path: used, reason: "it is gone".to_owned() })?;
        // A clock that was set back does not make a nonce younger than it can be.
        let fresh = (nonce.issued..nonce.expires).contains(&now);
        Ok(if fresh { NonceState::Fresh(nonce) } else { NonceState::Expired(nonce) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_and_for_a_while() {
        let directory = tempfile::tempdir().unwrap();
        let state = State::open(directory.path()).unwrap();
        let nonce = Nonce { issued: 100, expires: 160 };
        for (now, expected) in [
            (100, NonceState::Fresh(nonce)),
            (159, NonceState::Fresh(nonce)),
            (160, NonceState::Expired(nonce)),
            (99, NonceState::Expired(nonce)),
        ] {
            let bytes = state.issue_nonce(100, 60).unwrap();
            assert_eq!(state.use_nonce(&bytes, now).unwrap(), expected, "at {now}");
            assert_eq!(state.use_nonce(&bytes, now).unwrap(), NonceState::Used(nonce));
        }
        assert_eq!(state.use_nonce(&[0; 32], 100).unwrap(), NonceState::Unknown);
    }

    #[test]
    fn old_nonces_are_forgotten_and_still_refused() {
        let directory = tempfile::tempdir().unwrap();
        let state = State::open(directory.path()).unwrap();
        let files = || {
            let count = |kind| fs::read_dir(directory.path().join(kind)).unwrap().count();
            [count("nonces"), count("used")]
        };
        let (open, used) =
            (state.issue_nonce(100, 60).unwrap(), state.issue_nonce(100, 60).unwrap());
        state.use_nonce(&used, 100).unwrap();
        state.issue_nonce(160 + REMEMBERED, 60).unwrap();
        assert_eq!(files(), [2, 1]);
        let later = 161 + REMEMBERED;
        state.issue_nonce(later, 60).unwrap();
        assert_eq!(files(), [2, 0]);
        for bytes in [open, used] {
            assert_eq!(state.use_nonce(&bytes, later).unwrap(), NonceState::Unknown);
        }
    }
}
