//! Places for shapes and lines: rows from the highest band to the lowest, ordered so that lines
//! cross little (Sugiyama, Tagawa, Toda 1981: layers, dummies on long lines, barycentres).

use std::ops::Range;

use super::scene::{Area, Scene, ShapeKind};

/// Height of a shape.
pub const SHAPE_HEIGHT: f64 = 46.0;
/// Height of a small shape: something that several share.
pub const SHARED_HEIGHT: f64 = 26.0;
/// Distance between shapes of a row.
const GAP: f64 = 34.0;
/// Distance between rows, where lines bend and have their text.
const ROW_GAP: f64 = 64.0;
/// Inner margin of a band, above and below its rows.
const BAND_MARGIN: f64 = 24.0;
/// Left of all shapes: the bands' names.
pub const LEFT: f64 = 60.0;
/// Above everything: the title.
const TOP: f64 = 64.0;
/// The most shapes of a row.
const ROW_SHAPES: usize = 9;
/// Room that a line takes where it passes through a row.
const PASSAGE: f64 = 14.0;
/// Rounds of ordering; it settles in fewer.
const ROUNDS: usize = 12;

/// A rectangle by its middle and size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Middle, from the left.
    pub x: f64,
    /// Middle, from the top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A picture with places.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The shapes' places.
    pub shapes: Vec<Place>,
    /// For each line the points that it passes between its ends, in its direction.
    pub bends: Vec<Vec<(f64, f64)>>,
    /// For each line the rows of its ends.
    pub rows: Vec<(usize, usize)>,
    /// The bands' top and bottom, by classification.
    pub bands: Vec<Range<f64>>,
    /// The panel of trusted parts, when there are any.
    pub trusted: Option<Place>,
    /// The right edge of the bands.
    pub right: f64,
    /// Width of all.
    pub width: f64,
    /// Height of all.
    pub height: f64,
}

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Shape(usize),
    /// Where a line passes: line, and which of its bends.
    Passage(usize, usize),
}

struct Row {
    band: Option<usize>,
    items: Vec<Item>,
}

/// Width of a shape: as wide as its longer text.
fn shape_width(name: &str, detail: &str) -> f64 {
    let name = name.chars().count() as f64 * 8.2;
    let detail = detail.chars().count() as f64 * 6.4;
    (name.max(detail) + 26.0).max(84.0)
}

/// Places everything.
pub fn layout(scene: &Scene) -> Layout {
    let mut places: Vec<Place> = scene
        .shapes
        .iter()
        .map(|shape| Place {
            width: shape_width(&shape.name, &shape.detail),
            height: if shape.kind == ShapeKind::Shared { SHARED_HEIGHT } else { SHAPE_HEIGHT },
            ..Place::default()
        })
        .collect();
    let mut rows = rows(scene);
    let row_of = row_of_shapes(scene, &rows);
    let mut bends = passages(scene, &row_of, &mut rows);
    order(scene, &row_of, &mut rows);

    let width_of = |item: &Item, places: &[Place]| match item {
        Item::Shape(shape) => places[*shape].width,
        Item::Passage(..) => PASSAGE,
    };
    let row_width = |row: &Row, places: &[Place]| {
        let widths: f64 = row.items.iter().map(|item| width_of(item, places)).sum();
        widths + GAP * row.items.len().saturating_sub(1) as f64
    };
    let widest = rows.iter().map(|row| row_width(row, &places)).fold(480.0, f64::max);
    let right = LEFT + widest + 2.0 * GAP;

    let mut bands = vec![0.0..0.0; scene.bands.len()];
    let mut y = TOP;
    for (number, row) in rows.iter().enumerate() {
        let starts = number == 0 || rows[number - 1].band != row.band;
        let ends = rows.get(number + 1).is_none_or(|next| next.band != row.band);
        if let Some(band) = row.band.filter(|_| starts) {
            bands[band].start = y;
            y += BAND_MARGIN;
        }
        let mut x = LEFT + (right - LEFT - row_width(row, &places)) / 2.0;
        for item in &row.items {
            let width = width_of(item, &places);
            let middle = (x + width / 2.0, y + SHAPE_HEIGHT / 2.0);
            match item {
                Item::Shape(shape) => (places[*shape].x, places[*shape].y) = middle,
                Item::Passage(line, bend) => bends[*line][*bend] = middle,
            }
            x += width + GAP;
        }
        y += SHAPE_HEIGHT;
        if let Some(band) = row.band.filter(|_| ends) {
            y += BAND_MARGIN;
            bands[band].end = y;
            y += BAND_MARGIN;
        } else {
            y += if row.band.is_some() { ROW_GAP } else { BAND_MARGIN };
        }
    }
    let trusted = place_trusted(scene, right, &mut places);
    let bottom = trusted.map_or(y, |panel| y.max(panel.y + panel.height / 2.0));
    let width = trusted.map_or(right, |panel| panel.x + panel.width / 2.0) + 20.0;
    let rows = scene.lines.iter().map(|line| (row_of[line.from], row_of[line.to])).collect();
    Layout { shapes: places, bends, rows, bands, trusted, right, width, height: bottom + 56.0 }
}

/// The rows from the highest band to the lowest, each band with at least one, and below a band
/// one for the guards that lead out of it.
fn rows(scene: &Scene) -> Vec<Row> {
    let mut rows = Vec::new();
    for band in (0..scene.bands.len()).rev() {
        let in_area = |area: Area| -> Vec<Item> {
            let shapes = scene.shapes.iter().enumerate();
            shapes.filter(|(_, shape)| shape.area == area).map(|(at, _)| Item::Shape(at)).collect()
        };
        let items = in_area(Area::Band(band));
        if items.is_empty() {
            rows.push(Row { band: Some(band), items: Vec::new() });
        }
        // Rows of about one length, not full ones and a rest.
        let count = items.len().div_ceil(ROW_SHAPES).max(1);
        for chunk in items.chunks(items.len().div_ceil(count).max(1)) {
            rows.push(Row { band: Some(band), items: chunk.to_vec() });
        }
        for chunk in in_area(Area::Below(band)).chunks(ROW_SHAPES) {
            rows.push(Row { band: None, items: chunk.to_vec() });
        }
    }
    rows
}

/// The row of each shape; trusted parts are beside the rows, as if beyond the last.
fn row_of_shapes(scene: &Scene, rows: &[Row]) -> Vec<usize> {
    let mut row_of = vec![usize::MAX; scene.shapes.len()];
    for (number, row) in rows.iter().enumerate() {
        for item in &row.items {
            if let Item::Shape(shape) = item {
                row_of[*shape] = number;
            }
        }
    }
    row_of
}

/// Puts a passage into each row between the ends of a line.
fn passages(scene: &Scene, row_of: &[usize], rows: &mut [Row]) -> Vec<Vec<(f64, f64)>> {
    let mut bends = vec![Vec::new(); scene.lines.len()];
    for (number, line) in scene.lines.iter().enumerate() {
        let (from, to) = (row_of[line.from], row_of[line.to]);
        if from == usize::MAX || to == usize::MAX {
            continue;
        }
        let between: Vec<usize> = if from < to {
            (from + 1..to).collect()
        } else {
            (to + 1..from).rev().collect()
        };
        for (bend, row) in between.into_iter().enumerate() {
            rows[row].items.push(Item::Passage(number, bend));
            bends[number].push((0.0, 0.0));
        }
    }
    bends
}

/// Orders each row by the average place of what its items are joined to, up and down in turns.
fn order(scene: &Scene, row_of: &[usize], rows: &mut [Row]) {
    for round in 0..ROUNDS {
        for step in 0..rows.len() {
            let number = if round % 2 == 0 { step } else { rows.len() - 1 - step };
            let mut keyed: Vec<(f64, Item)> = rows[number]
                .items
                .iter()
                .enumerate()
                .map(|(place, item)| {
                    let own = relative(place, rows[number].items.len());
                    (barycentre(scene, row_of, rows, *item).unwrap_or(own), *item)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[number].items = keyed.into_iter().map(|(_, item)| item).collect();
        }
    }
}

/// A place in a row as a part of its length, so that rows of unequal length compare.
fn relative(place: usize, length: usize) -> f64 {
    (place as f64 + 0.5) / length.max(1) as f64
}

/// The average place of an item's neighbours; `None` when it has none.
fn barycentre(scene: &Scene, row_of: &[usize], rows: &[Row], item: Item) -> Option<f64> {
    let find = |wanted: Item, row: usize| {
        let items = &rows.get(row)?.items;
        let place = items.iter().position(|other| *other == wanted)?;
        Some(relative(place, items.len()))
    };
    let end = |shape: usize| find(Item::Shape(shape), row_of[shape]);
    let mut places = Vec::new();
    match item {
        Item::Shape(shape) => {
            for (number, line) in scene.lines.iter().enumerate() {
                let other = match (line.from == shape, line.to == shape) {
                    (true, false) => line.to,
                    (false, true) => line.from,
                    _ => continue,
                };
                let (own_row, other_row) = (row_of[shape], row_of[other]);
                if other_row == usize::MAX {
                    continue;
                }
                let passages = own_row.abs_diff(other_row).saturating_sub(1);
                let nearest = if line.from == shape { 0 } else { passages.saturating_sub(1) };
                let next_row = if other_row > own_row { own_row + 1 } else { own_row.wrapping_sub(1) };
                places.extend(match passages {
                    0 => end(other),
                    _ => find(Item::Passage(number, nearest), next_row),
                });
            }
        }
        Item::Passage(line, _) => {
            places.extend(end(scene.lines[line].from));
            places.extend(end(scene.lines[line].to));
        }
    }
    (!places.is_empty()).then(|| places.iter().sum::<f64>() / places.len() as f64)
}

/// Stacks the trusted parts in a panel on the right.
fn place_trusted(scene: &Scene, right: f64, places: &mut [Place]) -> Option<Place> {
    let parts: Vec<usize> = (0..scene.shapes.len())
        .filter(|shape| scene.shapes[*shape].area == Area::Trusted)
        .collect();
    let inner = parts.iter().map(|part| places[*part].width).fold(110.0, f64::max);
    let x = right + 60.0 + inner / 2.0;
    let mut y = TOP + 44.0;
    for part in &parts {
        places[*part] = Place { x, y: y + SHAPE_HEIGHT / 2.0, ..places[*part] };
        y += SHAPE_HEIGHT + 18.0;
    }
    let height = y - TOP;
    (!parts.is_empty()).then_some(Place { x, y: TOP + height / 2.0, width: inner + 40.0, height })
}
