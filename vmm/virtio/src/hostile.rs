//! A guest that does what bytes say: for fuzzers and property tests.
//!
//! [`hostile`] builds a bus with a device of each kind, lets the guest do its worst, and panics when
//! a promise is broken: no call panics or works longer than its bounds say, and whatever the guest
//! did, a device that is reset works again.

mod actions;
mod machine;
mod memory;
mod script;
#[cfg(test)]
mod tests;

use machine::{Machine, Medium};
use script::Script;

/// Actions of one guest at most.
const ACTIONS: usize = 400;

/// Plays the guest that the bytes describe.
///
/// # Panics
/// When a promise is broken.
pub fn hostile(input: &[u8]) {
    let mut script = Script::new(input);
    let mut medium = Medium::new();
    let mut machine = Machine::new(&mut medium);
    for _ in 0..ACTIONS {
        if script.is_over() {
            break;
        }
        actions::act(&mut machine, &mut script);
    }
    machine.assert_usable();
}
