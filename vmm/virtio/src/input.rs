//! The input device (virtio 1.2, section 5.8): a keyboard, a mouse or a tablet.
//!
//! Codes are those of Linux' `input-event-codes.h`, as the standard says.

mod capabilities;
mod configuration;
mod device;
mod events;
mod state;
#[cfg(test)]
mod tests;

pub use capabilities::{Axis, Kind, TABLET_LARGEST};
pub use device::Input;
