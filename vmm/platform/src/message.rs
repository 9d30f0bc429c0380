//! What one interrupt controller sends to local APICs.

/// How an interrupt reaches a processor (Intel SDM volume 3, section 11.5.1; AMD APM volume 2,
/// section 16.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// As a vector, to all destinations.
    Fixed,
    /// As a vector, to the destination that is least busy.
    LowestPriority,
    /// As a system management interrupt. No processor here has that mode.
    SystemManagement,
    /// As a non-maskable interrupt.
    NonMaskable,
    /// As INIT: the processor is reset, and waits to be started.
    Init,
    /// Starts a processor that waits, at page `vector` of memory.
    Startup,
    /// As the 8259's interrupt: that gives the vector.
    External,
}

impl Delivery {
    /// From three bits, as all registers hold it.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits & 7 {
            0 => Some(Self::Fixed),
            1 => Some(Self::LowestPriority),
            2 => Some(Self::SystemManagement),
            4 => Some(Self::NonMaskable),
            5 => Some(Self::Init),
            6 => Some(Self::Startup),
            7 => Some(Self::External),
            _ => None,
        }
    }

    /// It brings a vector that its handler must end.
    #[must_use]
    pub const fn has_vector(self) -> bool {
        matches!(self, Self::Fixed | Self::LowestPriority)
    }
}

/// Which local APICs are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination {
    /// The one with this number; [`Destination::EVERY`] is all of them.
    Physical(u32),
    /// Those whose logical destination register matches.
    Logical(u32),
    /// The sender.
    Sender,
    /// All, the sender among them.
    All,
    /// All but the sender.
    Others,
}

impl Destination {
    /// The physical number that means all.
    pub const EVERY: u32 = u32::MAX;
    /// The same in registers with eight bits for it.
    const EVERY_OF_EIGHT_BITS: u32 = 0xff;

    /// From a register with eight bits for it.
    #[must_use]
    pub const fn of_eight_bits(number: u32, logical: bool) -> Self {
        match number & 0xff {
            number if logical => Self::Logical(number),
            Self::EVERY_OF_EIGHT_BITS => Self::Physical(Self::EVERY),
            number => Self::Physical(number),
        }
    }
}

/// An interrupt on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    /// To whom.
    pub destination: Destination,
    /// How.
    pub delivery: Delivery,
    /// Its vector; with [`Delivery::Startup`] the number of a page.
    pub vector: u8,
    /// Its end has to be told to the I/O APIC.
    pub level_triggered: bool,
}

impl Message {
    /// Where writes are messages: 0xfee in the bits above 20.
    const WINDOW: u64 = 0xfee;

    /// What a device's write of `data` to `address` means, if it is a message (Intel SDM volume 3,
    /// section 11.11). Without remapping of interrupts the address names eight bits of destination.
    #[must_use]
    pub fn from_write(address: u64, data: u32) -> Option<Self> {
        if address >> 20 != Self::WINDOW {
            return None;
        }
        let logical = address & 1 << 2 != 0;
        Some(Self {
            destination: Destination::of_eight_bits((address >> 12) as u32, logical),
            delivery: Delivery::from_bits(data >> 8)?,
            vector: data as u8,
            level_triggered: data & 1 << 15 != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_names_destination_and_vector() {
        let message = Message::from_write(0xfee0_3000, 0x41).expect("a message");
        assert_eq!(message.destination, Destination::Physical(3));
        assert_eq!((message.delivery, message.vector), (Delivery::Fixed, 0x41));
        let message = Message::from_write(0xfeef_f004, 0x141).expect("a message");
        assert_eq!(message.destination, Destination::Logical(0xff));
        assert_eq!(message.delivery, Delivery::LowestPriority);
        let all = Message::from_write(0xfeef_f000, 0x41).expect("a message");
        assert_eq!(all.destination, Destination::Physical(Destination::EVERY));
    }

    #[test]
    fn other_writes_are_lost() {
        assert_eq!(Message::from_write(0xfed0_0000, 0x41), None);
        assert_eq!(Message::from_write(0x1_fee0_0000, 0x41), None);
        assert_eq!(Message::from_write(0xfee0_0000, 0x341), None);
    }
}
