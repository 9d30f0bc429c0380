//! The packets of a PS/2 mouse: three bytes, or four from one with a wheel.

use super::{KeyCode, keys};

/// How long the packets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Buttons and movement (device number 0).
    Plain,
    /// Also a wheel (device number 3).
    Wheel,
    /// Also a wheel and two more buttons (device number 4).
    FiveButtons,
}

/// What a packet says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// Steps to the right, -256 to 255.
    pub right: i16,
    /// Steps down, -255 to 256.
    pub down: i16,
    /// Steps of the wheel, away from the user.
    pub wheel: i8,
    /// Buttons that are down: bit *n* for [`BUTTONS`]`[n]`.
    pub buttons: u8,
}

/// The buttons by bit.
pub const BUTTONS: [KeyCode; 5] = [
    keys::BUTTON_LEFT,
    keys::BUTTON_RIGHT,
    keys::BUTTON_MIDDLE,
    keys::BUTTON_SIDE,
    keys::BUTTON_EXTRA,
];

/// Finds packets in the bytes that a mouse sends.
#[derive(Debug)]
pub struct Decoder {
    protocol: Protocol,
    bytes: [u8; 4],
    count: usize,
}

/// Set in the first byte of each packet.
const FIRST: u8 = 1 << 3;
const RIGHT_SIGN: u8 = 1 << 4;
const UP_SIGN: u8 = 1 << 5;
const OVERFLOW: u8 = 3 << 6;

impl Decoder {
    /// A decoder that expects the first byte of a packet.
    #[must_use]
    pub const fn new(protocol: Protocol) -> Self {
        Self { protocol, bytes: [0; 4], count: 0 }
    }

    /// Forgets an unfinished packet. To be called when no byte came for a tenth of a second: the bytes
    /// of a packet follow each other within milliseconds.
    pub const fn pause(&mut self) {
        self.count = 0;
    }

    /// Takes a byte; the packet that it completes. Bytes that cannot begin a packet are passed over, so
    /// the decoder finds back after a loss.
    pub fn feed(&mut self, byte: u8) -> Option<Packet> {
        if self.count == 0 && byte & FIRST == 0 {
            return None;
        }
        *self.bytes.get_mut(self.count)? = byte;
        self.count += 1;
        let length = if self.protocol == Protocol::Plain { 3 } else { 4 };
        if self.count < length {
            return None;
        }
        self.count = 0;
        Some(self.packet())
    }

    fn packet(&self) -> Packet {
        let [flags, right, up, more] = self.bytes;
        let signed =
            |value: u8, sign: u8| i16::from(value) - if flags & sign != 0 { 256 } else { 0 };
        let (right, up) = if flags & OVERFLOW == 0 {
            (signed(right, RIGHT_SIGN), signed(up, UP_SIGN))
        } else {
            // How far it moved is not known.
            (0, 0)
        };
        let (wheel, extra) = match self.protocol {
            Protocol::Plain => (0, 0),
            Protocol::Wheel => (more as i8, 0),
            Protocol::FiveButtons => (((more << 4) as i8) >> 4, more >> 4 & 3),
        };
        Packet {
            right,
            down: -up,
            // The mouse counts towards the user.
            wheel: wheel.saturating_neg(),
            buttons: flags & 7 | extra << 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(protocol: Protocol, bytes: &[u8]) -> Vec<Packet> {
        let mut decoder = Decoder::new(protocol);
        bytes.iter().filter_map(|byte| decoder.feed(*byte)).collect()
    }

    #[test]
    fn movement_has_nine_bits_and_points_down() {
        let found = packets(Protocol::Plain, &[0x08, 5, 3, 0x38, 0xfb, 0xfd, 0x19, 0x00, 0x00]);
        let packet = |right, down, buttons| Packet { right, down, wheel: 0, buttons };
        assert_eq!(found, [packet(5, -3, 0), packet(-5, 3, 0), packet(-256, 0, 1)]);
    }

    #[test]
    fn wheels_and_side_buttons_are_in_the_fourth_byte() {
        let found = packets(Protocol::Wheel, &[0x08, 0, 0, 0xff, 0x08, 0, 0, 0x80]);
        assert_eq!(found.iter().map(|packet| packet.wheel).collect::<Vec<_>>(), [1, 127]);
        let found = packets(Protocol::FiveButtons, &[0x0c, 0, 0, 0x3f, 0x08, 0, 0, 0x18]);
        assert_eq!((found[0].wheel, found[0].buttons), (1, 0b1_1100));
        assert_eq!((found[1].wheel, found[1].buttons), (8, 0b0_1000));
    }

    #[test]
    fn movement_that_overflowed_is_dropped_and_buttons_are_kept() {
        assert_eq!(
            packets(Protocol::Plain, &[0x4a, 0xff, 0xff]),
            [Packet { buttons: 2, ..Packet::default() }]
        );
    }

    #[test]
    fn a_lost_byte_costs_few_packets() {
        let mut decoder = Decoder::new(Protocol::Plain);
        // The first byte of a packet was lost; the others cannot begin one.
        let found = [3, 4, 0x08, 1, 1].iter().filter_map(|byte| decoder.feed(*byte)).count();
        assert_eq!(found, 1);
        decoder.feed(0x08);
        decoder.pause();
        assert_eq!([0x08, 9, 0].iter().filter_map(|byte| decoder.feed(*byte)).count(), 1);
    }
}
