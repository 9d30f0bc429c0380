//! The picture as SVG, complete in itself: no scripts, no fonts, no files from elsewhere.

use std::fmt::Write as _;

use super::{
    layout::{LEFT, Place, layout},
    route::{Route, route},
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
    let routes: Vec<Route> =
        (0..scene.lines.len()).map(|number| route(&scene, &layout, number)).collect();
    for (line, route) in scene.lines.iter().zip(&routes) {
        write_line(line, route, &mut text);
    }
    for (shape, place) in scene.shapes.iter().zip(&layout.shapes) {
        write_shape(shape, *place, &mut text);
    }
    // Over the shapes, so that no line hides what another is called.
    for (line, route) in scene.lines.iter().zip(&routes) {
        write_label(line, route, &mut text);
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

fn write_line(line: &Line, route: &Route, text: &mut String) {
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
        route.path
    );
}

fn write_label(line: &Line, route: &Route, text: &mut String) {
    if line.label.is_empty() {
        return;
    }
    let (x, y) = route.label;
    let _ = writeln!(
        text,
        "<text class=\"label\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_policy_stays_text() {
        let policy = crate::synthetic::policy(2).replace("\"measured\"", "'a <b> & \"c\"'");
        let picture = svg(&Reviewed::read("synthetic", &policy));
        assert!(picture.contains("<title>a &lt;b&gt; &amp; &quot;c&quot;, version 1</title>"));
        assert!(!picture.contains("<b>"));
    }
}
