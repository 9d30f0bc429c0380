//! One check and what came of it.

use std::fmt;

/// What came of a check, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Not as it should be, but the auditor lets it pass.
    Warned,
    /// Not as expected.
    Failed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "ok",
            Self::Warned => "warn",
            Self::Failed => "FAIL",
        })
    }
}

/// What a check is about, as relying parties sort it (draft-ietf-rats-ar4si, trustworthiness
/// claims).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Aspect {
    /// Who the machine is.
    Instance,
    /// How it is configured.
    Configuration,
    /// What runs.
    Executables,
    /// What it runs on.
    Hardware,
    /// Whether what runs is kept apart.
    Runtime,
}

/// A check and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was checked.
    pub claim: &'static str,
    /// What that is about.
    pub aspect: Aspect,
    /// What came of it.
    pub outcome: Outcome,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
    /// What that means.
    pub meaning: String,
}

impl Finding {
    fn new(
        outcome: Outcome,
        claim: &'static str,
        aspect: Aspect,
        [expected, came, meaning]: [String; 3],
    ) -> Self {
        Self { claim, aspect, outcome, expected, came, meaning }
    }

    /// A check that passed.
    pub fn passed(
        claim: &'static str,
        aspect: Aspect,
        expected: impl ToString,
        came: impl ToString,
        meaning: impl ToString,
    ) -> Self {
        let texts = [expected.to_string(), came.to_string(), meaning.to_string()];
        Self::new(Outcome::Passed, claim, aspect, texts)
    }

    /// A check that failed.
    pub fn failed(
        claim: &'static str,
        aspect: Aspect,
        expected: impl ToString,
        came: impl ToString,
        meaning: impl ToString,
    ) -> Self {
        let texts = [expected.to_string(), came.to_string(), meaning.to_string()];
        Self::new(Outcome::Failed, claim, aspect, texts)
    }

    /// This check, let pass by the auditor if `allowed`.
    #[must_use]
    pub fn unless(self, allowed: bool) -> Self {
        let warned = allowed && self.outcome == Outcome::Failed;
        Self { outcome: if warned { Outcome::Warned } else { self.outcome }, ..self }
    }
}
