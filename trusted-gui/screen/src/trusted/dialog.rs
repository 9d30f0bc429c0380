//! The question before something that cannot be undone.

use cloister_abi::Command;
use core::fmt::Write;
use heapless::String;

use super::{Action, text};
use crate::{
    geometry::{Point, Rect, Size},
    input::typing::Typed,
    layout::Layout,
    surface::Surface,
    theme,
};

/// A question: whether to do this. At first the answer is no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialog {
    action: Action,
    /// Whether the answer that Enter gives is yes.
    yes: bool,
}

/// What the user answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing yet.
    Pending(Dialog),
    No,
    Yes(Action),
}

/// The places of a dialog's parts.
struct Places {
    box_: Rect,
    text: Rect,
    no: Rect,
    yes: Rect,
}

impl Dialog {
    /// The question about an action, if it needs one: all that loses something.
    pub(super) fn about(action: Action) -> Option<Self> {
        let asks = match action {
            Action::Control { command, .. } => matches!(command, Command::Stop | Command::Restart),
            Action::Reboot | Action::PowerOff => true,
            Action::Show(_) | Action::Tiles | Action::Leave | Action::LargeText => false,
        };
        asks.then_some(Self { action, yes: false })
    }

    /// What comes of a key.
    pub(super) fn typed(self, key: Typed) -> Answer {
        match key {
            Typed::Character('y' | 'Y') => Answer::Yes(self.action),
            Typed::Character('n' | 'N') | Typed::Escape => Answer::No,
            Typed::Enter if self.yes => Answer::Yes(self.action),
            Typed::Enter => Answer::No,
            Typed::Left | Typed::Right | Typed::Tab => {
                Answer::Pending(Self { yes: !self.yes, ..self })
            }
            _ => Answer::Pending(self),
        }
    }

    /// What comes of a click.
    pub(super) fn clicked(self, layout: &Layout, point: Point) -> Answer {
        let places = self.places(layout);
        if places.yes.contains(point) {
            Answer::Yes(self.action)
        } else if places.no.contains(point) {
            Answer::No
        } else {
            Answer::Pending(self)
        }
    }

    /// Draws the question over whatever is there.
    pub(super) fn draw(self, surface: &mut Surface<'_>, layout: &Layout, name: &str) {
        let Places { box_, text, no, yes } = self.places(layout);
        let (face, line) = (layout.body, layout.line());
        surface.fill(box_.inset(-2 * line), theme::GROUND);
        let surface = &mut surface.clipped(box_);
        surface.fill(box_, theme::PANEL);
        surface.frame(box_, 2 * line, theme::BAD);
        let leading = super::arrange::row(layout);
        let y = surface.paragraph(text, face.bold(), leading, theme::TEXT, &self.question(name));
        let (_, rest) = text.split_top(y - text.y + leading / 4);
        surface.paragraph(rest, face, leading, theme::QUIET, self.consequence());
        for (place, text, chosen) in [(no, "N  Cancel", !self.yes), (yes, self.verb(), self.yes)] {
            let ink = if place == yes { theme::BAD } else { theme::TEXT };
            surface.fill(place, if chosen { theme::SELECTED } else { theme::BUTTON });
            let (thickness, color) =
                if chosen { (2 * line, theme::ACCENT) } else { (line, theme::LINE) };
            surface.frame(place, thickness, color);
            surface.text_centered(place, face.bold(), ink, text);
        }
    }

    fn question(self, name: &str) -> String<128> {
        let mut question = String::new();
        // A name has at most 63 characters.
        let _ = match self.action {
            Action::Control { command: Command::Restart, .. } => {
                write!(question, "Restart the world {name}?")
            }
            Action::Control { .. } => write!(question, "Stop the world {name}?"),
            Action::Reboot => write!(question, "Start the appliance anew?"),
            _ => write!(question, "Switch the appliance off?"),
        };
        question
    }

    const fn consequence(self) -> &'static str {
        match self.action {
            Action::Control { command: Command::Restart, .. } => {
                "It begins again from the measured image. What it has not saved is lost."
            }
            Action::Control { .. } => "What it has not saved is lost.",
            _ => "All worlds stop. What they have not saved is lost.",
        }
    }

    const fn verb(self) -> &'static str {
        match self.action {
            Action::Control { command: Command::Restart, .. } => "Y  Restart",
            Action::Control { .. } => "Y  Stop",
            Action::Reboot => "Y  Reboot",
            _ => "Y  Power off",
        }
    }

    fn places(self, layout: &Layout) -> Places {
        let (face, gap, row) = (layout.body, layout.gap(), super::arrange::row(layout));
        let width = (54 * face.advance()).min(layout.area.width - 4 * gap);
        let columns = ((width - 4 * gap) / face.advance()).max(1) as usize;
        // The longest question has a name of 63 characters; each line is at least half full.
        let lines =
            1 + 63_usize.div_ceil(columns) as i32 + text::lines(self.consequence(), columns);
        let button = face.height() * 3 / 2;
        let height = lines * row + button + 5 * gap;
        let box_ = layout.area.centered(Size::new(width, height.min(layout.area.height)));
        let inner = box_.inset(2 * gap);
        let (text, buttons) = inner.split_top(inner.height - button);
        let (no, rest) = buttons.split_left((inner.width - gap) / 2);
        let (_, yes) = rest.split_left(gap);
        Places { box_, text, no, yes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOP: Action = Action::Control { world: 2, command: Command::Stop };

    #[test]
    fn enter_alone_never_confirms() {
        let dialog = Dialog::about(STOP).unwrap();
        assert_eq!(dialog.typed(Typed::Enter), Answer::No);
        assert_eq!(dialog.typed(Typed::Escape), Answer::No);
        assert_eq!(dialog.typed(Typed::Character('y')), Answer::Yes(STOP));
        let Answer::Pending(dialog) = dialog.typed(Typed::Right) else { panic!("not answered") };
        assert_eq!(dialog.typed(Typed::Enter), Answer::Yes(STOP));
    }

    #[test]
    fn only_what_loses_something_is_asked_about() {
        assert!(Dialog::about(Action::PowerOff).is_some());
        assert!(Dialog::about(Action::Reboot).is_some());
        assert!(Dialog::about(Action::Show(1)).is_none());
        let pause = Action::Control { world: 0, command: Command::Pause };
        assert!(Dialog::about(pause).is_none());
    }

    #[test]
    fn clicks_beside_the_answers_answer_nothing() {
        let layout = Layout::new(Size::new(800, 600), false);
        let dialog = Dialog::about(STOP).unwrap();
        assert_eq!(dialog.clicked(&layout, Point::new(1, 100)), Answer::Pending(dialog));
        let yes = dialog.places(&layout).yes;
        assert_eq!(dialog.clicked(&layout, Point::new(yes.x, yes.y)), Answer::Yes(STOP));
    }
}
