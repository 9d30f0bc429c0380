//! Tests of whole policies, through the library and through the command line.

mod command_line;
mod common;
mod decoder;
mod examples;
mod fixtures;
mod hostile;
