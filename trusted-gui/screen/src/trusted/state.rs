//! What the trusted screen remembers, and what keys and clicks do.

use heapless::String;

use super::{
    Action, Response,
    arrange::{Arrangement, Panel},
    button::{self, Buttons, Choice},
    dialog::{Answer, Dialog},
    draw::content,
    report::Report,
    worlds::{Shown, matching},
};
use crate::{focus::World, geometry::Point, input::typing::Typed, layout::Layout};

/// The state of the trusted screen.
#[derive(Clone, Debug)]
pub struct TrustedScreen {
    pub(super) selected: World,
    pub(super) active: Panel,
    pub(super) sought: String<16>,
    /// Whether what is typed goes into `sought`.
    pub(super) finding: bool,
    pub(super) first_flow: usize,
    pub(super) records_back: usize,
    pub(super) dialog: Option<Dialog>,
}

impl TrustedScreen {
    /// The screen as it is when it appears, with this world selected.
    #[must_use]
    pub const fn new(selected: World) -> Self {
        Self {
            selected,
            active: Panel::Worlds,
            sought: String::new(),
            finding: false,
            first_flow: 0,
            records_back: 0,
            dialog: None,
        }
    }

    /// Takes a key.
    pub fn typed(&mut self, key: Typed, report: &Report<'_>) -> Response {
        if let Some(dialog) = self.dialog {
            return self.answered(dialog.typed(key));
        }
        if self.finding && self.found(key, report) {
            return Response::Changed;
        }
        match key {
            Typed::Escape if self.finding || !self.sought.is_empty() => {
                self.finding = false;
                self.sought.clear();
            }
            Typed::Escape => return Response::Act(Action::Leave),
            Typed::Tab | Typed::Right => self.turn(1),
            Typed::Left => self.turn(Panel::ALL.len() - 1),
            Typed::Up => self.scroll(-1, report),
            Typed::Down => self.scroll(1, report),
            Typed::PageUp => self.scroll(-8, report),
            Typed::PageDown => self.scroll(8, report),
            Typed::Home => self.scroll(-END, report),
            Typed::End => self.scroll(END, report),
            Typed::Enter => return self.choose(Choice::Show, report),
            Typed::Character(digit @ '1'..='9') => {
                self.select(digit as World - b'1', report);
            }
            Typed::Character(character) => {
                let wanted = character.to_lowercase().next();
                let buttons = self.buttons(report);
                return match buttons.iter().find(|button| button.typed == wanted) {
                    Some(button) => self.choose(button.choice, report),
                    None => Response::None,
                };
            }
            Typed::Backspace | Typed::Delete => return Response::None,
        }
        Response::Changed
    }

    /// Takes a click of the left button.
    pub fn clicked(&mut self, layout: &Layout, point: Point, report: &Report<'_>) -> Response {
        if let Some(dialog) = self.dialog {
            return self.answered(dialog.clicked(layout, point));
        }
        let buttons = self.buttons(report);
        let places = Arrangement::new(layout, self.active, &buttons);
        if let Some(button) = button::at(layout, places.buttons, &buttons, point) {
            return self.choose(button.choice, report);
        }
        let hit = |panel: &Panel| {
            places.panel(*panel).contains(point) || places.tab(*panel).contains(point)
        };
        let Some(panel) = Panel::ALL.into_iter().find(hit) else { return Response::None };
        self.active = panel;
        if panel == Panel::Worlds {
            let inner = content(layout, places.panel(Panel::Worlds));
            let shown = Shown::new(layout, inner, report, &self.sought, self.selected);
            if let Some(world) = shown.at(layout, report, &self.sought, point) {
                self.selected = world;
            }
        }
        Response::Changed
    }

    /// Takes a turn of the wheel, away from the user.
    pub fn turned(&mut self, steps: i8, report: &Report<'_>) -> Response {
        if self.dialog.is_some() {
            return Response::None;
        }
        self.scroll(-isize::from(steps), report);
        Response::Changed
    }

    /// What can be done now.
    pub(super) fn buttons(&self, report: &Report<'_>) -> Buttons {
        let visible = matching(report, &self.sought).any(|(index, _)| index == self.selected);
        button::offered(report.worlds.get(usize::from(self.selected)).filter(|_| visible))
    }

    /// Does what a button stands for, if it is offered now; asks first where something is lost.
    fn choose(&mut self, choice: Choice, report: &Report<'_>) -> Response {
        if !self.buttons(report).iter().any(|button| button.choice == choice) {
            return Response::None;
        }
        let world = self.selected;
        let action = match choice {
            Choice::Show => Action::Show(world),
            Choice::Control(command) => Action::Control { world, command },
            Choice::Tiles => Action::Tiles,
            Choice::LargeText => Action::LargeText,
            Choice::Reboot => Action::Reboot,
            Choice::PowerOff => Action::PowerOff,
            Choice::Find => {
                (self.finding, self.active) = (true, Panel::Worlds);
                self.sought.clear();
                return Response::Changed;
            }
        };
        self.dialog = Dialog::about(action);
        if self.dialog.is_some() { Response::Changed } else { Response::Act(action) }
    }

    fn answered(&mut self, answer: Answer) -> Response {
        self.dialog = match answer {
            Answer::Pending(dialog) => Some(dialog),
            Answer::No | Answer::Yes(_) => None,
        };
        if let Answer::Yes(action) = answer { Response::Act(action) } else { Response::Changed }
    }

    /// Takes a key while a name is looked for; whether it was one for that.
    fn found(&mut self, key: Typed, report: &Report<'_>) -> bool {
        match key {
            // What has no room is dropped: names that long differ before.
            Typed::Character(character) => drop(self.sought.push(character)),
            Typed::Backspace => drop(self.sought.pop()),
            Typed::Enter => self.finding = false,
            _ => return false,
        }
        let mut found = matching(report, &self.sought).map(|(index, _)| index);
        let first = found.next();
        if first != Some(self.selected) && !found.any(|index| index == self.selected) {
            self.selected = first.unwrap_or(self.selected);
        }
        true
    }

    fn turn(&mut self, by: usize) {
        let at = Panel::ALL.iter().position(|panel| *panel == self.active).unwrap_or(0);
        self.active =
            Panel::ALL.get((at + by) % Panel::ALL.len()).copied().unwrap_or(Panel::Worlds);
    }

    fn select(&mut self, world: World, report: &Report<'_>) {
        if matching(report, &self.sought).any(|(index, _)| index == world) {
            (self.selected, self.active) = (world, Panel::Worlds);
        }
    }

    /// Moves by lines in the active panel.
    fn scroll(&mut self, by: isize, report: &Report<'_>) {
        let moved = |at: usize, by: isize, count: usize| {
            at.saturating_add_signed(by).min(count.saturating_sub(1))
        };
        match self.active {
            Panel::Worlds => {
                let found = || matching(report, &self.sought).map(|(index, _)| index);
                let at = found().position(|index| index == self.selected).unwrap_or(0);
                let to = found().nth(moved(at, by, found().count()));
                self.selected = to.unwrap_or(self.selected);
            }
            Panel::Flows => self.first_flow = moved(self.first_flow, by, report.flows.len()),
            Panel::Records => {
                self.records_back = moved(self.records_back, -by, report.records.len());
            }
            Panel::Measurement => {}
        }
    }
}

/// Further than any list is long.
const END: isize = 1 << 20;

#[cfg(test)]
mod tests;
