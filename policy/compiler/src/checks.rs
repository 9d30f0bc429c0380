//! The checks. One rule, one function, one sentence, one fixture in `tests/fixtures`.

pub mod form;
pub mod names;
