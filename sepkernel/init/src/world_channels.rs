//! The channels of a world: those of its adapters on links, and those whose memory its guest sees.

use cloister_abi::{
    AdapterInfo, CHANNEL_RANGE, GuestChannel, MAX_WORLD_CHANNELS, NO_CHANNEL, WorldPage,
};
use cloister_hardware::handoff::Range;
use cloister_policy_format as policy;
use cloister_policy_format::{ChannelKind, ChannelOrigin, LinkMember, SubjectIndex};
use heapless::Vec;

use crate::address_space::Access;
use crate::info_page::name;
use crate::partition::Builder;
use crate::stop;
use crate::world::Planned;

/// Where addresses are that the policy leaves open; those that it names lie below, in the same range.
const CHOSEN: u64 = CHANNEL_RANGE.0 + CHANNEL_RANGE.1 / 2;

/// A channel whose memory a guest sees.
pub struct Seen {
    /// Guest-physical address.
    pub address: u64,
    /// Where it lies.
    pub memory: Range,
    /// How.
    pub access: Access,
    /// Its position in the info page.
    position: u32,
}

/// The channels that the guest of a world sees: those that the policy declares, and those to and from
/// its guards.
pub fn seen_by_guest(
    builder: &Builder<'_>,
    planned: &Planned<'_>,
) -> Vec<Seen, MAX_WORLD_CHANNELS> {
    let &Planned { index, world, channels } = planned;
    let mut seen = Vec::new();
    // Memory has a hole of a gigabyte below 4 GiB.
    let lowest = CHANNEL_RANGE.0.max(world.memory.saturating_add(1 << 30));
    let mut next = CHOSEN;
    let own =
        builder.policy.channels().iter().zip(channels).filter(|(channel, _)| is_of(channel, index));
    for (position, (channel, allotted)) in (0..).zip(own) {
        let records = matches!(channel.kind, ChannelKind::Ring | ChannelKind::FileDrop);
        let between = matches!(channel.origin, ChannelOrigin::Declared | ChannelOrigin::Guard(_));
        if !records || !between {
            continue;
        }
        let (access, wanted) = if channel.writer == index {
            (Access::Guest, channel.writer_address)
        } else {
            (Access::Read, channel.reader_address)
        };
        let address = wanted.unwrap_or_else(|| next.next_multiple_of(channel.size));
        if wanted.is_none() {
            next = address + channel.size;
        }
        let fits = address.is_multiple_of(channel.size)
            && address >= lowest
            && address + channel.size <= if wanted.is_some() { CHOSEN } else { range_end() };
        if !fits {
            stop!("world {}: channel {} cannot lie at {address:#x}", world.name, channel.name);
        }
        let one = Seen { address, memory: allotted.memory, access, position };
        if seen.push(one).is_err() {
            stop!("world {}: more than {MAX_WORLD_CHANNELS} channels", world.name);
        }
    }
    seen
}

const fn range_end() -> u64 {
    CHANNEL_RANGE.0 + CHANNEL_RANGE.1
}

/// Tells the monitor of a channel that its guest sees.
pub fn add_channel(page: &mut WorldPage, seen: &Seen) {
    if let Some(place) = page.channels.get_mut(page.channel_count as usize) {
        *place = GuestChannel { address: seen.address, channel: seen.position, reserved: 0 };
        page.channel_count += 1;
    }
}

fn is_of(channel: &policy::Channel<'_>, index: SubjectIndex) -> bool {
    channel.writer == index || channel.reader == index
}

/// The channels of a subject, in the order of its info page.
fn channels_of<'b>(
    builder: &'b Builder<'_>,
    index: SubjectIndex,
) -> impl Iterator<Item = (u32, policy::Channel<'b>)> {
    let all = builder.policy.channels().iter();
    (0..).zip(all.filter(move |channel| is_of(channel, index)))
}

/// The position of the subject's channel of a kind, in its info page.
pub fn channel_of(builder: &Builder<'_>, index: SubjectIndex, kind: ChannelKind) -> u32 {
    channels_of(builder, index)
        .find(|(_, channel)| channel.kind == kind)
        .map_or(NO_CHANNEL, |(position, _)| position)
}

/// The world's adapters: on links, each with the channels to and from the other members; on outside
/// networks, each with those to and from the driver, who has no address.
pub fn add_adapters(builder: &Builder<'_>, index: SubjectIndex, page: &mut WorldPage) {
    let policy = &builder.policy;
    let members = policy.link_members();
    let links = members.iter().filter(|member| member.world == index).map(|member| {
        let link = policy.links().get(member.link.position());
        (link.map_or("", |link| link.name), member.mac, ChannelOrigin::Link(member.link))
    });
    let ports = policy.network_ports().iter().filter(|port| port.subject == index).map(|port| {
        let network = policy.networks().get(port.network.position());
        let called = network.map_or("", |network| network.name);
        (called, port.mac, ChannelOrigin::Network(port.network))
    });
    for (adapter, (called, mac, origin)) in page.adapters.iter_mut().zip(links.chain(ports)) {
        *adapter = AdapterInfo { link: name(called), mac, ..AdapterInfo::NONE };
        let on_it = |(_, channel): &(u32, policy::Channel<'_>)| channel.origin == origin;
        for (position, channel) in channels_of(builder, index).filter(on_it) {
            let AdapterInfo { send, sends, send_mac, receive, receives, receive_mac, .. } = adapter;
            let (other, list, addresses, count) = if channel.writer == index {
                (channel.reader, send, send_mac, sends)
            } else {
                (channel.writer, receive, receive_mac, receives)
            };
            let is_other = |member: &LinkMember| {
                ChannelOrigin::Link(member.link) == origin && member.world == other
            };
            let address = members.iter().find(is_other).map_or([0; 6], |member| member.mac);
            let places = list.get_mut(*count as usize).zip(addresses.get_mut(*count as usize));
            if let Some((place, place_of_address)) = places {
                (*place, *place_of_address) = (position, address);
                *count += 1;
            }
        }
        page.adapter_count += 1;
    }
}
