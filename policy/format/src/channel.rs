//! Channels: memory with one writer and one reader, the only way for subjects to exchange anything.

use serde::{Deserialize, Serialize};

use crate::{LinkIndex, NetworkIndex, SubjectIndex};

/// One channel. Two-way relations of the source appear as two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel<'a> {
    /// The policy's name for it, or one made from the link, guard or device that it serves.
    pub name: &'a str,
    /// Who maps it read-write.
    pub writer: SubjectIndex,
    /// Who maps it read-only.
    pub reader: SubjectIndex,
    /// How its bytes are laid out.
    pub kind: ChannelKind,
    /// Length in bytes, a power of two of 4 KiB pages.
    pub size: u64,
    /// The name of the event that the writer may raise at the reader.
    pub event: Option<&'a str>,
    /// Where a writing world sees it, a guest-physical address; none lets the monitor choose.
    pub writer_address: Option<u64>,
    /// Where a reading world sees it, a guest-physical address; none lets the monitor choose.
    pub reader_address: Option<u64>,
    /// The statement of the policy that it comes from.
    pub origin: ChannelOrigin,
}

/// How the bytes of a channel are laid out and used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChannelKind {
    /// A ring of records.
    Ring,
    /// A ring that carries files from a directory to a directory.
    FileDrop,
    /// A ring of network frames.
    Network,
    /// Pixels, latest state only.
    Framebuffer,
    /// Keyboard and mouse events.
    Input,
    /// Samples of sound.
    Audio,
    /// Lines of text.
    Log,
    /// Records of the kernel's audit ring.
    Audit,
}

/// The statement that a channel comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChannelOrigin {
    /// A `[channel]`.
    Declared,
    /// A `[link]` between worlds.
    Link(LinkIndex),
    /// An outside `[network]` and its driver component.
    Network(NetworkIndex),
    /// A `[guard]`, by position in its section.
    Guard(u32),
    /// A world's `devices` list.
    Device,
}
