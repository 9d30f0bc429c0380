//! What is drawn: shapes with text, in bands, and lines between them.

use std::collections::BTreeMap;

use cloister_policy_format::{Color, Role};

use crate::{
    color::readable_text,
    flow::{Carrier, Edge, NodeIndex, NodeKind},
    model::{Policy, Subject, World},
    questions::Reviewed,
    schema::DEVICES,
};

/// What a shape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShapeKind {
    /// A virtual machine.
    World,
    /// A program that is not trusted.
    Component,
    /// A program that is trusted.
    Trusted,
    /// A network or the room: not in the appliance.
    Outside,
    /// A link, disk or clipboard that several share.
    Shared,
    /// A guard.
    Guard,
}

/// Where a shape stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// In the band of a classification, 0 is the lowest.
    Band(usize),
    /// Below the band of a classification, on the way out of it.
    Below(usize),
    /// With the trusted parts.
    Trusted,
}

/// A shape.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What it stands for.
    pub kind: ShapeKind,
    /// Where it stands.
    pub area: Area,
    /// Its name.
    pub name: String,
    /// A second line, or nothing.
    pub detail: String,
}

/// What a line carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// Data, as its writer pleases.
    Data,
    /// Data through a guard.
    Guarded,
    /// Time only.
    Time,
}

/// A line between two shapes.
#[derive(Clone, Debug)]
pub struct Line {
    /// The shape that it starts at.
    pub from: usize,
    /// The shape that it ends at.
    pub to: usize,
    /// What it carries.
    pub kind: LineKind,
    /// Whether it goes back as well.
    pub both_ways: bool,
    /// Its text, or nothing.
    pub label: String,
}

/// A band of the picture.
#[derive(Clone, Debug)]
pub struct Band {
    /// The text on its edge.
    pub name: String,
    /// Its colour.
    pub color: Color,
    /// The colour of its text.
    pub text_color: Color,
}

/// A picture without places.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The policy in one line.
    pub title: String,
    /// The bands, lowest first.
    pub bands: Vec<Band>,
    /// The shapes.
    pub shapes: Vec<Shape>,
    /// The lines.
    pub lines: Vec<Line>,
}

/// The picture of a policy.
pub fn scene(reviewed: &Reviewed) -> Scene {
    let mut builder = Builder {
        reviewed,
        shapes: Vec::new(),
        lines: Vec::new(),
        of_node: BTreeMap::new(),
        of_guard: BTreeMap::new(),
    };
    builder.nodes();
    builder.guards();
    builder.edges();
    let system = &reviewed.policy.system;
    let name = system.name.as_ref().map_or("", |name| name.value.as_str());
    let version = system.version.map_or(0, |version| version.value);
    Scene {
        title: format!("{name}, version {version}"),
        bands: bands(&reviewed.policy),
        shapes: builder.shapes,
        lines: builder.lines,
    }
}

fn bands(policy: &Policy) -> Vec<Band> {
    const GREY: Color = Color { red: 0x70, green: 0x70, blue: 0x70 };
    let band = |name: &crate::source::Located<String>| {
        let marking =
            policy.lattice.markings.iter().find(|marking| marking.name.value == name.value);
        let color = marking.and_then(|marking| marking.color).map_or(GREY, |color| color.value);
        let said = marking.and_then(|marking| marking.text_color).map(|color| color.value);
        Band {
            name: marking
                .and_then(|marking| marking.long.as_ref())
                .map_or_else(|| name.value.clone(), |long| long.value.clone()),
            color,
            text_color: said.unwrap_or_else(|| readable_text(color)),
        }
    };
    policy.lattice.classifications.iter().map(band).collect()
}

struct Builder<'a> {
    reviewed: &'a Reviewed,
    shapes: Vec<Shape>,
    lines: Vec<Line>,
    of_node: BTreeMap<NodeIndex, usize>,
    of_guard: BTreeMap<u32, usize>,
}

impl Builder<'_> {
    fn nodes(&mut self) {
        for (position, node) in self.reviewed.graph.nodes.iter().enumerate() {
            let index = NodeIndex(position as u32);
            let policy = &self.reviewed.policy;
            let band = node.levels.map(|levels| Area::Band(levels.high.classification.position()));
            let (kind, area, mut detail) = match node.kind {
                NodeKind::Subject(subject) => match policy.subject(subject) {
                    Some(Subject::World(world)) => {
                        (ShapeKind::World, band, world_detail(policy, world))
                    }
                    Some(subject) if subject.is_trusted() => {
                        (ShapeKind::Trusted, Some(Area::Trusted), role(subject))
                    }
                    Some(subject) => (ShapeKind::Component, band, role(subject)),
                    None => continue,
                },
                NodeKind::Network(_) => (ShapeKind::Outside, band, "outside network".to_owned()),
                NodeKind::Room => (ShapeKind::Outside, band, String::new()),
                NodeKind::Link(_) | NodeKind::Disk(_) | NodeKind::Clipboard(_) => {
                    (ShapeKind::Shared, self.shared_area(index), String::new())
                }
                NodeKind::AuditRing => continue,
            };
            for (reader, what) in [(&policy.log, "reads logs"), (&policy.audit, "reads audit")] {
                let target = reader.as_ref().and_then(|reader| reader.target);
                if target.map(NodeIndex::from) == Some(index) {
                    detail =
                        [detail.as_str(), what].join(if detail.is_empty() { "" } else { " · " });
                }
            }
            let shape = Shape {
                kind,
                area: area.unwrap_or(Area::Band(0)),
                name: self.reviewed.describe(index).replace('`', ""),
                detail,
            };
            self.of_node.insert(index, self.shapes.len());
            self.shapes.push(shape);
        }
    }

    /// The band of what a shared thing leads to: the lowest of them.
    fn shared_area(&self, shared: NodeIndex) -> Option<Area> {
        let graph = &self.reviewed.graph;
        let band = |edge: &Edge| {
            let levels = graph.nodes.get(edge.to.position())?.levels?;
            Some(levels.high.classification.position())
        };
        graph.outgoing(shared).iter().filter_map(band).min().map(Area::Band)
    }

    fn guards(&mut self) {
        for (position, guard) in self.reviewed.policy.guards.iter().enumerate() {
            let source = guard.from.as_ref().and_then(|from| from.target).map(NodeIndex::from);
            let band = source
                .and_then(|source| self.reviewed.graph.nodes.get(source.position())?.levels)
                .map_or(0, |levels| levels.high.classification.position());
            let component = guard.component.as_ref().map_or("", |component| &component.name);
            self.of_guard.insert(position as u32, self.shapes.len());
            self.shapes.push(Shape {
                kind: ShapeKind::Guard,
                area: Area::Below(band),
                name: guard.name.value.clone(),
                detail: format!("guard, by {component}"),
            });
        }
    }

    fn edges(&mut self) {
        for edge in &self.reviewed.graph.edges {
            let ends = match edge.carrier {
                // What worlds have with the GUI and the readers of records stands in the shapes.
                Carrier::Display | Carrier::Input | Carrier::Log | Carrier::Audit => continue,
                Carrier::GuardInput(guard) => {
                    (self.of_node.get(&edge.from), self.of_guard.get(&guard))
                }
                Carrier::GuardOutput(guard) => {
                    (self.of_guard.get(&guard), self.of_node.get(&edge.to))
                }
                _ => (self.of_node.get(&edge.from), self.of_node.get(&edge.to)),
            };
            if let (Some(&from), Some(&to)) = ends {
                self.line(from, to, edge.carrier);
            }
        }
    }

    fn line(&mut self, from: usize, to: usize, carrier: Carrier) {
        let kind = match carrier {
            Carrier::GuardInput(_) | Carrier::GuardOutput(_) => LineKind::Guarded,
            Carrier::Slack | Carrier::Handover => LineKind::Time,
            _ => LineKind::Data,
        };
        let policy = &self.reviewed.policy;
        let label = match carrier {
            Carrier::Channel(position) => policy
                .channels
                .get(position as usize)
                .map_or_else(String::new, |channel| channel.name.value.clone()),
            Carrier::Slack => "time left over".to_owned(),
            Carrier::Handover => "handover".to_owned(),
            Carrier::Control => "control".to_owned(),
            // The shape at one of the ends has the name.
            _ => String::new(),
        };
        let back = self
            .lines
            .iter_mut()
            .find(|line| (line.from, line.to, line.kind, &line.label) == (to, from, kind, &label));
        match back {
            Some(line) => line.both_ways = true,
            None => self.lines.push(Line { from, to, kind, both_ways: false, label }),
        }
    }
}

/// A world's compartments, and what it shares with the screen, the loudspeaker and the kernel.
fn world_detail(policy: &Policy, world: &World) -> String {
    let mut details: Vec<String> = Vec::new();
    if let Some(level) = world.level {
        let names =
            level.value.compartments.iter().filter_map(|bit| policy.lattice.compartments.get(bit));
        let names: Vec<&str> = names.map(|name| name.value.as_str()).collect();
        if !names.is_empty() {
            details.push(format!("{{{}}}", names.join(", ")));
        }
    }
    let set = world.device_set();
    let devices = DEVICES.iter().filter(|(_, device)| set.contains(*device));
    let shown =
        devices.map(|(word, _)| *word).filter(|word| ["display", "input", "log"].contains(word));
    details.extend(shown.map(str::to_owned));
    details.join(" · ")
}

fn role(subject: Subject<'_>) -> String {
    let Subject::Component(component) = subject else {
        return String::new();
    };
    match component.role() {
        Role::Service => "service",
        Role::Driver => "driver",
        Role::Gui => "screen and input",
        Role::Guard => "filter of guards",
        Role::Separator => "separator",
        Role::Attester => "attester",
    }
    .to_owned()
}
