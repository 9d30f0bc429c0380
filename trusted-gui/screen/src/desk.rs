//! The whole trusted GUI: input goes in, what is to be done comes out, and the picture is kept up to date.

mod input;
mod paint;
mod scene;

use cloister_abi::Command;
use cloister_policy_format::{Display, KeyChord, KeyboardLayout};
use cloister_ring::InputRecord;

use crate::{
    focus::{Focus, Scene, World},
    geometry::{Point, Size},
    input::{
        mouse,
        scancode::{self, ScancodeSet},
        typing::Typing,
    },
    layout::Layout,
    pointer::Pointer,
    trusted::TrustedScreen,
};

/// What does not change while the appliance runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The attention key.
    pub attention: KeyChord,
    /// What keys mean on the trusted screen.
    pub keyboard: KeyboardLayout,
    /// Whether text is large at first.
    pub large_text: bool,
    /// What the keyboard sends.
    pub scancodes: ScancodeSet,
    /// What the mouse sends.
    pub mouse: mouse::Protocol,
    /// How a world that is shown alone follows the mouse.
    pub pointing: Pointing,
}

impl Settings {
    /// What the policy says, for devices that speak like this.
    #[must_use]
    pub const fn new(
        display: &Display,
        scancodes: ScancodeSet,
        mouse: mouse::Protocol,
        pointing: Pointing,
    ) -> Self {
        Self {
            attention: display.secure_attention,
            keyboard: display.keyboard,
            large_text: display.large_text,
            scancodes,
            mouse,
            pointing,
        }
    }
}

/// How worlds follow the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointing {
    /// By movements: the world that fills the screen draws its own pointer.
    Relative,
    /// By positions: the pointer that is drawn here is the only one.
    Absolute,
}

/// What the component has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Tell the world this.
    Input {
        /// The focused world.
        world: World,
        /// What it is told.
        input: InputRecord,
    },
    /// The focus moved; for the audit ring.
    Focused(Option<World>),
    /// Ask the kernel for this.
    Control {
        /// The world that it is about.
        world: World,
        /// What to do with it.
        command: Command,
    },
    /// Start the appliance anew.
    Reboot,
    /// Switch it off.
    PowerOff,
}

/// Takes what is to be done.
pub type Sink<'a> = &'a mut dyn FnMut(Output);

/// What frames and strips say about worlds, one bit for each world: if it changes they are drawn anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    /// Those whose picture is shown; of the others it is said why there is none.
    pictured: u64,
    /// Those that are said to be paused.
    paused: u64,
    /// Those that are said to have failed.
    failed: u64,
}

/// The trusted GUI.
#[derive(Debug)]
pub struct Desk {
    screen: Size,
    settings: Settings,
    layout: Layout,
    focus: Focus,
    keyboard: scancode::Decoder,
    typing: Typing,
    mouse: mouse::Decoder,
    /// The mouse buttons that are down.
    buttons: u8,
    pointer: Point,
    trusted: TrustedScreen,
    /// Whether all of the picture has to be drawn anew.
    stale: bool,
    /// What was said about the worlds that are shown.
    said: Said,
    /// The picture and row that are to be looked at next.
    next: (usize, i32),
}

impl Desk {
    /// The trusted screen on a screen of this size, for so many worlds; nothing is focused.
    #[must_use]
    pub fn new(screen: Size, settings: Settings, worlds: World) -> Self {
        let layout = Layout::new(screen, settings.large_text);
        Self {
            screen,
            settings,
            layout,
            focus: Focus::new(settings.attention, worlds),
            keyboard: scancode::Decoder::new(settings.scancodes),
            typing: Typing::new(settings.keyboard),
            mouse: mouse::Decoder::new(settings.mouse),
            buttons: 0,
            pointer: Point::new(layout.area.width / 2, layout.area.y + layout.area.height / 2),
            trusted: TrustedScreen::new(0),
            stale: true,
            said: Said::default(),
            next: (0, 0),
        }
    }

    /// The division of the screen.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Who is focused, and what is shown.
    #[must_use]
    pub const fn focus(&self) -> &Focus {
        &self.focus
    }

    /// Notes that something in the report is new. The trusted screen will show it.
    pub fn report_changed(&mut self) {
        self.stale |= self.focus.scene() == Scene::Trusted;
    }

    /// Notes that no byte came from the mouse for a tenth of a second.
    pub const fn mouse_paused(&mut self) {
        self.mouse.pause();
    }

    /// The pointer, when it is drawn here.
    #[must_use]
    pub fn pointer(&self) -> Option<Pointer> {
        let own = self.focus.scene() != Scene::Full || self.settings.pointing == Pointing::Absolute;
        own.then(|| Pointer::new(self.pointer, self.layout.body.height()))
    }

    fn set_large_text(&mut self, large: bool) {
        self.settings.large_text = large;
        self.layout = Layout::new(self.screen, large);
        self.move_pointer(0, 0);
        self.stale = true;
    }

    /// Moves the pointer, which stays between the strips.
    fn move_pointer(&mut self, right: i16, down: i16) {
        let area = self.layout.area;
        let limited = |at: i32, by: i16, start: i32, length: i32| {
            (at + i32::from(by)).clamp(start, start + (length - 1).max(0))
        };
        self.pointer = Point::new(
            limited(self.pointer.x, right, area.x, area.width),
            limited(self.pointer.y, down, area.y, area.height),
        );
    }
}

#[cfg(test)]
mod tests;
