//! Enrols machines, challenges them, and appraises their evidence.

#![forbid(unsafe_code)]
