//! Why claims are refused.

use core::fmt;

use crate::log::LogFault;

/// Why claims are refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimsFault {
    /// A claim is missing, in another place, or of another form.
    Claim(&'static str),
    /// The evidence is of another profile.
    Profile,
    /// The nonce is too short or too long.
    Nonce(usize),
    /// The boot log is none.
    Log(LogFault),
    /// The claims are not in the one encoding that they have.
    NotCanonical,
    /// The log says another thing than the claim of the same name.
    Contradiction(&'static str),
}

impl fmt::Display for ClaimsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim(name) => write!(f, "the claim \"{name}\" is missing or malformed"),
            Self::Profile => f.write_str("the evidence is of a profile that is not known here"),
            Self::Nonce(length) => write!(f, "the nonce has {length} bytes"),
            Self::Log(fault) => fault.fmt(f),
            Self::NotCanonical => f.write_str("the claims are not in their one encoding"),
            Self::Contradiction(name) => {
                write!(f, "the claim \"{name}\" and the boot log contradict each other")
            }
        }
    }
}

impl core::error::Error for ClaimsFault {}
