//! What can be done on the trusted screen, each with its key.

use cloister_abi::Command;
use heapless::Vec;

use super::report::{State, WorldReport};
use crate::{
    font,
    geometry::{Point, Rect},
    layout::Layout,
    surface::Surface,
    theme,
};

/// What a button stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Show,
    Control(Command),
    Tiles,
    Find,
    LargeText,
    Reboot,
    PowerOff,
}

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Button {
    pub(super) choice: Choice,
    /// The key, as it is written.
    pub(super) key: &'static str,
    /// The character that the key types, if it types one.
    pub(super) typed: Option<char>,
    pub(super) name: &'static str,
}

/// The buttons that make sense now.
pub(super) type Buttons = Vec<Button, 12>;

/// The buttons for the selected world, if there is one, and for the appliance.
pub(super) fn offered(world: Option<&WorldReport<'_>>) -> Buttons {
    let letter = |choice, key: &'static str, name| {
        let typed = key.chars().next().map(|key| key.to_ascii_lowercase());
        Button { choice, key, typed, name }
    };
    let control = |command, key, name| letter(Choice::Control(command), key, name);
    let mut buttons = Buttons::new();
    let mut add = |button| {
        // There are twelve at most.
        let _ = buttons.push(button);
    };
    if let Some(world) = world {
        add(Button { choice: Choice::Show, key: "Enter", typed: None, name: "Show" });
        match world.state {
            State::Running => add(control(Command::Pause, "P", "Pause")),
            State::Paused => add(control(Command::Resume, "P", "Resume")),
            State::Stopped | State::Failed => add(control(Command::Start, "S", "Start")),
        }
        if matches!(world.state, State::Running | State::Paused) {
            add(control(Command::Restart, "R", "Restart"));
            add(control(Command::Stop, "X", "Stop"));
        }
        add(letter(Choice::Tiles, "T", "Tiles"));
    }
    add(letter(Choice::Find, "F", "Find"));
    add(letter(Choice::LargeText, "L", "Text size"));
    add(letter(Choice::Reboot, "B", "Reboot"));
    add(letter(Choice::PowerOff, "O", "Power off"));
    buttons
}

/// Where each button goes within `area`: from left to right, in as many rows as it takes.
pub(super) fn places(
    layout: &Layout,
    area: Rect,
    buttons: &Buttons,
) -> impl Iterator<Item = (Button, Rect)> {
    let (gap, height, advance) = (layout.gap(), button_height(layout), layout.body.advance());
    let (mut x, mut y) = (area.x, area.y);
    buttons.clone().into_iter().map(move |button| {
        // The key, a space, the name, and one space at each end.
        let columns = font::length(button.key) + font::length(button.name) + 4;
        let width = columns as i32 * advance;
        if x > area.x && x + width > area.right() {
            (x, y) = (area.x, y + height + gap / 2);
        }
        let place = Rect::new(x, y, width, height);
        x += width + gap;
        (button, place)
    })
}

/// How high the rows of buttons are together.
pub(super) fn height(layout: &Layout, width: i32, buttons: &Buttons) -> i32 {
    let area = Rect::new(0, 0, width, 0);
    places(layout, area, buttons).last().map_or(0, |(_, place)| place.bottom())
}

const fn button_height(layout: &Layout) -> i32 {
    layout.body.height() * 3 / 2
}

/// The button at a point.
pub(super) fn at(layout: &Layout, area: Rect, buttons: &Buttons, point: Point) -> Option<Button> {
    places(layout, area, buttons).find(|(_, place)| place.contains(point)).map(|(button, _)| button)
}

/// Draws the buttons.
pub(super) fn draw(surface: &mut Surface<'_>, layout: &Layout, area: Rect, buttons: &Buttons) {
    let face = layout.body;
    for (button, place) in places(layout, area, buttons) {
        surface.fill(place, theme::BUTTON);
        surface.frame(place, layout.line(), theme::LINE);
        let y = place.y + (place.height - face.height()) / 2;
        let x = place.x + face.advance() * 3 / 2;
        let x = surface.text(x, y, face.bold(), theme::ACCENT, button.key);
        surface.text(x + face.advance(), y, face, theme::TEXT, button.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Size, label::Label};

    #[test]
    fn no_two_buttons_have_one_key_and_none_lies_outside() {
        let label = Label::trusted();
        for state in [State::Running, State::Paused, State::Stopped, State::Failed] {
            let world =
                WorldReport { name: "", label: &label, state, cpu: 0, memory: 0, display: None };
            let buttons = offered(Some(&world));
            for (index, button) in buttons.iter().enumerate() {
                assert!(buttons.iter().skip(index + 1).all(|other| other.key != button.key));
            }
            for (width, height) in [(800, 600), (1920, 1080)] {
                for large in [false, true] {
                    let layout = Layout::new(Size::new(width, height), large);
                    for (_, place) in places(&layout, layout.area, &buttons) {
                        assert_eq!(place.intersection(layout.area), place);
                    }
                }
            }
        }
    }
}
