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

/// What happens to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// It goes down.
    Press,
    /// It is still down: the keyboard repeats it.
    Repeat,
    /// It goes up.
    Release,
}

/// What a world is told, when it is focused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldInput {
    /// A key or button.
    Key {
        /// Which one.
        code: KeyCode,
        /// What happened to it.
        motion: Motion,
    },
    /// The mouse moved this far, right and down.
    Move {
        /// To the right, in the mouse's steps.
        right: i16,
        /// Down, in the mouse's steps.
        down: i16,
    },
    /// The pointer is now at this pixel of the world's framebuffer.
    Position {
        /// Column.
        x: u16,
        /// Row.
        y: u16,
    },
    /// The wheel was turned this far, away from the user.
    Wheel {
        /// In steps.
        steps: i8,
    },
}
