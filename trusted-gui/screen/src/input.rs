//! Keyboard and mouse: from the bytes of the devices to key codes and movements.
//!
//! Worlds get key codes, which name keys by their place, so that each world's own layout applies. The
//! codes are those of Linux's input events (`input-event-codes.h`), which virtio-input uses as well.

pub mod chord;
pub mod key_set;
pub mod keys;
pub mod mouse;
pub mod scancode;
pub mod typing;

/// A key or mouse button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCode(pub u16);
