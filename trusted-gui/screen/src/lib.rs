//! Everything that the trusted GUI draws and decides, as pure functions over small state.

#![no_std]
#![forbid(unsafe_code)]
