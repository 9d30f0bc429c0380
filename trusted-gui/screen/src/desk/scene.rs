//! Which worlds are shown, and where.

use heapless::Vec;

use super::Desk;
use crate::{
    focus::{Scene, World},
    geometry::Point,
    trusted::{Report, State},
    view::{Grid, MOST_TILES, Picture, Tile},
};

/// A world that is shown.
pub(super) struct Shown<'r> {
    pub(super) world: World,
    /// Its frame in the tiled view.
    pub(super) tile: Option<Tile<'r>>,
    /// Its framebuffer's place, if it runs and has one.
    pub(super) picture: Option<Picture>,
}

impl Desk {
    /// The worlds that the scene shows. In the tiled view those are the sixteen around the focused one.
    pub(super) fn shown<'r>(&self, report: &Report<'r>) -> Vec<Shown<'r>, MOST_TILES> {
        let mut shown = Vec::new();
        match self.focus.scene() {
            Scene::Trusted => {}
            Scene::Full => {
                let world = self.focus.latest();
                if let Some(about) = report.worlds.get(usize::from(world)) {
                    let source = about.display.filter(|_| about.state.has_picture());
                    let picture = source.map(|source| Picture::place(source, self.layout.area));
                    let _ = shown.push(Shown { world, tile: None, picture });
                }
            }
            Scene::Tiled => self.tiles(report, &mut shown),
        }
        shown
    }

    fn tiles<'r>(&self, report: &Report<'r>, shown: &mut Vec<Shown<'r>, MOST_TILES>) {
        let layout = &self.layout;
        let first = usize::from(self.focus.latest()) / MOST_TILES * MOST_TILES;
        let page = || report.worlds.iter().enumerate().skip(first).take(MOST_TILES);
        let least = page().map(|(_, about)| Tile::least_width(about.label, layout)).max();
        let grid = Grid::new(layout.area, page().count(), least.unwrap_or(0), layout.gap());
        for (position, (index, about)) in page().enumerate() {
            let tile = Tile {
                rect: grid.tile(position),
                label: about.label,
                name: about.name,
                number: index + 1,
                focused: index == usize::from(self.focus.latest()),
                paused: about.state == State::Paused,
            };
            let source = about.display.filter(|_| about.state.has_picture());
            let picture = source.map(|source| tile.picture(source, layout));
            let _ = shown.push(Shown { world: index as World, tile: Some(tile), picture });
        }
    }

    /// The world whose tile or picture is at a point, and the world's pixel there, if it is one.
    pub(super) fn at(&self, report: &Report<'_>, point: Point) -> Option<(World, Option<Point>)> {
        let shown = self.shown(report);
        let there = shown.iter().find(|shown| match &shown.tile {
            Some(tile) => tile.rect.contains(point),
            None => self.layout.area.contains(point),
        })?;
        let pixel = there.picture.and_then(|picture| picture.world_pixel(point));
        Some((there.world, pixel))
    }
}
