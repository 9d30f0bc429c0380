//! What the user asks for on the trusted screen.

use cloister_abi::Command;

use crate::focus::World;

/// Something for the component to carry out, already confirmed where that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Focus a world and show it between the strips.
    Show(World),
    /// Show the worlds as tiles.
    Tiles,
    /// Go back to what was shown before.
    Leave,
    /// Change between usual and large text.
    LargeText,
    /// Ask the kernel to do this with a world.
    Control {
        /// The world.
        world: World,
        /// What to do with it.
        command: Command,
    },
    /// Start the appliance anew.
    Reboot,
    /// Switch it off.
    PowerOff,
}

/// What came of a key or click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// Nothing.
    None,
    /// The screen looks different now.
    Changed,
    /// Something is to be done; the screen looks different too.
    Act(Action),
}
