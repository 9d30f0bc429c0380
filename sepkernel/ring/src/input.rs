//! What the trusted GUI tells a world's monitor of keyboard and mouse: records of eight bytes in the
//! ring of the world's input channel.

/// Bytes of a record.
pub const INPUT_RECORD_BYTES: usize = 8;

/// Something that the user did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InputRecord {
    /// A key or mouse button, by its number in Linux's `input-event-codes.h`.
    Key {
        /// Which one.
        code: u16,
        /// Whether it is down now.
        pressed: bool,
    },
    /// The mouse moved.
    Move {
        /// Steps to the right.
        right: i16,
        /// Steps down.
        down: i16,
    },
    /// The pointer is over this pixel of the world's framebuffer.
    Position {
        /// Column.
        x: u16,
        /// Row.
        y: u16,
    },
    /// The wheel was turned.
    Wheel {
        /// Steps away from the user.
        steps: i16,
    },
}

impl InputRecord {
    const KEY: u16 = 1;
    const MOVE: u16 = 2;
    const POSITION: u16 = 3;
    const WHEEL: u16 = 4;

    /// The record as it is in the ring: its kind, then two values, then zeros; each 16 bits,
    /// little-endian.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; INPUT_RECORD_BYTES] {
        let (kind, first, second) = match self {
            Self::Key { code, pressed } => (Self::KEY, code, pressed as u16),
            Self::Move { right, down } => (Self::MOVE, right.cast_unsigned(), down.cast_unsigned()),
            Self::Position { x, y } => (Self::POSITION, x, y),
            Self::Wheel { steps } => (Self::WHEEL, steps.cast_unsigned(), 0),
        };
        let ([a, b], [c, d], [e, f]) =
            (kind.to_le_bytes(), first.to_le_bytes(), second.to_le_bytes());
        [a, b, c, d, e, f, 0, 0]
    }

    /// The record with these bytes, if there is one.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; INPUT_RECORD_BYTES]) -> Option<Self> {
        let [a, b, c, d, e, f, 0, 0] = bytes else { return None };
        let kind = u16::from_le_bytes([a, b]);
        let (first, second) = (u16::from_le_bytes([c, d]), u16::from_le_bytes([e, f]));
        match (kind, second) {
            (Self::KEY, 0 | 1) => Some(Self::Key { code: first, pressed: second == 1 }),
            (Self::MOVE, _) => {
                Some(Self::Move { right: first.cast_signed(), down: second.cast_signed() })
            }
            (Self::POSITION, _) => Some(Self::Position { x: first, y: second }),
            (Self::WHEEL, 0) => Some(Self::Wheel { steps: first.cast_signed() }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_comes_back_from_its_bytes() {
        for record in [
            InputRecord::Key { code: 0x110, pressed: true },
            InputRecord::Key { code: 30, pressed: false },
            InputRecord::Move { right: -256, down: 255 },
            InputRecord::Position { x: 65_535, y: 1 },
            InputRecord::Wheel { steps: -1 },
        ] {
            assert_eq!(InputRecord::from_bytes(record.to_bytes()), Some(record));
        }
    }

    #[test]
    fn other_bytes_are_no_records() {
        for bytes in
            [[0; 8], [5, 0, 0, 0, 0, 0, 0, 0], [1, 0, 30, 0, 2, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 1]]
        {
            assert_eq!(InputRecord::from_bytes(bytes), None, "{bytes:?}");
        }
    }
}
