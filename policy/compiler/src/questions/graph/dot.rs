//! The picture as text for Graphviz.

use std::fmt::Write as _;

use super::scene::{Area, LineKind, ShapeKind, scene};
use crate::{color::hex, questions::Reviewed};

/// The picture for `dot`.
pub fn dot(reviewed: &Reviewed) -> String {
    let scene = scene(reviewed);
    let mut text = String::from("digraph policy {\n");
    let _ = writeln!(text, "  label={};", quote(&scene.title));
    text.push_str("  rankdir=BT; fontname=\"sans-serif\"; node [fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (number, band) in scene.bands.iter().enumerate() {
        let _ = writeln!(text, "  subgraph cluster_level_{number} {{");
        let _ = writeln!(
            text,
            "    label={}; color={}; penwidth=2;",
            quote(&band.name),
            quote(&hex(band.color))
        );
        write_shapes(&scene, Area::Band(number), &mut text);
        text.push_str("  }\n");
    }
    if scene.shapes.iter().any(|shape| shape.area == Area::Trusted) {
        text.push_str("  subgraph cluster_trusted {\n    label=\"trusted\"; style=dashed;\n");
        write_shapes(&scene, Area::Trusted, &mut text);
        text.push_str("  }\n");
    }
    for band in 0..scene.bands.len() {
        write_shapes(&scene, Area::Below(band), &mut text);
    }
    // Invisible lines keep the bands in their order, whatever flows.
    let first_of = |band| scene.shapes.iter().position(|shape| shape.area == Area::Band(band));
    let firsts: Vec<usize> = (0..scene.bands.len()).filter_map(first_of).collect();
    for pair in firsts.windows(2) {
        let _ = writeln!(text, "  n{} -> n{} [style=invis];", pair[0], pair[1]);
    }
    for line in &scene.lines {
        let style = match line.kind {
            LineKind::Data => "",
            LineKind::Guarded => ", color=\"#B35900\", style=bold",
            LineKind::Time => ", style=dotted",
        };
        let both = if line.both_ways { ", dir=both" } else { "" };
        let label = quote(&line.label);
        let _ = writeln!(text, "  n{} -> n{} [label={label}{style}{both}];", line.from, line.to);
    }
    text.push_str("}\n");
    text
}

fn write_shapes(scene: &super::scene::Scene, area: Area, text: &mut String) {
    for (number, shape) in scene.shapes.iter().enumerate().filter(|(_, one)| one.area == area) {
        let outline = match shape.kind {
            ShapeKind::World => "shape=box, style=\"rounded\"",
            ShapeKind::Component => "shape=box",
            ShapeKind::Trusted => "shape=box, peripheries=2",
            ShapeKind::Outside => "shape=ellipse, style=dashed",
            ShapeKind::Shared => "shape=box, style=rounded, height=0.2, fontsize=10",
            ShapeKind::Guard => "shape=hexagon, color=\"#B35900\"",
        };
        let label = if shape.detail.is_empty() {
            shape.name.clone()
        } else {
            format!("{}\n{}", shape.name, shape.detail)
        };
        let _ = writeln!(text, "    n{number} [label={}, {outline}];", quote(&label));
    }
}

/// A quoted string of the DOT language.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
