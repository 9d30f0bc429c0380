//! Who gets keyboard and mouse. Only what the user does moves the focus: no function here takes
//! anything from a world.
//!
//! - The attention key leads to the trusted screen from every state, and no world gets it.
//! - A world gets the release of each key whose press it got, before any other world gets anything.
//! - A key that was down when the focus moved is nobody's until it has been released.

use cloister_policy_format::{KeyChord, Modifiers};
use cloister_ring::InputRecord;

use crate::input::{KeyCode, chord, key_set::KeySet, keys, scancode::Stroke};

/// A world's number: its position in the policy.
pub type World = u8;

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The trusted screen. No world is focused.
    Trusted,
    /// One world between the strips.
    Full,
    /// Worlds as tiles.
    Tiled,
}

/// What the focus has decided about a stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was for a world, or for nobody.
    Done,
    /// It changed what is on the screen or who is focused.
    Moved,
    /// It is for the trusted screen.
    Trusted,
}

/// The state of the focus.
#[derive(Clone, Debug)]
pub struct Focus {
    attention: KeyChord,
    worlds: World,
    scene: Scene,
    /// The scene to go back to from the trusted screen.
    before: Scene,
    /// The world that is focused, or was when the trusted screen came.
    world: World,
    held: bool,
    /// Keys and buttons that are down on the desk.
    down: KeySet,
    /// Those of them whose press the focused world got.
    delivered: KeySet,
}

/// Takes what worlds are told.
pub type Deliver<'a> = &'a mut dyn FnMut(World, InputRecord);

impl Focus {
    /// The state at the start: the trusted screen, no key down.
    #[must_use]
    pub const fn new(attention: KeyChord, worlds: World) -> Self {
        Self {
            attention,
            worlds,
            scene: Scene::Trusted,
            before: Scene::Full,
            world: 0,
            held: false,
            down: KeySet::EMPTY,
            delivered: KeySet::EMPTY,
        }
    }

    /// What is on the screen.
    #[must_use]
    pub const fn scene(&self) -> Scene {
        self.scene
    }

    /// The world that keyboard and mouse go to.
    #[must_use]
    pub const fn focused(&self) -> Option<World> {
        match self.scene {
            Scene::Trusted => None,
            Scene::Full | Scene::Tiled => Some(self.world),
        }
    }

    /// The world that is focused, or will be when the trusted screen is left.
    #[must_use]
    pub const fn latest(&self) -> World {
        self.world
    }

    /// Whether the user holds keyboard and mouse in the focused world.
    #[must_use]
    pub const fn held(&self) -> bool {
        self.held
    }

    /// The modifiers that are down.
    #[must_use]
    pub fn modifiers(&self) -> Modifiers {
        chord::modifiers(&self.down)
    }

    /// Takes what the keyboard said.
    pub fn stroke(&mut self, stroke: Stroke, deliver: Deliver<'_>) -> Decision {
        match stroke {
            Stroke::Down(key) => self.press(key, deliver),
            Stroke::Up(key) => {
                self.release(key, deliver);
                Decision::Done
            }
            Stroke::Lost => {
                self.release_delivered(deliver);
                self.down = KeySet::EMPTY;
                Decision::Done
            }
        }
    }

    /// Takes a mouse button that goes down or up over what the focused world shows.
    pub fn button(&mut self, button: KeyCode, pressed: bool, deliver: Deliver<'_>) {
        if !pressed {
            self.release(button, deliver);
        } else if self.down.insert(button) {
            self.pass(button, true, deliver);
        }
    }

    /// Takes a mouse button that goes down over something of the trusted part: no world gets it, nor
    /// its release.
    pub fn button_kept(&mut self, button: KeyCode) -> bool {
        self.down.insert(button)
    }

    /// Tells the focused world of a movement.
    pub fn movement(&self, input: InputRecord, deliver: Deliver<'_>) {
        if let Some(world) = self.focused() {
            deliver(world, input);
        }
    }

    /// Focuses a world and shows it, as the user chose it. Whether that changed anything; while the
    /// focus is held it stays where it is.
    pub fn show(&mut self, world: World, scene: Scene, deliver: Deliver<'_>) -> bool {
        let stays = world == self.world || !self.held;
        if world >= self.worlds || scene == Scene::Trusted || !stays {
            return false;
        }
        if world == self.world && scene == self.scene {
            return false;
        }
        if world != self.world {
            self.release_delivered(deliver);
        }
        (self.world, self.scene) = (world, scene);
        true
    }

    /// Leaves the trusted screen for what was there before.
    pub fn back(&mut self, deliver: Deliver<'_>) -> bool {
        self.show(self.world, self.before, deliver)
    }

    fn press(&mut self, key: KeyCode, deliver: Deliver<'_>) -> Decision {
        let fresh = self.down.insert(key);
        let held = self.modifiers();
        // A repetition counts too: else a world would see the chord's key with its modifiers.
        if chord::completes(self.attention, key, held) {
            self.attend(deliver);
            return Decision::Moved;
        }
        if held.contains(COMMAND) && self.is_command(key) {
            return if fresh && self.command(key, deliver) {
                Decision::Moved
            } else {
                Decision::Done
            };
        }
        if self.scene == Scene::Trusted {
            return Decision::Trusted;
        }
        // What the keyboard repeats is left out: each world repeats keys by its own clock.
        if fresh {
            self.pass(key, true, deliver);
        }
        Decision::Done
    }

    fn attend(&mut self, deliver: Deliver<'_>) {
        self.release_delivered(deliver);
        if self.scene != Scene::Trusted {
            self.before = self.scene;
        }
        self.scene = Scene::Trusted;
        self.held = false;
    }

    /// Whether the key, with [`COMMAND`] held, means something here. Worlds never get those.
    fn is_command(&self, key: KeyCode) -> bool {
        (keys::DIGIT_1.0..=keys::DIGIT_0.0).contains(&key.0)
            || [keys::TAB, keys::H, keys::LEFT, keys::RIGHT].contains(&key)
    }

    fn command(&mut self, key: KeyCode, deliver: Deliver<'_>) -> bool {
        let full = if self.scene == Scene::Trusted { self.before } else { self.scene };
        match key {
            keys::TAB => {
                let tiled = self.scene == Scene::Tiled;
                self.show(self.world, if tiled { Scene::Full } else { Scene::Tiled }, deliver)
            }
            keys::H => {
                let focused = self.focused().is_some();
                self.held = focused && !self.held;
                focused
            }
            keys::LEFT => {
                let last = self.worlds.saturating_sub(1);
                self.show(self.world.checked_sub(1).unwrap_or(last), full, deliver)
            }
            keys::RIGHT => {
                let next = self.world + 1;
                self.show(if next < self.worlds { next } else { 0 }, full, deliver)
            }
            KeyCode(digit) => self.show((digit - keys::DIGIT_1.0) as World, Scene::Full, deliver),
        }
    }

    /// Passes a key on to the focused world, unless the world never got its press.
    fn pass(&mut self, key: KeyCode, pressed: bool, deliver: Deliver<'_>) {
        let Some(world) = self.focused() else { return };
        let known = if pressed { self.delivered.insert(key) } else { self.delivered.remove(key) };
        if known {
            deliver(world, InputRecord::Key { code: key.0, pressed });
        }
    }

    fn release(&mut self, key: KeyCode, deliver: Deliver<'_>) {
        self.down.remove(key);
        self.pass(key, false, deliver);
    }

    /// The focused world gets the release of all that it believes to be down.
    fn release_delivered(&mut self, deliver: Deliver<'_>) {
        for key in self.delivered.iter() {
            self.pass(key, false, deliver);
        }
    }
}

/// What is held for the commands that move the focus.
pub const COMMAND: Modifiers = Modifiers::CONTROL.union(Modifiers::ALT);

#[cfg(test)]
mod tests;
