//! The policy language: compiler, checks, questions, signer.
//!
//! A policy file goes through four steps, each of which reports all that it finds: text to a tree with
//! places ([`source`]), tree against the closed schema, tree to [`model::Policy`], and the checks of
//! the registry over the model. Only a policy without errors is compiled.

#![forbid(unsafe_code)]

pub mod check;
pub mod checks;
pub mod color;
pub mod compile;
pub mod context;
pub mod date;
pub mod diagnostic;
pub mod files;
pub mod flow;
mod footprint;
pub mod layout;
pub mod model;
mod nearest;
mod occupancy;
pub mod questions;
pub mod reader;
pub mod render;
pub mod report;
pub mod resolve;
pub mod schema;
pub mod signing;
pub mod source;
pub mod starter;
pub mod synthetic;
pub mod tree;
