//! The policy as a picture: what holds data in bands by classification, the highest on top;
//! trusted parts apart; guards on the ways that they stand in.

mod dot;
mod layout;
mod order;
mod route;
mod scene;
mod svg;

pub use dot::dot;
pub use svg::svg;
