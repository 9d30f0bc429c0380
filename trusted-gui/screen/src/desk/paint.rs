//! Keeping the picture up to date.

use core::fmt::Write;

use heapless::String;

use super::{Desk, Said, scene::Shown};
use crate::{
    canvas::{Canvas, Parts},
    color::BLACK,
    focus::{Scene, World},
    geometry::Rect,
    input::chord,
    label::Label,
    layout::Layout,
    strip::{Edge, Strip},
    surface::Surface,
    theme,
    trusted::{Report, State},
    view::{Look, Pixels, Scratch},
};

/// Gives the pixels of worlds.
pub type Source<'a> = &'a dyn Fn(World) -> Option<&'a dyn Pixels>;

impl Desk {
    /// Brings the canvas up to date.
    ///
    /// Of the worlds' pictures about `budget` of their pixels are looked at, and the next call goes on
    /// from there, so that a call takes a limited time; when something else has changed, all of them.
    /// A strip is drawn only when what it says has changed.
    pub fn draw(
        &mut self,
        canvas: &mut Canvas<'_>,
        report: &Report<'_>,
        source: Source<'_>,
        scratch: &mut Scratch,
        budget: u32,
    ) {
        let shown = self.shown(report);
        let said = said(report, &shown, source);
        let all = self.stale || said != self.said;
        let Parts { mut top, mut area, mut bottom } = canvas.split(&self.layout);
        if all {
            self.draw_strips(&mut top, &mut bottom, report);
            self.draw_chrome(&mut area, report, &shown, said.pictured);
            (self.stale, self.said) = (false, said);
            self.next = (0, 0);
        }
        let budget = if all { u32::MAX } else { budget };
        self.update_pictures(&mut area, &shown, source, scratch, budget);
    }

    fn draw_strips(&self, top: &mut Surface<'_>, bottom: &mut Surface<'_>, report: &Report<'_>) {
        let trusted = Label::trusted();
        let focused = self.focus.focused().and_then(|world| report.worlds.get(usize::from(world)));
        let (label, world) =
            focused.map_or((&trusted, "Cloister"), |world| (world.label, world.name));
        let mut name = String::<80>::new();
        let paused = focused.is_some_and(|world| world.state == State::Paused);
        // A name has at most 63 characters.
        let _ = write!(name, "{world}{}", if paused { " (paused)" } else { "" });
        let attention = chord::name(self.settings.attention);
        let mut long = String::<64>::new();
        let _ = write!(long, "{attention}: trusted screen");
        let (upper, lower): (&[&str], &[&str]) = match (focused, self.focus.held()) {
            (None, _) => (
                &["Esc: back to the worlds", "Esc: back"],
                &["Arrows: choose   Tab: next list", "Arrows, Tab"],
            ),
            (Some(_), true) => (
                &["KEYBOARD HELD HERE (Ctrl+Alt+H)", "KEYBOARD HELD", "HELD"],
                &["KEYBOARD HELD HERE (Ctrl+Alt+H)", "KEYBOARD HELD", "HELD"],
            ),
            (Some(_), false) => {
                (&[&long, &attention], &["Ctrl+Alt+Tab: all worlds", "Ctrl+Alt+Tab"])
            }
        };
        let layout = &self.layout;
        let strip = Strip { label, name: &name, notes: upper };
        top.strip(layout.top, Edge::Top, layout.strip_face, &strip);
        let strip = Strip { notes: lower, ..strip };
        bottom.strip(layout.bottom, Edge::Bottom, layout.strip_face, &strip);
    }

    /// Draws all between the strips but the worlds' pictures.
    fn draw_chrome(
        &self,
        area: &mut Surface<'_>,
        report: &Report<'_>,
        shown: &[Shown<'_>],
        pictured: u64,
    ) {
        match self.focus.scene() {
            Scene::Trusted => return self.trusted.draw(area, &self.layout, report),
            Scene::Full => area.fill(self.layout.area, BLACK),
            Scene::Tiled => area.fill(self.layout.area, theme::GROUND),
        }
        for one in shown {
            let inside = match &one.tile {
                Some(tile) => {
                    tile.draw(area, &self.layout);
                    tile.inside(&self.layout)
                }
                None => self.layout.area,
            };
            if pictured >> (one.world & 63) & 1 == 0 {
                self.absent(area, inside, report, one.world);
            }
        }
    }

    /// Says why a world has no picture.
    fn absent(&self, area: &mut Surface<'_>, inside: Rect, report: &Report<'_>, world: World) {
        let Some(about) = report.worlds.get(usize::from(world)) else { return };
        let layout: &Layout = &self.layout;
        let word = if about.state.has_picture() { "no picture" } else { about.state.word() };
        let line = layout.body.height() * 3 / 2;
        let (first, rest) = inside.split_top((inside.height + line) / 2);
        let (_, first) = first.split_top(first.height - line);
        area.clipped(inside).text_centered(first, layout.body.bold(), theme::TEXT, word);
        let mut advice = String::<64>::new();
        let _ = write!(advice, "{} to start it", chord::name(self.settings.attention));
        let (second, _) = rest.split_top(line);
        let room = inside.width - 4 * layout.gap();
        let fits = layout.body.width(&advice) <= room && second.height == line;
        if fits && !about.state.has_picture() {
            area.text_centered(second, layout.body, theme::QUIET, &advice);
        }
    }

    /// Looks at the pictures, each at most once, as far as the budget goes.
    fn update_pictures(
        &mut self,
        area: &mut Surface<'_>,
        shown: &[Shown<'_>],
        source: Source<'_>,
        scratch: &mut Scratch,
        budget: u32,
    ) {
        let mut left = budget;
        let start = self.next.0.min(shown.len());
        let (before, after) = shown.split_at(start);
        let mut index = start;
        for one in after.iter().chain(before) {
            let Some((picture, pixels)) = one.picture.zip(source(one.world)) else {
                index += 1;
                continue;
            };
            let look = match &one.tile {
                Some(tile) if !tile.focused => Look::Dimmed,
                _ => Look::Plain,
            };
            let first = if index == start { self.next.1 } else { 0 };
            let rows = (left / picture.row_cost()).clamp(1, MOST_ROWS) as i32;
            let end = first.saturating_add(rows).min(picture.target.height);
            picture.update(first..end, look, pixels, scratch, area);
            if end < picture.target.height {
                self.next = (index % shown.len().max(1), end);
                return;
            }
            left = left.saturating_sub((end - first).max(0) as u32 * picture.row_cost());
            index += 1;
            if left == 0 {
                break;
            }
        }
        self.next = (index % shown.len().max(1), 0);
    }
}

/// What is to be said about the worlds that are shown.
fn said(report: &Report<'_>, shown: &[Shown<'_>], source: Source<'_>) -> Said {
    let mut said = Said::default();
    for one in shown {
        let bit = 1 << (one.world & 63);
        let state = report.worlds.get(usize::from(one.world)).map(|world| world.state);
        if one.picture.is_some() && source(one.world).is_some() {
            said.pictured |= bit;
        }
        match state {
            Some(State::Paused) => said.paused |= bit,
            Some(State::Failed) => said.failed |= bit,
            Some(State::Running | State::Stopped) | None => {}
        }
    }
    said
}

/// More rows than any picture has.
const MOST_ROWS: u32 = 1 << 16;
