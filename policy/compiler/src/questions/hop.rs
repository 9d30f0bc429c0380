//! Paths in words: a step for each holder of data, with what carries it and which lines say so.

use cloister_policy_format::{Charset, Confirm};

use super::{Reviewed, reach::Path};
use crate::{
    date::Day,
    flow::{Carrier, NodeIndex, NodeKind},
    model::{ClipboardRule, Guard, SourceChannelKind},
    reader::{show_duration, show_rate, show_size},
    schema::CHARSET,
    source::Span,
};

/// A step from one holder of data to the next; what both only share is not a step of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who has the data.
    pub from: NodeIndex,
    /// Who gets it.
    pub to: NodeIndex,
    /// By what.
    pub carrier: Carrier,
    /// The places that decide it, in the order of the file.
    pub places: Vec<Span>,
}

/// The steps of a path.
pub fn hops(reviewed: &Reviewed, path: &Path) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut joins = false;
    for edge in &path.steps {
        match hops.last_mut() {
            Some(hop) if joins => {
                hop.to = edge.to;
                hop.places.push(edge.span);
            }
            _ => hops.push(Hop {
                from: edge.from,
                to: edge.to,
                carrier: edge.carrier,
                places: vec![edge.span],
            }),
        }
        let shared = reviewed.graph.nodes.get(edge.to.position()).map(|node| node.kind);
        joins = matches!(edge.carrier, Carrier::GuardInput(_))
            || matches!(
                shared,
                Some(
                    NodeKind::Link(_)
                        | NodeKind::Disk(_)
                        | NodeKind::Clipboard(_)
                        | NodeKind::AuditRing
                )
            );
    }
    for hop in &mut hops {
        if let Carrier::GuardInput(guard) | Carrier::GuardOutput(guard) = hop.carrier
            && let Some(guard) = reviewed.policy.guards.get(guard as usize)
        {
            hop.places = vec![guard.name.span];
        }
        hop.places.sort_unstable();
        hop.places.dedup();
    }
    hops
}

/// The steps in one line: `` `internet` → `office` by channel `news` ``, one after the other.
pub fn in_one_line(reviewed: &Reviewed, hops: &[Hop]) -> String {
    let mut line = String::new();
    for hop in hops {
        if line.is_empty() {
            line = reviewed.describe(hop.from);
        }
        let carrier = reviewed.policy.describe_carrier(hop.carrier);
        line.push_str(&format!(" → {} by {carrier}", reviewed.describe(hop.to)));
    }
    line
}

/// What a carrier lets through, in words; `None` where there is nothing to say beside its name.
pub fn limits(reviewed: &Reviewed, carrier: Carrier) -> Option<String> {
    let policy = &reviewed.policy;
    match carrier {
        Carrier::Channel(position) => {
            let channel = policy.channels.get(position as usize)?;
            let kind = match channel.kind() {
                SourceChannelKind::Ring => "records",
                SourceChannelKind::FileDrop => "files",
                SourceChannelKind::Dialogue => "records both ways",
            };
            let because =
                channel.because.as_ref().map(|because| format!(", because: {}", because.value));
            Some(format!("{kind}, nothing filters them{}", because.unwrap_or_default()))
        }
        Carrier::Clipboard(position) => policy.clipboard.get(position as usize).map(clipboard),
        Carrier::GuardInput(position) | Carrier::GuardOutput(position) => {
            policy.guards.get(position as usize).map(guard)
        }
        Carrier::Link(_) => Some("network frames, nothing filters them".to_owned()),
        Carrier::Network(_) => Some("network frames over the outside network".to_owned()),
        Carrier::Disk(_) => Some("whatever is written to the disk".to_owned()),
        Carrier::Slack | Carrier::Handover => {
            Some("no data, but who runs when depends on it".to_owned())
        }
        Carrier::Control => Some("no data, but what is asked, and when, can tell it".to_owned()),
        _ => None,
    }
}

fn clipboard(rule: &ClipboardRule) -> String {
    let max = rule.max.map_or(64 << 10, |max| max.value);
    let timeout = rule.timeout.map_or(60_000_000_000, |timeout| timeout.value);
    format!(
        "one paste of at most {} within {}; {}",
        show_size(max),
        show_duration(timeout),
        confirmation(rule.confirm.map_or(Confirm::UserSeesContent, |confirm| confirm.value))
    )
}

fn guard(guard: &Guard) -> String {
    let content = &guard.content;
    let mut said = Vec::new();
    if let Some(media_type) = &content.media_type {
        said.push(media_type.value.clone());
    }
    let charset = content.charset.map_or(Charset::Ascii, |charset| charset.value);
    said.extend(
        CHARSET.iter().find(|(_, known)| *known == charset).map(|(word, _)| (*word).to_owned()),
    );
    said.extend(content.max.map(|max| format!("at most {} at once", show_size(max.value))));
    said.extend(content.rate.map(|rate| format!("at most {}", show_rate(rate.value))));
    said.extend(guard.expires.map(|day| format!("until {}", Day(day.value).iso())));
    let confirm = guard.confirm.map_or(Confirm::UserSeesContent, |confirm| confirm.value);
    said.push(confirmation(confirm).to_owned());
    if let Some(because) = &guard.because {
        said.push(format!("because: {}", because.value));
    }
    said.join(", ")
}

fn confirmation(confirm: Confirm) -> &'static str {
    match confirm {
        Confirm::None => "nobody is asked",
        Confirm::UserConfirms => "the user is asked",
        Confirm::UserSeesContent => "the user sees the content and is asked",
    }
}
