//! What can get where in one policy, and could not in another.
//!
//! That the GUI could type into one world what it sees in another is left out: see
//! [`Reach::without_screen`].

use std::collections::BTreeMap;

use super::{Direction, Hindrance, Reach, Reviewed, hop};
use crate::flow::NodeIndex;

/// A pair of places between which data can get in another way than before, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachChange {
    /// Which way the change goes.
    pub direction: Direction,
    /// What changed, in words, with the path.
    pub text: String,
}

/// The changes of reachability from one policy to another, by the names of source and destination.
pub fn reach_changes(old: &Reviewed, new: &Reviewed) -> Vec<ReachChange> {
    let (before, after) = (ends(old), ends(new));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let search = |reviewed, node: Option<&NodeIndex>| Some(Side::search(reviewed, *node?));
    let mut changes = Vec::new();
    for from in &names {
        let old_side = search(old, before.get(*from));
        let new_side = search(new, after.get(*from));
        for to in names.iter().filter(|to| *to != from) {
            let reached = |side: &Option<Side<'_>>, ends: &BTreeMap<String, NodeIndex>| {
                let (side, node) = (side.as_ref()?, ends.get(*to)?);
                Some((side.reached.get(node).copied()?, *node))
            };
            let was = reached(&old_side, &before);
            let is = reached(&new_side, &after);
            let direction = match (was, is) {
                (None, Some(_)) => Direction::Wider,
                (Some(_), None) => Direction::Narrower,
                (Some((was, _)), Some((is, _))) if is < was => Direction::Wider,
                (Some((was, _)), Some((is, _))) if is > was => Direction::Narrower,
                _ => continue,
            };
            let text = match (&old_side, was, &new_side, is) {
                (_, _, Some(side), Some((hindrance, node))) => {
                    let now = phrase(was.map(|(was, _)| was), hindrance);
                    format!("{from} to {to}{now}: {}", side.path(node))
                }
                (Some(side), Some((_, node)), ..) => {
                    format!("{from} to {to}: {}", side.path(node))
                }
                _ => continue,
            };
            changes.push(ReachChange { direction, text });
        }
    }
    changes
}

/// What is new about a way that there was already, or that is hindered.
fn phrase(was: Option<Hindrance>, is: Hindrance) -> &'static str {
    match (was, is) {
        (None, Hindrance::Free) => "",
        (Some(_), Hindrance::Free) => ", now unhindered",
        (None, Hindrance::TimeOnly) => ", as time",
        (Some(_), Hindrance::TimeOnly) => ", now as time only",
        (_, Hindrance::Separator) => ", now only upwards through a separator",
        (None, Hindrance::Guard) => ", through a guard",
        (Some(_), Hindrance::Guard) => ", now through a guard only",
    }
}

/// What holds data of its own accord, by name: not what is trusted with what it gets, whose rights
/// are compared by statement.
fn ends(reviewed: &Reviewed) -> BTreeMap<String, NodeIndex> {
    (0..reviewed.graph.nodes.len() as u32)
        .map(NodeIndex)
        .filter(|node| reviewed.is_end(*node) && !reviewed.is_trusted(*node))
        .map(|node| (reviewed.describe(node), node))
        .collect()
}

/// What one node reaches in one policy.
struct Side<'a> {
    reviewed: &'a Reviewed,
    reach: Reach<'a>,
    reached: BTreeMap<NodeIndex, Hindrance>,
}

impl<'a> Side<'a> {
    fn search(reviewed: &'a Reviewed, node: NodeIndex) -> Self {
        let reach = Reach::without_screen(&reviewed.graph, node);
        let reached = reach.nodes().into_iter().collect();
        Self { reviewed, reach, reached }
    }

    fn path(&self, to: NodeIndex) -> String {
        self.reach.path(to).map_or_else(String::new, |path| {
            hop::in_one_line(self.reviewed, &hop::hops(self.reviewed, &path))
        })
    }
}
