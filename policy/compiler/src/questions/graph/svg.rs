//! The picture as SVG, complete in itself: no scripts, no fonts, no files from elsewhere.

use std::fmt::Write as _;

use super::{
    layout::{LEFT, Layout, Place, layout},
    scene::{Band, Line, LineKind, Scene, Shape, ShapeKind, scene},
};
use crate::{color::hex, questions::Reviewed};

const STYLE: &str = "\
text{font-family:'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif;fill:#1b1f24;text-anchor:middle}\
.title{font-size:18px;font-weight:600;text-anchor:start}\
.name{font-size:13px;font-weight:600}\
.detail{font-size:10.5px;fill:#57606a}\
.small{font-size:11px}\
.label{font-size:11px;fill:#32383f;stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}\
.band{font-size:12px;font-weight:700;letter-spacing:.6px}\
.world{fill:#fff;stroke:#424a53;stroke-width:1.5}\
.component{fill:#f6f8fa;stroke:#424a53;stroke-width:1.2}\
.trusted{fill:#fff;stroke:#1b1f24;stroke-width:2.4}\
.outside{fill:#fff;stroke:#57606a;stroke-width:1.3;stroke-dasharray:5 3}\
.shared{fill:#eaeef2;stroke:#57606a;stroke-width:1}\
.guard{fill:#fff4e5;stroke:#b35900;stroke-width:1.8}\
.panel{fill:#fafbfc;stroke:#8c959f;stroke-width:1;stroke-dasharray:3 3}\
.data{fill:none;stroke:#24292f;stroke-width:1.5}\
.guarded{fill:none;stroke:#b35900;stroke-width:2.2}\
.time{fill:none;stroke:#6e7781;stroke-width:1.2;stroke-dasharray:2 4}";

/// The picture for browsers.
pub fn svg(reviewed: &Reviewed) -> String {
    let scene = scene(reviewed);
    let layout = layout(&scene);
    let (width, height) = (layout.width.max(560.0).ceil(), layout.height.ceil());
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{0}</title>\n\
         <style>{STYLE}</style>\n<defs>{1}</defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text class=\"title\" x=\"20\" y=\"34\">{0}</text>\n",
        escape(&scene.title),
        markers()
    );
    for (band, range) in scene.bands.iter().zip(&layout.bands) {
        write_band(band, range.start, range.end, layout.right, &mut text);
    }
    if let Some(panel) = layout.trusted {
        let (x, y) = (panel.x - panel.width / 2.0, panel.y - panel.height / 2.0);
        let _ = writeln!(
            text,
            "<rect class=\"panel\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
             rx=\"8\"/><text class=\"band\" x=\"{:.1}\" y=\"{:.1}\">TRUSTED</text>",
            panel.width,
            panel.height,
            panel.x,
            y + 24.0
        );
    }
    for number in 0..scene.lines.len() {
        write_line(&scene, &layout, number, &mut text);
    }
    for (shape, place) in scene.shapes.iter().zip(&layout.shapes) {
        write_shape(shape, *place, &mut text);
    }
    // Over the shapes, so that no line hides what another is called.
    for number in 0..scene.lines.len() {
        write_label(&scene, &layout, number, &mut text);
    }
    write_legend(&scene, height - 22.0, &mut text);
    text.push_str("</svg>\n");
    text
}

/// Arrow heads, one for each kind of line.
fn markers() -> String {
    [("data", "#24292f"), ("guarded", "#b35900"), ("time", "#6e7781")]
        .iter()
        .map(|(name, color)| {
            format!(
                "<marker id=\"{name}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" \
                 markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" \
                 orient=\"auto-start-reverse\"><path d=\"M0 1 10 5 0 9z\" fill=\"{color}\"/></marker>"
            )
        })
        .collect()
}

fn write_band(band: &Band, top: f64, bottom: f64, right: f64, text: &mut String) {
    let (color, ink) = (hex(band.color), hex(band.text_color));
    let (height, middle) = (bottom - top, (top + bottom) / 2.0);
    let (left, strip) = (20.0, LEFT - 34.0);
    let width = right - left;
    let x = left + strip / 2.0;
    // As large as fits: capitals are some 0.88 of the size wide.
    let size = ((height - 12.0) / (band.name.chars().count().max(1) as f64 * 0.88)).min(12.0);
    let _ = writeln!(
        text,
        "<rect x=\"{left}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\" \
         fill=\"{color}\" fill-opacity=\".10\" stroke=\"{color}\" stroke-opacity=\".5\"/>\
         <rect x=\"{left}\" y=\"{top:.1}\" width=\"{strip}\" height=\"{height:.1}\" rx=\"6\" \
         fill=\"{color}\"/><text class=\"band\" style=\"fill:{ink};font-size:{size:.1}px\" \
         transform=\"translate({:.1} {middle:.1}) rotate(-90)\">{}</text>",
        x + 4.0,
        escape(&band.name)
    );
}

fn write_shape(shape: &Shape, place: Place, text: &mut String) {
    let Place { x, y, width, height } = place;
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let rectangle = |class: &str, radius: f64| {
        format!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\" rx=\"{radius}\"/>"
        )
    };
    let outline = match shape.kind {
        ShapeKind::World => rectangle("world", 8.0),
        ShapeKind::Component => rectangle("component", 1.0),
        ShapeKind::Trusted => rectangle("trusted", 1.0),
        ShapeKind::Outside => rectangle("outside", height / 2.0),
        ShapeKind::Shared => rectangle("shared", height / 2.0),
        ShapeKind::Guard => {
            let (right, bottom, cut) = (left + width, top + height, 14.0);
            format!(
                "<path class=\"guard\" d=\"M{:.1} {top:.1}H{:.1}L{right:.1} {y:.1} {:.1} \
                 {bottom:.1}H{:.1}L{left:.1} {y:.1}z\"/>",
                left + cut,
                right - cut,
                right - cut,
                left + cut
            )
        }
    };
    let name = escape(&shape.name);
    let _ = write!(text, "<g>{outline}");
    if shape.kind == ShapeKind::Shared {
        let _ =
            write!(text, "<text class=\"small\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>", y + 4.0);
    } else if shape.detail.is_empty() {
        let _ =
            write!(text, "<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>", y + 4.5);
    } else {
        let _ = write!(
            text,
            "<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>\
             <text class=\"detail\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            y - 2.0,
            y + 14.0,
            escape(&shape.detail)
        );
    }
    text.push_str("</g>\n");
}

/// The points of a line: where it leaves, bends and arrives, and whether it is drawn sideways.
struct Route {
    points: Vec<(f64, f64)>,
    sideways: bool,
}

fn route(scene: &Scene, layout: &Layout, number: usize) -> Route {
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
        return Route { points: vec![start, end], sideways: true };
    }
    let down = if to_row > from_row { 1.0 } else { -1.0 };
    let mut points = vec![(from_x, from.y + down * from.height / 2.0)];
    points.extend(&layout.bends[number]);
    points.push((to_x, to.y - down * to.height / 2.0));
    Route { points, sideways: false }
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

fn write_line(scene: &Scene, layout: &Layout, number: usize, text: &mut String) {
    let line = &scene.lines[number];
    let route = route(scene, layout, number);
    let class = match line.kind {
        LineKind::Data => "data",
        LineKind::Guarded => "guarded",
        LineKind::Time => "time",
    };
    let back =
        if line.both_ways { format!(" marker-start=\"url(#{class})\"") } else { String::new() };
    let _ = writeln!(
        text,
        "<path class=\"{class}\" marker-end=\"url(#{class})\"{back} d=\"{}\"/>",
        curve(scene, layout, number, &route)
    );
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

fn curve(scene: &Scene, layout: &Layout, number: usize, route: &Route) -> String {
    if let Some(path) = beside(scene, layout, number) {
        return path;
    }
    let (first, last) = (route.points[0], route.points[route.points.len() - 1]);
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    if route.sideways {
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
    for pair in route.points.windows(2) {
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

fn write_label(scene: &Scene, layout: &Layout, number: usize, text: &mut String) {
    let line = &scene.lines[number];
    if line.label.is_empty() {
        return;
    }
    let route = route(scene, layout, number);
    let middle = route.points.len() / 2;
    let (a, b) = (route.points[middle - 1], route.points[middle]);
    let arched = route.sideways && (a.1 - b.1).abs() < 1.0 && between(layout, a, b);
    let lift = if arched {
        44.0
    } else if route.sideways {
        6.0
    } else {
        -4.0
    };
    let _ = writeln!(
        text,
        "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        (a.0 + b.0) / 2.0,
        (a.1 + b.1) / 2.0 - lift,
        escape(&line.label)
    );
}

/// What the lines mean, for those that are in the picture.
fn write_legend(scene: &Scene, y: f64, text: &mut String) {
    let known = [
        (LineKind::Data, "data", "data goes as its writer pleases"),
        (LineKind::Guarded, "guarded", "only what a guard lets through"),
        (LineKind::Time, "time", "time only"),
    ];
    let mut x = 20.0;
    for (kind, class, words) in known {
        if !scene.lines.iter().any(|line| line.kind == kind) {
            continue;
        }
        let _ = writeln!(
            text,
            "<path class=\"{class}\" marker-end=\"url(#{class})\" d=\"M{x:.1} {y:.1}h34\"/>\
             <text class=\"small\" style=\"text-anchor:start\" x=\"{:.1}\" y=\"{:.1}\">{words}</text>",
            x + 42.0,
            y + 4.0
        );
        x += 66.0 + words.chars().count() as f64 * 6.6;
    }
}

/// Text as XML has it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
