//! The trusted screen: what the appliance is, what its worlds do, and what the user can do about them.
//!
//! All text on it comes from the signed policy or from trusted parts; nothing that a world wrote is
//! shown here. The keyboard alone suffices, and the mouse does as well.

mod action;
mod arrange;
mod button;
mod dialog;
mod draw;
mod list;
mod measurement;
mod report;
mod state;
mod symbol;
mod text;
mod worlds;

pub use action::{Action, Response};
pub use measurement::{QR_TEXT_BYTES, qr_text};
pub use report::{Direction, Flow, Record, Report, State, WorldReport};
pub use state::TrustedScreen;
