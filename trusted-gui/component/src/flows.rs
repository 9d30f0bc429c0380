//! The ways by which data may flow between worlds, for the trusted screen: all that the policy opens.

use cloister_policy_format::{Channel, ChannelOrigin, PolicyView};
use cloister_screen::trusted::{Direction, Flow};
use heapless::Vec;

/// The most that are shown.
pub const MOST: usize = 64;

/// All of them, in the policy's order; the guards at the end.
pub fn of(policy: &PolicyView<'static>) -> Vec<Flow<'static>, MOST> {
    let mut flows = Vec::new();
    let name = |subject| policy.subject_name(subject).unwrap_or_default();
    for (index, channel) in policy.channels().iter().enumerate() {
        let Some(kind) = kind(policy, &channel) else { continue };
        let back = |other: &Channel<'_>| {
            other.origin == channel.origin
                && (other.writer, other.reader) == (channel.reader, channel.writer)
        };
        let (mut earlier, mut all) =
            (policy.channels().iter().take(index), policy.channels().iter());
        if earlier.any(|other| back(&other)) {
            continue;
        }
        let both = all.any(|other| back(&other));
        let direction = if both { Direction::Both } else { Direction::Up };
        let flow = Flow { from: name(channel.writer), to: name(channel.reader), kind, direction };
        let _ = flows.push(flow);
    }
    for guard in policy.guards().iter() {
        let (from, to) = (name(guard.from), name(guard.to));
        let _ = flows.push(Flow { from, to, kind: guard.name, direction: Direction::Guarded });
    }
    flows
}

/// What a channel is called, if it is one between worlds that an officer wrote down.
fn kind(policy: &PolicyView<'static>, channel: &Channel<'static>) -> Option<&'static str> {
    match channel.origin {
        ChannelOrigin::Declared => Some(channel.name),
        ChannelOrigin::Link(link) => policy.links().get(link.position()).map(|link| link.name),
        ChannelOrigin::Network(_) | ChannelOrigin::Guard(_) | ChannelOrigin::Device => None,
    }
}
