//! The list of worlds.

use core::fmt::Write;

use heapless::String;

use super::{
    arrange::row,
    report::{Report, WorldReport},
    symbol::state_color,
    text,
};
use crate::{
    focus::World,
    font,
    geometry::{Point, Rect},
    layout::Layout,
    strip::abbreviated,
    surface::Surface,
    theme,
};

/// The most worlds that are listed.
const MOST_WORLDS: World = 64;

/// The worlds whose name contains what is looked for.
pub(super) fn matching<'r>(
    report: &'r Report<'_>,
    sought: &'r str,
) -> impl Iterator<Item = (World, &'r WorldReport<'r>)> {
    (0..MOST_WORLDS).zip(report.worlds).filter(move |(_, world)| world.name.contains(sought))
}

/// The part of the list that is shown: as much as there is room for, around the selected world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    inner: Rect,
    first: usize,
    rows: usize,
}

impl Shown {
    pub(super) fn new(
        layout: &Layout,
        inner: Rect,
        report: &Report<'_>,
        sought: &str,
        selected: World,
    ) -> Self {
        let count = matching(report, sought).count();
        let position = matching(report, sought).position(|(index, _)| index == selected);
        let rows = (inner.height / row(layout)).max(0) as usize;
        let first = position.unwrap_or(0).saturating_sub(rows / 2).min(count.saturating_sub(rows));
        Self { inner, first, rows }
    }

    /// The world at a point.
    pub(super) fn at(
        &self,
        layout: &Layout,
        report: &Report<'_>,
        sought: &str,
        point: Point,
    ) -> Option<World> {
        let line = (point.y - self.inner.y) / row(layout);
        let within = self.inner.contains(point) && (line as usize) < self.rows;
        within
            .then(|| matching(report, sought).nth(self.first + line as usize))?
            .map(|found| found.0)
    }

    /// Draws the rows.
    pub(super) fn draw(
        &self,
        surface: &mut Surface<'_>,
        layout: &Layout,
        report: &Report<'_>,
        sought: &str,
        selected: World,
    ) {
        let columns = Columns::new(self.inner, layout, report);
        let mut rest = self.inner;
        let mut any = false;
        for (index, world) in matching(report, sought).skip(self.first).take(self.rows) {
            let line;
            (line, rest) = rest.split_top(row(layout));
            columns.draw(surface, layout, line, index, world, index == selected);
            any = true;
        }
        if !any {
            let nothing = "No world has this in its name.";
            surface.paragraph(rest, layout.body, row(layout), theme::QUIET, nothing);
        }
    }
}

/// How wide the columns are, in characters.
struct Columns {
    number: i32,
    label: i32,
    name: i32,
    state: i32,
    bar: i32,
    memory: i32,
}

const SPACE: i32 = 2;

impl Columns {
    /// Divides a line: first what each world needs, then as much of the labels as fits.
    fn new(inner: Rect, layout: &Layout, report: &Report<'_>) -> Self {
        let all = inner.width / layout.body.advance();
        let longest = |length: &dyn Fn(&WorldReport<'_>) -> usize| {
            report.worlds.iter().map(length).max().unwrap_or(0) as i32
        };
        let name = longest(&|world| font::length(world.name));
        let short = longest(&|world| font::length(world.label.fitting(0)));
        let long = longest(&|world| font::length(world.label.fitting(usize::MAX)));
        let (number, state) = (2 + SPACE, 10 + SPACE);
        let memory = if all >= 56 { 8 } else { 0 };
        // A space and `100 %` after the bar.
        let share = 6 + SPACE;
        let bar = (all / 12).clamp(3, 12);
        let left = all - number - state - memory - share - bar - 2 * SPACE - LABEL_FRAME;
        let label = (left - name - 1).clamp(short, long.max(short));
        Self { number, label, name: (left - label).max(4), state, bar, memory }
    }

    fn draw(
        &self,
        surface: &mut Surface<'_>,
        layout: &Layout,
        line: Rect,
        index: World,
        world: &WorldReport<'_>,
        selected: bool,
    ) {
        let (face, advance) = (layout.body, layout.body.advance());
        let y = line.y + (line.height - face.height()) / 2;
        if selected {
            surface.fill(line, theme::SELECTED);
            surface.fill(Rect { width: 3 * layout.line(), ..line }, theme::ACCENT);
        }
        let ink = if selected { theme::TEXT } else { theme::QUIET };
        let mut x = line.x + advance;
        let mut number = String::<4>::new();
        let _ = write!(number, "{:>2}", index + 1);
        surface.text(x, y, face, theme::QUIET, &number);
        x += self.number * advance;

        let chip = Rect::new(x, line.y, (self.label + LABEL_FRAME) * advance, line.height);
        draw_label(surface, layout, chip.inset(layout.line()), world);
        x += (self.label + LABEL_FRAME + SPACE) * advance;

        let name = abbreviated(world.name, (self.name - 1).max(4) as usize);
        surface.text(x, y, if selected { face.bold() } else { face }, theme::TEXT, &name);
        x += self.name * advance;

        let symbol = Rect::new(x, line.y, 2 * advance, line.height);
        surface.state_symbol(symbol, world.state);
        let word = world.state.word();
        surface.text(x + 3 * advance, y, face, state_color(world.state), word);
        x += self.state * advance;

        let height = face.height() / 2;
        let bar = Rect::new(x, line.y + (line.height - height) / 2, self.bar * advance, height);
        surface.bar(bar, world.cpu, theme::ACCENT);
        let mut share = String::<8>::new();
        let _ = write!(share, " {:>3} %", world.cpu.min(100));
        surface.text(x + (self.bar * advance), y, face, ink, &share);
        x += (self.bar + 6 + SPACE) * advance;

        if self.memory > 0 {
            let memory = text::memory(world.memory);
            let right = x + (self.memory * advance) - face.width(&memory);
            surface.text(right, y, face, ink, &memory);
        }
    }
}

/// Characters of a label beside its text: the pattern, and more than a space at each end.
const LABEL_FRAME: i32 = 5;

/// The world's marking as a small label.
fn draw_label(surface: &mut Surface<'_>, layout: &Layout, place: Rect, world: &WorldReport<'_>) {
    let (face, label) = (layout.body, world.label);
    surface.fill(place, label.ground);
    let (mut pattern, rest) = place.split_left(2 * face.advance());
    // Three bands, so that the pattern is as fine as on a strip.
    let band = pattern.height / 3;
    for _ in 0..3 {
        let one;
        (one, pattern) = pattern.split_top(band);
        surface.pattern(one, label.pattern, label.ink);
    }
    let columns = (rest.width / face.advance() - 2).max(0) as usize;
    surface.text_centered(rest, face.bold(), label.ink, label.fitting(columns));
}
