//! Everything that the trusted GUI draws and decides, as pure functions over small state.
//!
//! The bare component is a thin shell around [`desk::Desk`]: it passes the bytes of keyboard and mouse
//! in, carries out what comes back, and lends memory. No world's pixel can reach a label strip: the
//! canvas is split by rows into slices that share no memory before anything of a world is drawn
//! ([`canvas::Canvas::split`]). No function here takes a request from a world.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod canvas;
pub mod color;
pub mod damage;
pub mod desk;
pub mod focus;
pub mod font;
pub mod geometry;
pub mod input;
pub mod label;
pub mod layout;
pub mod pattern;
pub mod pointer;
pub mod scanout;
pub mod strip;
pub mod surface;
pub mod theme;
pub mod trusted;
pub mod view;
