//! Small drawings: a world's state, the direction of a flow, a bar.

use super::report::{Direction, State};
use crate::{
    color::{Color, pixel},
    geometry::Rect,
    surface::Surface,
    theme,
};

/// The colour of a state. Its symbol and word say the same.
pub(super) const fn state_color(state: State) -> Color {
    match state {
        State::Running => theme::GOOD,
        State::Paused => theme::WAITING,
        State::Stopped => theme::QUIET,
        State::Failed => theme::BAD,
    }
}

impl Surface<'_> {
    /// A triangle for running, two bars for paused, a square for stopped, a cross for failed.
    pub(super) fn state_symbol(&mut self, cell: Rect, state: State) {
        let side = cell.height / 2;
        let place = cell.centered(crate::geometry::Size::new(side, side));
        let inside = |x: i32, y: i32| match state {
            State::Running => x <= side - 1 - (2 * y + 1 - side).abs(),
            State::Paused => x < side * 3 / 8 || x >= side - side * 3 / 8,
            State::Stopped => {
                let line = (side / 6).max(1);
                x < line || y < line || x >= side - line || y >= side - line
            }
            State::Failed => {
                let line = (side / 6).max(1);
                (x - y).abs() <= line || (x + y + 1 - side).abs() <= line
            }
        };
        self.stipple(place, state_color(state), inside);
    }

    /// An arrow to the right; both ways for [`Direction::Both`], through a gate for a guard.
    pub(super) fn flow_symbol(&mut self, cell: Rect, direction: Direction, ink: Color) {
        let (width, height) = (cell.width, cell.height / 2);
        let place = cell.centered(crate::geometry::Size::new(width, height));
        let (middle, line) = (height / 2, (height / 10).max(1));
        let head = height / 2;
        let inside = |x: i32, y: i32| {
            let away = (y - middle).abs();
            let shaft = away < line;
            let right = away <= width - 1 - x && width - 1 - x < head;
            let left = away <= x && x < head;
            let gate = (x - width / 2).abs() < line;
            match direction {
                Direction::Up => shaft || right,
                Direction::Both => shaft || right || left,
                Direction::Guarded => shaft || right || gate,
            }
        };
        self.stipple(place, ink, inside);
    }

    /// A bar that is filled by `share` of 100.
    pub(super) fn bar(&mut self, rect: Rect, share: u8, ink: Color) {
        self.fill(rect, theme::LINE);
        let width = rect.width * i32::from(share.min(100)) / 100;
        let (full, _) = rect.split_left(if share > 0 { width.max(2) } else { 0 });
        self.fill(full, ink);
    }

    fn stipple(&mut self, place: Rect, ink: Color, inside: impl Fn(i32, i32) -> bool) {
        let visible = place.intersection(self.bounds());
        let value = pixel(ink);
        for y in visible.y..visible.bottom() {
            for (pixel, x) in self.row(visible.x, y, visible.width).iter_mut().zip(visible.x..) {
                if inside(x - place.x, y - place.y) {
                    *pixel = value;
                }
            }
        }
        self.mark(visible);
    }
}
