//! What checks look at.

use crate::{
    date::Day,
    model::Policy,
    source::{SourceFile, Span},
};

/// A policy to check.
#[derive(Debug)]
pub struct Context<'a> {
    /// Its text.
    pub source: &'a SourceFile,
    /// Its model.
    pub policy: &'a Policy,
    /// The day on which it is checked.
    pub today: Day,
    /// Whether image files were looked at.
    pub files_read: bool,
}

impl Context<'_> {
    /// The line number of a place, for texts that mention it.
    pub fn line(&self, span: Span) -> u32 {
        self.source.position(span.start).line
    }
}
