//! What keyboard and mouse do.

use cloister_policy_format::Modifiers;
use cloister_ring::InputRecord;

use super::{Desk, Output, Pointing, Sink};
use crate::{
    focus::{Decision, Scene, World},
    geometry::Point,
    input::{KeyCode, keys, mouse, typing::Typed},
    trusted::{Action, Report, Response, TrustedScreen},
};

impl Desk {
    /// Takes a byte from the keyboard.
    pub fn keyboard(&mut self, byte: u8, report: &Report<'_>, sink: Sink<'_>) {
        let (stroke, code) = self.keyboard.feed(byte);
        let typed = code.and_then(|code| self.typing.feed(code));
        let Some(stroke) = stroke else { return };
        let before = (self.focus.scene(), self.focus.focused());
        let decision =
            self.focus.stroke(stroke, &mut |world, input| sink(Output::Input { world, input }));
        match decision {
            Decision::Done => {}
            Decision::Moved => self.moved(before, sink),
            Decision::Trusted => {
                let command = self.focus.modifiers().contains(Modifiers::CONTROL);
                let typed = typed.filter(|key| !command || !matches!(key, Typed::Character(_)));
                if let Some(key) = typed {
                    let response = self.trusted.typed(key, report);
                    self.respond(response, sink);
                }
            }
        }
    }

    /// Takes a byte from the mouse.
    pub fn mouse(&mut self, byte: u8, report: &Report<'_>, sink: Sink<'_>) {
        let Some(packet) = self.mouse.feed(byte) else { return };
        self.move_pointer(packet.right, packet.down);
        self.pointed(&packet, report, sink);
        for (bit, button) in mouse::BUTTONS.into_iter().enumerate() {
            let (was, is) = (self.buttons >> bit & 1 != 0, packet.buttons >> bit & 1 != 0);
            if was != is {
                self.clicked(button, is, report, sink);
            }
        }
        self.buttons = packet.buttons;
    }

    /// Passes movement and wheel on to whom the pointer is over.
    fn pointed(&mut self, packet: &mouse::Packet, report: &Report<'_>, sink: Sink<'_>) {
        if self.focus.scene() == Scene::Trusted {
            if packet.wheel != 0 {
                let response = self.trusted.turned(packet.wheel, report);
                self.respond(response, sink);
            }
            return;
        }
        let Some((_, pixel)) = self.over_focused(report) else { return };
        let mut tell = |input| {
            self.focus.movement(input, &mut |world, input| sink(Output::Input { world, input }));
        };
        if (packet.right, packet.down) != (0, 0) {
            match (self.settings.pointing, pixel) {
                (Pointing::Absolute, Some(Point { x, y })) => {
                    tell(InputRecord::Position { x: x as u16, y: y as u16 });
                }
                (Pointing::Absolute, None) => {}
                (Pointing::Relative, _) => {
                    tell(InputRecord::Move { right: packet.right, down: packet.down });
                }
            }
        }
        if packet.wheel != 0 {
            tell(InputRecord::Wheel { steps: packet.wheel.into() });
        }
    }

    fn clicked(&mut self, button: KeyCode, pressed: bool, report: &Report<'_>, sink: Sink<'_>) {
        let mut tell = |world, input| sink(Output::Input { world, input });
        if !pressed {
            self.focus.button(button, false, &mut tell);
        } else if self.focus.scene() == Scene::Trusted {
            self.focus.button_kept(button);
            if button == keys::BUTTON_LEFT {
                let response = self.trusted.clicked(&self.layout, self.pointer, report);
                self.respond(response, sink);
            }
        } else if self.over_focused(report).is_some() {
            self.focus.button(button, true, &mut tell);
        } else {
            self.focus.button_kept(button);
            if let Some((world, _)) = self.at(report, self.pointer) {
                self.show(world, Scene::Tiled, sink);
            }
        }
    }

    /// The focused world and its pixel, if the pointer is over it. A world that is shown alone has the
    /// whole area.
    fn over_focused(&self, report: &Report<'_>) -> Option<(World, Option<Point>)> {
        self.at(report, self.pointer).filter(|(world, _)| Some(*world) == self.focus.focused())
    }

    fn respond(&mut self, response: Response, sink: Sink<'_>) {
        self.stale |= response != Response::None;
        let Response::Act(action) = response else { return };
        match action {
            Action::Show(world) => self.show(world, Scene::Full, sink),
            Action::Tiles => self.show(self.focus.latest(), Scene::Tiled, sink),
            Action::Leave => {
                let before = (self.focus.scene(), self.focus.focused());
                let mut tell = |world, input| sink(Output::Input { world, input });
                if self.focus.back(&mut tell) {
                    self.moved(before, sink);
                }
            }
            Action::LargeText => self.set_large_text(!self.settings.large_text),
            Action::Control { world, command } => sink(Output::Control { world, command }),
            Action::Reboot => sink(Output::Reboot),
            Action::PowerOff => sink(Output::PowerOff),
        }
    }

    fn show(&mut self, world: World, scene: Scene, sink: Sink<'_>) {
        let before = (self.focus.scene(), self.focus.focused());
        let mut tell = |world, input| sink(Output::Input { world, input });
        if self.focus.show(world, scene, &mut tell) {
            self.moved(before, sink);
        }
    }

    /// Follows a change of focus or scene.
    fn moved(&mut self, (scene, focused): (Scene, Option<World>), sink: Sink<'_>) {
        self.stale = true;
        if self.focus.scene() == Scene::Trusted {
            // Also when it was there already: a question that waits is not answered by accident.
            self.trusted = TrustedScreen::new(self.focus.latest());
        }
        if self.focus.focused() != focused {
            sink(Output::Focused(self.focus.focused()));
        }
        if self.focus.scene() != scene {
            self.next = (0, 0);
        }
    }
}
