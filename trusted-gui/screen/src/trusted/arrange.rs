//! Where the panels of the trusted screen are.

use super::button::{self, Buttons};
use crate::{geometry::Rect, layout::Layout};

/// A part of the trusted screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Worlds,
    Flows,
    Records,
    Measurement,
}

impl Panel {
    /// In the order of the tabulator key.
    pub(super) const ALL: [Self; 4] = [Self::Worlds, Self::Flows, Self::Records, Self::Measurement];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Worlds => "Worlds",
            Self::Flows => "Open flows",
            Self::Records => "Records",
            Self::Measurement => "Measurement",
        }
    }
}

/// The places of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrangement {
    /// The appliance's name.
    pub(super) header: Rect,
    /// Tabs, where only one panel has room.
    pub(super) tabs: Option<Rect>,
    panels: [Rect; 4],
    /// What can be done.
    pub(super) buttons: Rect,
}

/// Height of a line of a list.
pub(super) const fn row(layout: &Layout) -> i32 {
    layout.body.height() * 11 / 8
}

impl Arrangement {
    pub(super) fn new(layout: &Layout, active: Panel, buttons: &Buttons) -> Self {
        let (gap, row) = (layout.gap(), row(layout));
        let inner = layout.area.inset(gap);
        let (header, rest) = inner.split_top(row);
        let height = button::height(layout, inner.width, buttons);
        let (middle, buttons) = rest.split_top(rest.height - height);
        let (_, middle) = middle.split_top(gap / 2);
        let (middle, _) = middle.split_top(middle.height - gap);
        let columns = middle.width / layout.body.advance();
        if columns >= 88 && middle.height / row >= 18 {
            Self { header, tabs: None, panels: together(middle, gap, row), buttons }
        } else {
            let (tabs, panel) = middle.split_top(row);
            let (_, panel) = panel.split_top(gap / 2);
            let panels = Panel::ALL.map(|one| if one == active { panel } else { Rect::EMPTY });
            Self { header, tabs: Some(tabs), panels, buttons }
        }
    }

    /// Where a panel is; empty when it is not shown.
    pub(super) fn panel(&self, panel: Panel) -> Rect {
        let [worlds, flows, records, measurement] = self.panels;
        match panel {
            Panel::Worlds => worlds,
            Panel::Flows => flows,
            Panel::Records => records,
            Panel::Measurement => measurement,
        }
    }

    /// Where a tab is, if there are tabs.
    pub(super) fn tab(&self, panel: Panel) -> Rect {
        let Some(tabs) = self.tabs else { return Rect::EMPTY };
        let width = tabs.width / Panel::ALL.len() as i32;
        let index = Panel::ALL.iter().position(|one| *one == panel).unwrap_or_default();
        Rect::new(tabs.x + width * index as i32, tabs.y, width, tabs.height)
    }
}

/// Worlds above records at the left, flows above the measurement at the right.
fn together(middle: Rect, gap: i32, row: i32) -> [Rect; 4] {
    let (left, right) = middle.split_left(middle.width * 5 / 8);
    let (_, right) = right.split_left(gap);
    let measured = (middle.height * 9 / 20).max(9 * row);
    let (worlds, records) = left.split_top(left.height - measured);
    let (_, records) = records.split_top(gap);
    let (flows, measurement) = right.split_top(right.height - measured);
    let (_, measurement) = measurement.split_top(gap);
    [worlds, flows, records, measurement]
}
