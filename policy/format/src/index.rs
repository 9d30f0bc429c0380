//! Numbers of records, each its own type, so that a channel's number is never taken for a subject's.

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident($number:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $number);

        impl $name {
            /// The number, as a position in its section.
            pub const fn position(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// A classification, by position in the lattice; 0 is the lowest.
    ClassificationIndex(u8);
    /// A subject: the worlds in the order of their section, then the components in theirs.
    SubjectIndex(u32);
    /// An image, by position in its section.
    ImageIndex(u32);
    /// A file of the bundle, by position in its section.
    FileIndex(u32);
    /// A channel, by position in its section.
    ChannelIndex(u32);
    /// A network link between worlds, by position in its section.
    LinkIndex(u32);
    /// An outside network, by position in its section.
    NetworkIndex(u32);
    /// A clipboard rule, by position in its section.
    ClipboardRuleIndex(u32);
    /// A logical processor, counted from 0 as the schedule does.
    CpuIndex(u8);
}
