//! The page by which a native program learns what it is and has, and its ends of channels.

use cloister_abi::{
    AUDIT_CHANNEL, ChannelInfo, Direction, INFO_PAGE_BYTES, InfoPage, NAME_BYTES, NO_EVENT, Name,
    RightInfo,
};
use cloister_model::subject::SubjectId;
use cloister_policy_format::{Channel, ChannelOrigin, DeviceSelector, SubjectIndex};
use cloister_tables::component;

use crate::address_space::{Access, User};
use crate::frames::Frames;
use crate::partition::{Allotted, Audit, Builder, Native};
use crate::program::Loader;
use crate::stop;
use crate::subject::id;

impl Builder<'_> {
    /// Adds what a further virtual processor of a world has for itself: a stack, and an info page with
    /// its number. Returns the stack's end.
    pub fn follow(
        &self,
        frames: &mut Frames,
        loader: &mut Loader<'_>,
        part: &Native<'_>,
        member: SubjectId,
        number: usize,
    ) -> u64 {
        // A page below each stack is missing.
        let end = component::STACK_END - 2 * number as u64 * part.stack;
        loader.add_writable(frames, end - part.stack, part.stack, &[]);
        let info = InfoPage { virtual_processor: number as u64, ..self.empty_info(part, member) };
        loader.add_read_only(frames, info_address(number), bytes_of(&info), INFO_PAGE_BYTES as u64);
        end
    }

    /// What every info page says.
    fn empty_info(&self, part: &Native<'_>, subject: SubjectId) -> InfoPage {
        InfoPage {
            name: name(part.name),
            subject: subject.0.into(),
            ticks_per_second: self.clock.ticks_per_second,
            major_frame: self.ticks(self.policy.system().major_frame),
            ..InfoPage::EMPTY
        }
    }

    /// Maps the component's ends of its channels, and describes everything to it.
    pub fn info_page(
        &self,
        loader: &mut Loader<'_>,
        frames: &mut Frames,
        index: SubjectIndex,
        part: &Native<'_>,
        (channels, audit): (&[Allotted], Audit),
    ) -> InfoPage {
        let mut info = InfoPage {
            memory: component::MEMORY,
            memory_size: part.memory,
            device_count: self.devices_of(index) as u64,
            ..self.empty_info(part, id(index))
        };
        let mut address = component::CHANNELS;
        let mut signals = 0;
        let mut entries = info.channels.iter_mut();
        for (channel, allotted) in self.policy.channels().iter().zip(channels) {
            let (direction, access) = if channel.writer == index {
                (Direction::Write, Access::Write)
            } else if channel.reader == index {
                (Direction::Read, Access::Read)
            } else {
                continue;
            };
            let event = match (direction, channel.event) {
                (_, None) => NO_EVENT,
                (Direction::Read, Some(_)) => allotted.bit,
                (Direction::Write, Some(_)) => {
                    signals += 1;
                    signals - 1
                }
            };
            let Some(entry) = entries.next() else {
                stop!("component {}: has more channels than its info page", part.name);
            };
            *entry = ChannelInfo {
                name: name(channel.name),
                address,
                size: channel.size,
                direction: direction as u32,
                event,
                member: self.member_of(&channel),
                ..ChannelInfo::NONE
            };
            info.channel_count += 1;
            loader.space.map_for(User::Component, frames, address, allotted.memory, access);
            // A missing page between two channels stops whoever runs over the end of one.
            address = (address + channel.size * 2).next_multiple_of(channel.size);
        }
        if audit.reader == Some(index) {
            let Some(entry) = entries.next() else {
                stop!("component {}: has more channels than its info page", part.name);
            };
            *entry = ChannelInfo {
                name: name(AUDIT_CHANNEL),
                address,
                size: audit.memory.size(),
                direction: Direction::Read as u32,
                ..ChannelInfo::NONE
            };
            info.channel_count += 1;
            loader.space.map_for(User::Component, frames, address, audit.memory, Access::Read);
        }
        info.doorbells = u64::from(signals);
        self.describe_rights(&mut info, index, part.name);
        info
    }

    /// The Ethernet address of the member that a network's channel is of.
    fn member_of(&self, channel: &Channel<'_>) -> [u8; 6] {
        let mut ports = self.policy.network_ports().iter();
        let own = ports.find(|port| {
            channel.origin == ChannelOrigin::Network(port.network)
                && [channel.writer, channel.reader].contains(&port.subject)
        });
        own.map_or([0; 6], |port| port.mac)
    }

    /// How many PCI functions the policy gives to a component.
    fn devices_of(&self, index: SubjectIndex) -> usize {
        let own = self.policy.devices().iter().filter(|device| device.owner == index);
        own.filter(|device| !matches!(device.selector, DeviceSelector::Legacy(_))).count()
    }

    /// Tells a component whom it may control, and by which number.
    fn describe_rights(&self, info: &mut InfoPage, index: SubjectIndex, part: &str) {
        let mut entries = info.rights.iter_mut();
        for right in self.rights_of(index) {
            let Some(entry) = entries.next() else {
                stop!("component {part}: has more rights than its info page");
            };
            let target = self.policy.subject_name(right.target).unwrap_or_default();
            *entry = RightInfo { name: name(target), commands: right.commands.0.into() };
            info.right_count += 1;
        }
    }
}

/// Where the monitor of a virtual processor finds its info page.
pub const fn info_address(number: usize) -> u64 {
    /// Room for the info page and the world's page.
    const STEP: u64 = 0x1_0000;
    component::INFO + number as u64 * STEP
}

/// A name as components see it.
pub fn name(text: &str) -> Name {
    let mut name = [0; NAME_BYTES];
    name.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    name
}

/// Its content.
pub fn bytes_of(info: &InfoPage) -> &[u8] {
    // SAFETY: an info page is made of integers without padding, as its size says.
    unsafe { core::slice::from_raw_parts((&raw const *info).cast(), INFO_PAGE_BYTES) }
}
