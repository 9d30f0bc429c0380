//! The world page: what a monitor is told of its world, read-only.

use crate::Name;

/// Where every monitor finds the page.
pub const WORLD_ADDRESS: u64 = crate::INFO_ADDRESS + 0x100_0000;

/// First word of the page.
pub const WORLD_MAGIC: u64 = u64::from_le_bytes(*b"CLWRLD01");

/// Bytes of the structure, in whole pages.
pub const WORLD_PAGE_BYTES: usize = 8192;

/// Longest command line of a guest's kernel, its end included.
pub const COMMAND_LINE_BYTES: usize = 2048;

/// Longest text of a level.
pub const LEVEL_BYTES: usize = 128;

/// Adapters that one world can have.
pub const MAX_ADAPTERS: usize = 8;

/// Other members that a link can have at most.
pub const MAX_LINK_PEERS: usize = 15;

/// Declared channels that one world can have as devices.
pub const MAX_WORLD_CHANNELS: usize = 16;

/// Where guests see the memory of their channels: first address and size of a range of guest-physical
/// addresses that holds nothing else, inside the 40 bits that every processor of this kind has.
pub const CHANNEL_RANGE: (u64, u64) = (1 << 38, 1 << 38);

/// A channel end that is not there.
pub const NO_CHANNEL: u32 = u32::MAX;

/// A file that the monitor sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct FileView {
    /// Where.
    pub address: u64,
    /// Bytes; 0 where there is no such file.
    pub size: u64,
}

/// A network adapter of the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct AdapterInfo {
    /// The name of the link or network in the policy.
    pub link: Name,
    /// Ethernet address.
    pub mac: [u8; 6],
    /// Zero.
    pub reserved: u16,
    /// How many entries of each of the two lists are in use.
    pub sends: u32,
    /// How many entries of each of the two lists are in use.
    pub receives: u32,
    /// Positions of channels of the info page by which it sends, one for each receiver.
    pub send: [u32; MAX_LINK_PEERS],
    /// Positions of channels of the info page by which it receives, one for each sender.
    pub receive: [u32; MAX_LINK_PEERS],
    /// Ethernet addresses of the receivers, in the order of `send`; zeros for a network's driver.
    pub send_mac: [[u8; 6]; MAX_LINK_PEERS],
    /// Ethernet addresses of the senders, in the order of `receive`; zeros for a network's driver.
    pub receive_mac: [[u8; 6]; MAX_LINK_PEERS],
}

impl AdapterInfo {
    /// No adapter.
    pub const NONE: Self = Self {
        link: [0; crate::NAME_BYTES],
        mac: [0; 6],
        reserved: 0,
        sends: 0,
        receives: 0,
        send: [NO_CHANNEL; MAX_LINK_PEERS],
        receive: [NO_CHANNEL; MAX_LINK_PEERS],
        send_mac: [[0; 6]; MAX_LINK_PEERS],
        receive_mac: [[0; 6]; MAX_LINK_PEERS],
    };
}

/// A channel whose memory the guest sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct GuestChannel {
    /// Guest-physical address, a multiple of the channel's size.
    pub address: u64,
    /// Position of the channel in the info page.
    pub channel: u32,
    /// Zero.
    pub reserved: u32,
}

impl GuestChannel {
    /// No channel.
    pub const NONE: Self = Self { address: 0, channel: NO_CHANNEL, reserved: 0 };
}

/// The page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct WorldPage {
    /// [`WORLD_MAGIC`].
    pub magic: u64,
    /// Where the monitor sees the guest's memory, guest-physical address 0 first.
    pub memory: u64,
    /// Bytes of it below guest-physical 4 GiB, from address 0 on.
    pub memory_low: u64,
    /// Bytes of it from guest-physical 4 GiB on; they follow those of the low part.
    pub memory_high: u64,
    /// Virtual processors.
    pub processors: u64,
    /// Where the monitor sees the pages of the virtual processors, one after the other.
    pub virtual_processors: u64,
    /// The kernel file.
    pub kernel: FileView,
    /// The initial RAM disk.
    pub initrd: FileView,
    /// The disk.
    pub disk: FileView,
    /// Bits of the policy's virtual devices.
    pub devices: u64,
    /// Width and height of the framebuffer in pixels of 32 bits; 0 where there is none.
    pub framebuffer: [u32; 2],
    /// Position of the framebuffer's channel in the info page.
    pub framebuffer_channel: u32,
    /// Position of the input channel in the info page.
    pub input_channel: u32,
    /// Where the guest sees the framebuffer.
    pub framebuffer_address: u64,
    /// Seconds since 1970, UTC, at time stamp counter 0.
    pub unix_seconds: u64,
    /// How many adapters are in use.
    pub adapter_count: u64,
    /// Bytes of the command line.
    pub command_line_bytes: u64,
    /// The kernel's command line, ASCII.
    pub command_line: [u8; COMMAND_LINE_BYTES],
    /// The level's text, UTF-8, zeros at its end.
    pub level: [u8; LEVEL_BYTES],
    /// The adapters.
    pub adapters: [AdapterInfo; MAX_ADAPTERS],
    /// How many channels the guest sees.
    pub channel_count: u64,
    /// These channels.
    pub channels: [GuestChannel; MAX_WORLD_CHANNELS],
}

const _: () = assert!(size_of::<WorldPage>() <= WORLD_PAGE_BYTES);

impl WorldPage {
    /// A world that was given nothing.
    pub const EMPTY: Self = Self {
        magic: WORLD_MAGIC,
        memory: 0,
        memory_low: 0,
        memory_high: 0,
        processors: 0,
        virtual_processors: 0,
        kernel: FileView { address: 0, size: 0 },
        initrd: FileView { address: 0, size: 0 },
        disk: FileView { address: 0, size: 0 },
        devices: 0,
        framebuffer: [0; 2],
        framebuffer_channel: NO_CHANNEL,
        input_channel: NO_CHANNEL,
        framebuffer_address: 0,
        unix_seconds: 0,
        adapter_count: 0,
        command_line_bytes: 0,
        command_line: [0; COMMAND_LINE_BYTES],
        level: [0; LEVEL_BYTES],
        adapters: [AdapterInfo::NONE; MAX_ADAPTERS],
        channel_count: 0,
        channels: [GuestChannel::NONE; MAX_WORLD_CHANNELS],
    };

    /// The command line.
    #[must_use]
    pub fn command_line(&self) -> &[u8] {
        let length = usize::try_from(self.command_line_bytes).unwrap_or(COMMAND_LINE_BYTES);
        self.command_line.get(..length).unwrap_or(&self.command_line)
    }

    /// The channels that the guest sees.
    #[must_use]
    pub fn channels(&self) -> &[GuestChannel] {
        let count = usize::try_from(self.channel_count).unwrap_or(MAX_WORLD_CHANNELS);
        self.channels.get(..count).unwrap_or(&self.channels)
    }
}
