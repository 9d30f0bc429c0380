//! The ways that lines take between shapes.

use std::fmt::Write as _;

use super::{
    layout::Layout,
    scene::{Line, Scene},
};

/// The path of a line, as SVG's `d` says it, and where its text stands.
pub struct Route {
    /// The path.
    pub path: String,
    /// The middle of the text.
    pub label: (f64, f64),
}

/// The way of a line.
pub fn route(scene: &Scene, layout: &Layout, number: usize) -> Route {
    let course = course(scene, layout, number);
    let path =
        beside(scene, layout, number).unwrap_or_else(|| curve(scene, layout, number, &course));
    let middle = course.points.len() / 2;
    let (a, b) = (course.points[middle - 1], course.points[middle]);
    let arched = course.sideways && (a.1 - b.1).abs() < 1.0 && between(layout, a, b);
    let lift = match course.sideways {
        true if arched => 44.0,
        true => 6.0,
        false => -4.0,
    };
    Route { path, label: ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0 - lift) }
}

/// The points of a line: where it leaves, bends and arrives, and whether it is drawn sideways.
struct Course {
    points: Vec<(f64, f64)>,
    sideways: bool,
}

fn course(scene: &Scene, layout: &Layout, number: usize) -> Course {
    let line = &scene.lines[number];
    let (from, to) = (layout.shapes[line.from], layout.shapes[line.to]);
    let (from_row, to_row) = layout.rows[number];
    // Several lines at one shape leave it side by side.
    let (from_x, to_x) =
        (attach(scene, layout, number, true), attach(scene, layout, number, false));
    if from_row.is_none() || to_row.is_none() || from_row == to_row {
        let direction = if to.x > from.x { 1.0 } else { -1.0 };
        let start = (from.x + direction * from.width / 2.0, from.y);
        let end = (to.x - direction * to.width / 2.0, to.y);
        return Course { points: vec![start, end], sideways: true };
    }
    let down = if to_row > from_row { 1.0 } else { -1.0 };
    let mut points = vec![(from_x, from.y + down * from.height / 2.0)];
    points.extend(&layout.bends[number]);
    points.push((to_x, to.y - down * to.height / 2.0));
    Course { points, sideways: false }
}

/// Where on the width of its end a line is attached: by the order of what is at the other ends.
fn attach(scene: &Scene, layout: &Layout, number: usize, start: bool) -> f64 {
    let end = |line: &Line| if start { line.from } else { line.to };
    let shape = end(&scene.lines[number]);
    let place = layout.shapes[shape];
    let (own_from, own_to) = layout.rows[number];
    let upwards = if start { own_to < own_from } else { own_from < own_to };
    let mut others: Vec<(f64, usize)> = scene
        .lines
        .iter()
        .enumerate()
        .filter_map(|(other, line)| {
            let (from_row, to_row) = layout.rows[other];
            let (row, far_row, far, near_bend) = if line.from == shape {
                (from_row, to_row, line.to, layout.bends[other].first())
            } else if line.to == shape {
                (to_row, from_row, line.from, layout.bends[other].last())
            } else {
                return None;
            };
            let same_side = row != far_row && far_row.is_some() && (far_row < row) == upwards;
            let x = near_bend.map_or(layout.shapes[far].x, |bend| bend.0);
            same_side.then_some((x, other))
        })
        .collect();
    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let count = others.len().max(1) as f64;
    let rank = others.iter().position(|(_, other)| *other == number).unwrap_or(0) as f64;
    let step = (place.width * 0.7 / count).min(26.0);
    place.x + (rank - (count - 1.0) / 2.0) * step
}

/// A line to or from the trusted panel: over the heads of its row, and down or up beside the bands.
fn beside(scene: &Scene, layout: &Layout, number: usize) -> Option<String> {
    let line = &scene.lines[number];
    let (inside, trusted, outwards) = match layout.rows[number] {
        (Some(_), None) => (line.from, line.to, true),
        (None, Some(_)) => (line.to, line.from, false),
        _ => return None,
    };
    let is_beside = |row: &(Option<usize>, Option<usize>)| row.0.is_some() != row.1.is_some();
    let rank = layout.rows[..number].iter().filter(|row| is_beside(row)).count() as f64;
    let (from, to) = (layout.shapes[inside], layout.shapes[trusted]);
    let (x, top) = (from.x + from.width * 0.3, from.y - from.height / 2.0);
    let over = top - 12.0 - 4.0 * (rank % 4.0);
    let aside = layout.right + 14.0 + 7.0 * (rank % 4.0);
    let (end, y) = (to.x - to.width / 2.0, to.y);
    let points = [(x, top), (x, over), (aside, over), (aside, y), (end, y)];
    let points: Vec<_> = if outwards { points.into() } else { points.into_iter().rev().collect() };
    Some(rounded(&points))
}

/// A path along the points, with round corners.
fn rounded(points: &[(f64, f64)]) -> String {
    const RADIUS: f64 = 7.0;
    let towards = |a: (f64, f64), b: (f64, f64)| {
        let length = (b.0 - a.0).hypot(b.1 - a.1).max(1.0);
        let part = RADIUS.min(length / 2.0) / length;
        (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part)
    };
    let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
    for corner in points.windows(3) {
        let (before, after) = (towards(corner[1], corner[0]), towards(corner[1], corner[2]));
        let (x, y) = corner[1];
        let _ = write!(
            path,
            "L{:.1} {:.1}Q{x:.1} {y:.1} {:.1} {:.1}",
            before.0, before.1, after.0, after.1
        );
    }
    let last = points[points.len() - 1];
    let _ = write!(path, "L{:.1} {:.1}", last.0, last.1);
    path
}

fn curve(scene: &Scene, layout: &Layout, number: usize, course: &Course) -> String {
    let (first, last) = (course.points[0], course.points[course.points.len() - 1]);
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    if course.sideways {
        let line = &scene.lines[number];
        let (from, to) = (layout.shapes[line.from], layout.shapes[line.to]);
        // Neighbours are joined straight, others over the heads of those between.
        if (first.1 - last.1).abs() < 1.0 && between(layout, first, last) {
            let up = from.y.min(to.y) - from.height / 2.0;
            return format!(
                "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
                from.x,
                up,
                from.x,
                up - 34.0,
                to.x,
                up - 34.0,
                to.x,
                to.y - to.height / 2.0
            );
        }
        let reach = (last.0 - first.0) / 2.0;
        let _ = write!(
            path,
            "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            first.0 + reach,
            first.1,
            last.0 - reach,
            last.1,
            last.0,
            last.1
        );
        return path;
    }
    for pair in course.points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let middle = (a.1 + b.1) / 2.0;
        let _ =
            write!(path, "C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}", a.0, b.0, b.0, b.1);
    }
    path
}

/// Whether a shape stands between two points of one row.
fn between(layout: &Layout, a: (f64, f64), b: (f64, f64)) -> bool {
    let (left, right) = (a.0.min(b.0), a.0.max(b.0));
    layout
        .shapes
        .iter()
        .any(|place| (place.y - a.1).abs() < 1.0 && place.x > left && place.x < right)
}
