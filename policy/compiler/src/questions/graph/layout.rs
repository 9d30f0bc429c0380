//! Places for shapes and lines: rows from the highest band to the lowest, ordered so that lines
//! cross little (Sugiyama, Tagawa, Toda 1981: layers, dummies on long lines, barycentres).

use std::ops::Range;

use super::{
    order::{average, order},
    scene::{Area, Scene, ShapeKind},
};

/// Height of a shape.
pub const SHAPE_HEIGHT: f64 = 46.0;
/// Height of a small shape: something that several share.
pub const SHARED_HEIGHT: f64 = 26.0;
/// Distance between shapes of a row.
const GAP: f64 = 34.0;
/// Distance between rows, where lines bend and have their text.
const ROW_GAP: f64 = 56.0;
/// Inner margin of a band, above and below its rows.
const BAND_MARGIN: f64 = 30.0;
/// Distance between bands.
const BAND_GAP: f64 = 26.0;
/// Left of all shapes: the bands' names.
pub const LEFT: f64 = 60.0;
/// Above everything: the title.
const TOP: f64 = 64.0;
/// The most shapes of a row.
const ROW_SHAPES: usize = 9;
/// Room that a line takes where it passes through a row.
const PASSAGE: f64 = 14.0;
/// Rounds of placing; small pictures settle in fewer.
const ROUNDS: usize = 12;
/// The least width of a band.
const LEAST_WIDTH: f64 = 460.0;

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
    /// For each line the rows of its ends; trusted parts have none.
    pub rows: Vec<(Option<usize>, Option<usize>)>,
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

/// A row: what stands in it from left to right, shapes and passages of lines by their number.
pub struct Row {
    /// The band that it is in; none for the guards between bands.
    pub band: Option<usize>,
    /// What stands in it.
    pub items: Vec<usize>,
}

/// What the rows are arranged by.
pub struct Net {
    /// How many shapes there are; the numbers after theirs are passages.
    pub shapes: usize,
    /// The row of each item; trusted parts have none.
    pub row_of: Vec<Option<usize>>,
    /// The width of each item.
    pub widths: Vec<f64>,
    /// For each line the items that it joins, in its direction.
    pub chains: Vec<Vec<usize>>,
    /// For each item those that a line joins it to directly.
    pub neighbours: Vec<Vec<usize>>,
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
    let net = net(scene, &places, &mut rows);
    order(&net, &mut rows);
    let (x, right) = coordinates(&net, &rows);
    let (y, bands, bottom) = heights(scene, &rows);

    let point = |item: usize| (x[item], net.row_of[item].map_or(0.0, |row| y[row]));
    for (shape, place) in places.iter_mut().enumerate() {
        (place.x, place.y) = point(shape);
    }
    let inner =
        |chain: &Vec<usize>| chain[1..chain.len() - 1].iter().map(|item| point(*item)).collect();
    let bends = net.chains.iter().map(inner).collect();
    let rows =
        scene.lines.iter().map(|line| (net.row_of[line.from], net.row_of[line.to])).collect();
    let trusted = place_trusted(scene, right, &mut places);
    let bottom = trusted.map_or(bottom, |panel| bottom.max(panel.y + panel.height / 2.0));
    let width = trusted.map_or(right, |panel| panel.x + panel.width / 2.0) + 20.0;
    Layout { shapes: places, bends, rows, bands, trusted, right, width, height: bottom + 56.0 }
}

/// The rows from the highest band to the lowest, each band with at least one, and below a band
/// one for the guards that lead out of it.
fn rows(scene: &Scene) -> Vec<Row> {
    let in_area = |area: Area| -> Vec<usize> {
        (0..scene.shapes.len()).filter(|shape| scene.shapes[*shape].area == area).collect()
    };
    let mut rows = Vec::new();
    for band in (0..scene.bands.len()).rev() {
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

/// Finds who is joined to whom, and puts a passage into each row between the ends of a line.
fn net(scene: &Scene, places: &[Place], rows: &mut [Row]) -> Net {
    let mut row_of = vec![None; scene.shapes.len()];
    for (number, row) in rows.iter().enumerate() {
        for item in &row.items {
            row_of[*item] = Some(number);
        }
    }
    let mut widths: Vec<f64> = places.iter().map(|place| place.width).collect();
    let mut chains = Vec::new();
    for line in &scene.lines {
        let between: Vec<usize> = match (row_of[line.from], row_of[line.to]) {
            (Some(from), Some(to)) if from < to => (from + 1..to).collect(),
            (Some(from), Some(to)) => (to + 1..from).rev().collect(),
            _ => Vec::new(),
        };
        let mut chain = vec![line.from];
        for row in between {
            chain.push(widths.len());
            rows[row].items.push(widths.len());
            row_of.push(Some(row));
            widths.push(PASSAGE);
        }
        chain.push(line.to);
        chains.push(chain);
    }
    let mut neighbours = vec![Vec::new(); widths.len()];
    for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
        if row_of[pair[0]].is_some() && row_of[pair[1]].is_some() {
            neighbours[pair[0]].push(pair[1]);
            neighbours[pair[1]].push(pair[0]);
        }
    }
    Net { shapes: scene.shapes.len(), row_of, widths, chains, neighbours }
}

/// The middle of each item from the left, near what it is joined to, and the right edge of all.
fn coordinates(net: &Net, rows: &[Row]) -> (Vec<f64>, f64) {
    let mut x = vec![0.0; net.widths.len()];
    let distance = |a: usize, b: usize| {
        let passages = [a, b].iter().filter(|item| **item >= net.shapes).count();
        let gap = [GAP, GAP * 0.7, 6.0][passages];
        (net.widths[a] + net.widths[b]) / 2.0 + gap
    };
    for row in rows {
        let width: f64 = row.items.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
        let mut at = -width / 2.0;
        for (place, item) in row.items.iter().enumerate() {
            if place > 0 {
                at += distance(row.items[place - 1], *item);
            }
            x[*item] = at;
        }
    }
    for round in 0..ROUNDS {
        for step in 0..rows.len() {
            let row = &rows[if round % 2 == 0 { step } else { rows.len() - 1 - step }];
            let elsewhere = |item: usize| -> Vec<usize> {
                let others = net.neighbours[item].iter().copied();
                others.filter(|other| net.row_of[*other] != net.row_of[item]).collect()
            };
            let wanted: Vec<f64> = row
                .items
                .iter()
                .map(|item| average(&elsewhere(*item), |other| x[other]).unwrap_or(x[*item]))
                .collect();
            for (item, place) in row.items.iter().zip(spread(&row.items, &wanted, distance)) {
                x[*item] = place;
            }
        }
    }
    let edge = |item: usize, side: f64| x[item] + side * net.widths[item] / 2.0;
    let items = || rows.iter().flat_map(|row| row.items.iter().copied());
    let left = items().map(|item| edge(item, -1.0)).fold(f64::INFINITY, f64::min);
    let right = items().map(|item| edge(item, 1.0)).fold(f64::NEG_INFINITY, f64::max);
    if !left.is_finite() {
        return (x, LEFT + LEAST_WIDTH);
    }
    let spare = (LEAST_WIDTH - (right - left)).max(0.0) / 2.0;
    let shift = LEFT + GAP + spare - left;
    let right = right + shift + GAP + spare;
    x.iter_mut().for_each(|x| *x += shift);
    (x, right)
}

/// The places nearest to the wanted ones that keep their order and distances: isotonic regression
/// by pooling neighbours that would overlap (Ayer and others 1955).
fn spread(items: &[usize], wanted: &[f64], distance: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut offsets = vec![0.0; items.len()];
    for place in 1..items.len() {
        offsets[place] = offsets[place - 1] + distance(items[place - 1], items[place]);
    }
    // Pools of items that touch: sum of what they want, and how many they are.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (want, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (want - offset, 1);
        while let Some((sum, count)) =
            pools.pop_if(|(sum, count)| *sum / *count as f64 > pool.0 / pool.1 as f64)
        {
            pool = (pool.0 + sum, pool.1 + count);
        }
        pools.push(pool);
    }
    let starts =
        pools.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    starts.zip(&offsets).map(|(start, offset)| start + offset).collect()
}

/// The middle of each row from the top, the bands' top and bottom, and the bottom of all.
fn heights(scene: &Scene, rows: &[Row]) -> (Vec<f64>, Vec<Range<f64>>, f64) {
    let mut bands = vec![0.0..0.0; scene.bands.len()];
    let mut middles = Vec::new();
    let mut y = TOP;
    for (number, row) in rows.iter().enumerate() {
        let starts = number == 0 || rows[number - 1].band != row.band;
        let ends = rows.get(number + 1).is_none_or(|next| next.band != row.band);
        if let Some(band) = row.band.filter(|_| starts) {
            bands[band].start = y;
            y += BAND_MARGIN;
        }
        middles.push(y + SHAPE_HEIGHT / 2.0);
        y += SHAPE_HEIGHT;
        match row.band.filter(|_| ends) {
            Some(band) => {
                y += BAND_MARGIN;
                bands[band].end = y;
                y += BAND_GAP;
            }
            None if row.band.is_some() => y += ROW_GAP,
            None => y += BAND_GAP,
        }
    }
    (middles, bands, y)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        questions::{Reviewed, graph::scene::scene},
        synthetic,
    };

    fn overlap(a: &Place, b: &Place) -> bool {
        (a.x - b.x).abs() < (a.width + b.width) / 2.0
            && (a.y - b.y).abs() < (a.height + b.height) / 2.0
    }

    #[test]
    fn shapes_stand_apart_and_in_their_bands() {
        for worlds in [1, 7, 60] {
            let reviewed = Reviewed::read("synthetic", &synthetic::policy(worlds));
            let scene = scene(&reviewed);
            let layout = layout(&scene);
            assert_eq!(layout.shapes.len(), scene.shapes.len());
            for (number, place) in layout.shapes.iter().enumerate() {
                assert!(place.x - place.width / 2.0 >= LEFT, "{place:?}");
                assert!(place.x + place.width / 2.0 <= layout.width, "{place:?}");
                if let Area::Band(band) = scene.shapes[number].area {
                    assert!(layout.bands[band].contains(&place.y), "{place:?}");
                }
                for other in &layout.shapes[number + 1..] {
                    assert!(!overlap(place, other), "{place:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn places_are_spread_no_more_than_needed() {
        let spread = |wanted: &[f64]| {
            let items: Vec<usize> = (0..wanted.len()).collect();
            super::spread(&items, wanted, |_, _| 10.0)
        };
        assert_eq!(spread(&[0.0, 50.0]), [0.0, 50.0]);
        assert_eq!(spread(&[20.0, 20.0]), [15.0, 25.0]);
        assert_eq!(spread(&[30.0, 0.0, 100.0]), [10.0, 20.0, 100.0]);
    }
}
