//! A change of officers: by a policy that the officers in office approve, and that each officer
//! whom it adds has signed as successor.

use core::fmt;

use super::{AnchorsError, Approval, OfficerName, PublicKey, TrustAnchors};
use crate::PolicyView;

/// How the officers that an approved policy names relate to the officers in office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Succession {
    /// They are the same.
    Unchanged,
    /// The policy changes them. The images built after it pin its officers; until then those in
    /// office remain.
    Changed,
}

/// Why an approved policy's own list of officers was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuccessionError {
    /// An officer whom the policy adds has not signed as successor, so that nothing shows that
    /// anybody holds the key.
    NotTaken(OfficerName),
    /// A key signed as successor whom the policy does not add.
    NotGiven(PublicKey),
}

impl fmt::Display for SuccessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTaken(name) => write!(
                f,
                "the policy makes {name} an officer, but {name} has not signed it as successor"
            ),
            Self::NotGiven(key) => write!(
                f,
                "the policy is signed as successor with {key}, which it does not make an officer's"
            ),
        }
    }
}

impl core::error::Error for SuccessionError {}

impl TrustAnchors {
    /// The officers that a policy names, or `None` when it names none and so leaves those in
    /// office. The policy must be approved before they mean anything.
    ///
    /// # Errors
    /// When the policy's officers can be no anchors.
    pub fn named_in(policy: &PolicyView<'_>) -> Result<Option<Self>, AnchorsError> {
        let officers = policy.officers();
        if officers.is_empty() {
            return Ok(None);
        }
        let named = officers.iter().map(|officer| (officer.name, PublicKey(officer.key)));
        Self::new(policy.system().officers_required, named).map(Some)
    }
}

impl Approval {
    /// Compares the officers `named` in the approved policy with those in office, `anchors`.
    ///
    /// # Errors
    /// When the successors who signed are not exactly the officers whom the policy adds.
    pub fn succession(
        &self,
        anchors: &TrustAnchors,
        named: &TrustAnchors,
    ) -> Result<Succession, SuccessionError> {
        let added = |key: &PublicKey| named.find(key).is_some() && anchors.find(key).is_none();
        if let Some(key) = self.successors.iter().find(|key| !added(key)) {
            return Err(SuccessionError::NotGiven(*key));
        }
        let missing = named
            .officers()
            .iter()
            .find(|officer| added(&officer.key) && !self.successors.contains(&officer.key));
        if let Some(officer) = missing {
            return Err(SuccessionError::NotTaken(officer.name.clone()));
        }
        Ok(if anchors == named { Succession::Unchanged } else { Succession::Changed })
    }
}

#[cfg(test)]
mod tests;
