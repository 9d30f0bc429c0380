//! The trusted screen as a picture.

use core::fmt::Write;

use cloister_evidence::{Digest, ShortCode};
use heapless::String;

use super::{
    TrustedScreen,
    arrange::{Arrangement, Panel, row},
    button, list,
    report::Report,
    text,
    worlds::Shown,
};
use crate::{geometry::Rect, layout::Layout, strip::abbreviated, surface::Surface, theme};

/// Where the content of a panel goes: below its title.
pub(super) fn content(layout: &Layout, panel: Rect) -> Rect {
    let inner = panel.inset(layout.gap());
    inner.split_top(row(layout) + layout.gap() / 2).1
}

impl TrustedScreen {
    /// Draws all of it between the strips.
    pub fn draw(&self, surface: &mut Surface<'_>, layout: &Layout, report: &Report<'_>) {
        let buttons = self.buttons(report);
        let places = Arrangement::new(layout, self.active, &buttons);
        surface.fill(layout.area, theme::GROUND);
        header(surface, layout, places.header, report);
        if places.tabs.is_some() {
            self.tabs(surface, layout, &places);
        }
        for panel in Panel::ALL {
            let rect = places.panel(panel);
            if !rect.is_empty() {
                self.panel(surface, layout, panel, rect, report);
            }
        }
        button::draw(surface, layout, places.buttons, &buttons);
        if let Some(dialog) = self.dialog {
            let name = report.worlds.get(usize::from(self.selected)).map_or("", |world| world.name);
            dialog.draw(surface, layout, name);
        }
    }

    fn tabs(&self, surface: &mut Surface<'_>, layout: &Layout, places: &Arrangement) {
        for panel in Panel::ALL {
            let tab = places.tab(panel);
            let active = panel == self.active;
            let (ground, ink) =
                if active { (theme::SELECTED, theme::TEXT) } else { (theme::BUTTON, theme::QUIET) };
            surface.fill(Rect { width: tab.width - layout.line(), ..tab }, ground);
            if active {
                let line = 2 * layout.line();
                surface.fill(Rect::new(tab.x, tab.bottom() - line, tab.width, line), theme::ACCENT);
            }
            let columns = (tab.width / layout.body.advance()).max(1) as usize - 1;
            let title = abbreviated(panel.title(), columns);
            surface.text_centered(tab, layout.body, ink, &title);
        }
    }

    fn panel(
        &self,
        surface: &mut Surface<'_>,
        layout: &Layout,
        panel: Panel,
        rect: Rect,
        report: &Report<'_>,
    ) {
        let surface = &mut surface.clipped(rect);
        surface.fill(rect, theme::PANEL);
        if panel == self.active {
            surface.frame(rect, layout.line(), theme::ACCENT);
        }
        let (title, inner) = (rect.inset(layout.gap()), content(layout, rect));
        let ink = if panel == self.active { theme::ACCENT } else { theme::TEXT };
        let face = layout.body;
        let end = surface.text(title.x, title.y, face.bold(), ink, panel.title());
        let note = self.note(panel, report);
        let x = title.right() - face.width(&note);
        if x > end + face.advance() {
            surface.text(x, title.y, face, theme::QUIET, &note);
        }
        match panel {
            Panel::Worlds => Shown::new(layout, inner, report, &self.sought, self.selected).draw(
                surface,
                layout,
                report,
                &self.sought,
                self.selected,
            ),
            Panel::Flows => list::draw_flows(surface, layout, inner, report, self.first_flow),
            Panel::Records => list::draw_records(surface, layout, inner, report, self.records_back),
            Panel::Measurement => measurement(surface, layout, inner, report),
        }
    }

    /// What stands at the right of a panel's title.
    fn note(&self, panel: Panel, report: &Report<'_>) -> String<48> {
        let mut note = String::new();
        // What is sought has at most 16 characters.
        let _ = match panel {
            Panel::Worlds if self.finding => write!(note, "find: {}_", self.sought),
            Panel::Worlds if !self.sought.is_empty() => write!(note, "found: {}", self.sought),
            Panel::Worlds => write!(note, "{}", report.worlds.len()),
            Panel::Flows => write!(note, "{}", report.flows.len()),
            Panel::Records => write!(note, "latest last"),
            Panel::Measurement => write!(note, "SHA-256"),
        };
        note
    }
}

fn header(surface: &mut Surface<'_>, layout: &Layout, place: Rect, report: &Report<'_>) {
    let face = layout.body;
    let y = place.y + (place.height - face.height()) / 2;
    let mut right = String::<48>::new();
    let _ = write!(right, "policy {}   up {}", report.version, text::time(report.uptime));
    let start = place.right() - face.width(&right);
    surface.text(start, y, face, theme::QUIET, &right);
    let start = if report.unsafe_dma { unsafe_dma(surface, layout, place, start) } else { start };
    let columns = ((start - place.x) / face.advance() - 2).max(0) as usize;
    surface.text(place.x, y, face.bold(), theme::TEXT, &abbreviated(report.system, columns));
}

/// Says before `end` that devices may write all memory, in few words if there is no room for more. Returns where
/// that begins.
fn unsafe_dma(surface: &mut Surface<'_>, layout: &Layout, place: Rect, end: i32) -> i32 {
    /// What is left for the appliance's name at least, in columns.
    const NAME: i32 = 8;
    let face = layout.body;
    let end = end - 3 * face.advance();
    let room = end - place.x - NAME * face.advance();
    let long = "unsafe-dma: devices may write all memory";
    let text = if face.width(long) <= room { long } else { "unsafe-dma" };
    let start = end - face.width(text);
    let y = place.y + (place.height - face.height()) / 2;
    surface.text(start, y, face.bold(), theme::BAD, text);
    start
}

/// The code to compare, what to do with it, and the same for a camera.
fn measurement(surface: &mut Surface<'_>, layout: &Layout, inner: Rect, report: &Report<'_>) {
    let (face, row) = (layout.body, row(layout));
    let qr = surface.qr(inner, &report.measurement);
    let left = if qr.is_empty() {
        inner
    } else {
        Rect::new(inner.x, inner.y, qr.x - inner.x - layout.gap(), inner.height)
    };
    let code = ShortCode::of(Digest(report.measurement));
    let y = surface.paragraph(left, face.bold(), row, theme::TEXT, code.as_str());
    let (_, rest) = left.split_top(y - left.y + row / 4);
    let advice = "Compare this code with the one that was issued for this appliance. \
                  If they differ, do not use it.";
    let columns = (rest.width / face.advance()).max(1) as usize;
    let short = "Compare with the code that was issued.";
    let lines = rest.height / row;
    let advice = if text::lines(advice, columns) <= lines { advice } else { short };
    if text::lines(advice, columns) <= lines {
        surface.paragraph(rest, face, row, theme::QUIET, advice);
    }
}
