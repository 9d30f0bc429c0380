//! The lists of open flows and of audit records.

use super::{
    arrange::row,
    report::{Direction, Flow, Record, Report},
    text,
};
use crate::{font, geometry::Rect, layout::Layout, strip::abbreviated, surface::Surface, theme};

/// How many lines fit.
pub(super) fn room(layout: &Layout, inner: Rect) -> usize {
    (inner.height / row(layout)).max(0) as usize
}

/// The lines that fit.
fn lines(layout: &Layout, inner: Rect) -> impl Iterator<Item = Rect> {
    let height = row(layout);
    let numbers = 0..room(layout, inner) as i32;
    numbers.map(move |number| Rect { y: inner.y + number * height, height, ..inner })
}

fn draw_nothing(surface: &mut Surface<'_>, layout: &Layout, inner: Rect, why: &str) {
    surface.paragraph(inner, layout.body, row(layout), theme::QUIET, why);
}

/// Draws the flows from number `first` on.
pub(super) fn draw_flows(
    surface: &mut Surface<'_>,
    layout: &Layout,
    inner: Rect,
    report: &Report<'_>,
    first: usize,
) {
    if report.flows.is_empty() {
        return draw_nothing(surface, layout, inner, "Nothing may flow between worlds.");
    }
    let columns = (inner.width / layout.body.advance()).max(0) as usize;
    let longest =
        |text: &dyn Fn(&Flow<'_>) -> usize| report.flows.iter().map(text).max().unwrap_or(0);
    let arrow = 5;
    // Names first; what kind of flow it is gets the rest, but at least a quarter.
    let names = columns.saturating_sub(columns / 4 + arrow + 2);
    let from = longest(&|flow| font::length(flow.from)).min(names / 2);
    let to = longest(&|flow| font::length(flow.to)).min(names - from);
    let kind = columns.saturating_sub(from + arrow + to + 2);
    for (flow, line) in report.flows.iter().skip(first).zip(lines(layout, inner)) {
        draw_flow(surface, layout, line, flow, [from, arrow, to, kind]);
    }
}

fn draw_flow(
    surface: &mut Surface<'_>,
    layout: &Layout,
    line: Rect,
    flow: &Flow<'_>,
    [from, arrow, to, kind]: [usize; 4],
) {
    let (face, advance) = (layout.body, layout.body.advance());
    let y = line.y + (line.height - face.height()) / 2;
    let ink = match flow.direction {
        Direction::Guarded => theme::WAITING,
        Direction::Up | Direction::Both => theme::QUIET,
    };
    surface.text(line.x, y, face, theme::TEXT, &abbreviated(flow.from, from));
    let x = line.x + (from as i32 + 1) * advance;
    let place = Rect::new(x, line.y, (arrow as i32 - 2) * advance, line.height);
    surface.flow_symbol(place, flow.direction, ink);
    let x = line.x + (from + arrow) as i32 * advance;
    surface.text(x, y, face, theme::TEXT, &abbreviated(flow.to, to));
    let x = x + (to as i32 + 2) * advance;
    surface.text(x, y, face, ink, &abbreviated(flow.kind, kind));
}

/// Draws the records that end `back` lines before the latest.
pub(super) fn draw_records(
    surface: &mut Surface<'_>,
    layout: &Layout,
    inner: Rect,
    report: &Report<'_>,
    back: usize,
) {
    if report.records.is_empty() {
        return draw_nothing(surface, layout, inner, "Nothing has been recorded since boot.");
    }
    let end = report.records.len().saturating_sub(back);
    let first = end.saturating_sub(room(layout, inner));
    for (record, line) in report.records.iter().take(end).skip(first).zip(lines(layout, inner)) {
        draw_record(surface, layout, line, record);
    }
}

fn draw_record(surface: &mut Surface<'_>, layout: &Layout, line: Rect, record: &Record<'_>) {
    let (face, advance) = (layout.body, layout.body.advance());
    let y = line.y + (line.height - face.height()) / 2;
    let x = surface.text(line.x, y, face, theme::QUIET, &text::time(record.time)) + 2 * advance;
    let columns = ((line.right() - x) / advance).max(0) as usize;
    surface.text(x, y, face, theme::TEXT, &abbreviated(record.text, columns));
}
