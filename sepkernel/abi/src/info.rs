//! The info page: what a component was given, in memory that it can read and nobody can write.
//!
//! The boot program fills it before lock. All of it comes from the policy and the machine, none of
//! it from another subject, and it never changes.

use crate::Command;

/// First word of the page.
pub const INFO_MAGIC: u64 = u64::from_le_bytes(*b"CLINFO03");

/// Version of this layout.
pub const INFO_VERSION: u64 = 3;

/// Bytes of it: two pages of the processor's, one after the other.
pub const INFO_PAGE_BYTES: usize = 8192;

/// Where every component finds the page.
pub const INFO_ADDRESS: u64 = 0x3000_0000_0000;

/// Bytes of a name, unused ones 0 at its end.
pub const NAME_BYTES: usize = 32;

/// Channels that one component can have.
pub const MAX_CHANNELS: usize = 64;

/// Other subjects that one component can control.
pub const MAX_RIGHTS: usize = 64;

/// A channel without an event has this for its number.
pub const NO_EVENT: u32 = u32::MAX;

/// A name of the policy, in UTF-8.
pub type Name = [u8; NAME_BYTES];

/// Which end of a channel a component has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u32)]
pub enum Direction {
    /// It maps the memory read-write and may raise the event.
    Write = 1,
    /// It maps the memory read-only and receives the event.
    Read = 2,
}

impl Direction {
    /// The direction with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Write),
            2 => Some(Self::Read),
            _ => None,
        }
    }
}

/// One end of a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct ChannelInfo {
    /// The policy's name for the channel.
    pub name: Name,
    /// Where the component sees it.
    pub address: u64,
    /// Its length in bytes, a power of two of pages.
    pub size: u64,
    /// Number of a [`Direction`].
    pub direction: u32,
    /// For the writer: the event's number for [`Signal`](crate::Number::Signal). For the reader: the
    /// event's bit. [`NO_EVENT`] where the channel has none.
    pub event: u32,
    /// Ethernet address of the member that a network's channel is of; zeros for other channels.
    pub member: [u8; 6],
    /// Zero.
    pub reserved: u16,
}

impl ChannelInfo {
    /// No channel.
    pub const NONE: Self = Self {
        name: [0; NAME_BYTES],
        address: 0,
        size: 0,
        direction: 0,
        event: NO_EVENT,
        member: [0; 6],
        reserved: 0,
    };

    /// The policy's name for the channel, as text.
    #[must_use]
    pub fn name(&self) -> &str {
        text(&self.name).unwrap_or_default()
    }
}

/// A right to control another subject. Its place in the table is its number for
/// [`Control`](crate::Number::Control).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct RightInfo {
    /// The policy's name for the subject.
    pub name: Name,
    /// What may be asked of it: for each [`Command`] the bit with its number.
    pub commands: u64,
}

impl RightInfo {
    /// No right.
    pub const NONE: Self = Self { name: [0; NAME_BYTES], commands: 0 };

    /// Whether the command may be given.
    #[must_use]
    pub const fn allows(&self, command: Command) -> bool {
        self.commands >> command as u32 & 1 == 1
    }
}

/// The page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct InfoPage {
    /// [`INFO_MAGIC`].
    pub magic: u64,
    /// [`INFO_VERSION`].
    pub version: u64,
    /// The policy's name for the component.
    pub name: Name,
    /// Its subject number.
    pub subject: u64,
    /// Ticks of the time stamp counter in a second.
    pub ticks_per_second: u64,
    /// Ticks of the schedule's major frame.
    pub major_frame: u64,
    /// First address of the component's working memory.
    pub memory: u64,
    /// Bytes of it.
    pub memory_size: u64,
    /// How many entries of `channels` are in use.
    pub channel_count: u64,
    /// How many entries of `rights` are in use.
    pub right_count: u64,
    /// A monitor's number of virtual processor, from 0; 0 for components.
    pub virtual_processor: u64,
    /// Number of the event that calls the monitor of virtual processor 0; those of the others follow. For
    /// monitors of worlds with several.
    pub doorbells: u64,
    /// How many PCI functions the component has, which its [device page](crate::DevicePage) tells of.
    pub device_count: u64,
    /// Zero.
    pub reserved: [u64; 48],
    /// The component's channels, in the order of the policy.
    pub channels: [ChannelInfo; MAX_CHANNELS],
    /// The component's rights to control others, in the order of the policy.
    pub rights: [RightInfo; MAX_RIGHTS],
    /// Zero.
    pub reserved_behind: [u64; 128],
}

impl InfoPage {
    /// A page of a component that was given nothing.
    pub const EMPTY: Self = Self {
        magic: INFO_MAGIC,
        version: INFO_VERSION,
        name: [0; NAME_BYTES],
        subject: 0,
        ticks_per_second: 0,
        major_frame: 0,
        memory: 0,
        memory_size: 0,
        channel_count: 0,
        right_count: 0,
        virtual_processor: 0,
        doorbells: 0,
        device_count: 0,
        reserved: [0; 48],
        channels: [ChannelInfo::NONE; MAX_CHANNELS],
        rights: [RightInfo::NONE; MAX_RIGHTS],
        reserved_behind: [0; 128],
    };

    /// The channels in use.
    #[must_use]
    pub fn channels(&self) -> &[ChannelInfo] {
        let count = usize::try_from(self.channel_count).unwrap_or(MAX_CHANNELS);
        self.channels.get(..count).unwrap_or(&self.channels)
    }

    /// The channel with this name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&ChannelInfo> {
        self.channels().iter().find(|channel| text(&channel.name) == Some(name))
    }
}

impl InfoPage {
    /// The rights in use.
    #[must_use]
    pub fn rights(&self) -> &[RightInfo] {
        let count = usize::try_from(self.right_count).unwrap_or(MAX_RIGHTS);
        self.rights.get(..count).unwrap_or(&self.rights)
    }

    /// The number of the right to control the subject with this name, and the right.
    #[must_use]
    pub fn right(&self, name: &str) -> Option<(u32, &RightInfo)> {
        (0..).zip(self.rights()).find(|(_, right)| text(&right.name) == Some(name))
    }
}

/// The text of a name, without the zeros at its end.
fn text(name: &Name) -> Option<&str> {
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(NAME_BYTES);
    core::str::from_utf8(name.get(..length)?).ok()
}

const _: () = assert!(size_of::<InfoPage>() == INFO_PAGE_BYTES, "the info page has its size");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_and_a_right_are_found_by_their_names_among_those_in_use() {
        let mut page = InfoPage::EMPTY;
        for (entry, letter) in page.channels.iter_mut().zip(b'a'..) {
            entry.name[0] = letter;
        }
        page.channel_count = 2;
        assert_eq!(page.channel("b"), Some(&page.channels[1]));
        assert_eq!(page.channel("c"), None);
        page.rights[1] = RightInfo { name: page.channels[5].name, commands: 0b10 };
        page.right_count = 2;
        let (number, right) = page.right("f").unwrap();
        assert_eq!(
            (number, right.allows(Command::Stop), right.allows(Command::Start)),
            (1, true, false)
        );
        page.channel_count = u64::MAX;
        assert_eq!(page.channels().len(), MAX_CHANNELS, "a wrong count ends at the page's end");
    }
}
