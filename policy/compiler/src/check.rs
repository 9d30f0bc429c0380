//! What a check is.

use crate::{
    context::Context,
    diagnostic::{Findings, Severity},
};

/// One rule that a policy must keep.
#[derive(Debug)]
pub struct Check {
    /// The id that messages, suppressions and this crate's fixtures use.
    pub id: &'static str,
    /// A short name.
    pub name: &'static str,
    /// The rule, in one sentence.
    pub sentence: &'static str,
    /// How grave a breach is.
    pub severity: Severity,
    /// How the rule is checked.
    pub run: Run,
}

/// How a rule is checked.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// While the text is read: what breaks it could not even be put into the model.
    Reading,
    /// Over the finished model.
    Model(fn(&Context<'_>, &mut Findings)),
}

impl Check {
    /// A rule of form, whose breach keeps a statement out of the model.
    pub(crate) const fn reading(
        id: &'static str,
        name: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self { id, name, sentence, severity: Severity::Error, run: Run::Reading }
    }

    /// A rule over the model.
    pub(crate) const fn error(
        id: &'static str,
        name: &'static str,
        sentence: &'static str,
        run: fn(&Context<'_>, &mut Findings),
    ) -> Self {
        Self { id, name, sentence, severity: Severity::Error, run: Run::Model(run) }
    }

    /// Advice over the model.
    pub(crate) const fn warning(
        id: &'static str,
        name: &'static str,
        sentence: &'static str,
        run: fn(&Context<'_>, &mut Findings),
    ) -> Self {
        Self { id, name, sentence, severity: Severity::Warning, run: Run::Model(run) }
    }
}
