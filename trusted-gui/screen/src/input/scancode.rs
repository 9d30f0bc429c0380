//! The bytes of a PS/2 keyboard (sets 1 and 2 of the IBM PS/2 technical reference) as key codes.
//!
//! Not pc-keyboard's decoder: it leaves out the code that Break sends while Control is held, which is the
//! customary attention key, and the keys for sound.

use super::{KeyCode, keys};

/// Which codes the keyboard sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScancodeSet {
    /// Set 1: what an i8042 with translation gives.
    One,
    /// Set 2: what keyboards send by themselves.
    Two,
}

/// What a byte completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A key goes down, or is repeated.
    Down(KeyCode),
    /// A key goes up.
    Up(KeyCode),
    /// The keyboard lost something: which keys are down is not known.
    Lost,
}

/// Finds keys in the bytes that a keyboard sends.
#[derive(Debug)]
pub struct Decoder {
    set: ScancodeSet,
    /// Set 2 announced that the next code is of a key that goes up.
    up: bool,
    prefix: Prefix,
}

/// What came before the present byte of set 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prefix {
    None,
    /// 0xE0: a key that the first keyboards did not have.
    Extended,
    /// 0xE1: Pause, of which so many bytes are to come.
    Pause(u8),
}

impl Decoder {
    /// A decoder that expects the first byte of a code.
    #[must_use]
    pub const fn new(set: ScancodeSet) -> Self {
        Self { set, up: false, prefix: Prefix::None }
    }

    /// Takes a byte: what it completes, and the same byte in set 1, if there is one.
    pub fn feed(&mut self, byte: u8) -> (Option<Stroke>, Option<u8>) {
        match self.set {
            ScancodeSet::One => (self.feed_first(byte), Some(byte)),
            ScancodeSet::Two => match self.translate(byte) {
                Some(byte) => (self.feed_first(byte), Some(byte)),
                None => (None, None),
            },
        }
    }

    fn feed_first(&mut self, byte: u8) -> Option<Stroke> {
        let prefix = core::mem::replace(&mut self.prefix, Prefix::None);
        let (code, up) = (byte & 0x7f, byte & 0x80 != 0);
        let key = match (prefix, byte) {
            (_, 0xe0) => {
                self.prefix = Prefix::Extended;
                return None;
            }
            (_, 0xe1) => {
                self.prefix = Prefix::Pause(2);
                return None;
            }
            (_, 0x00 | 0xff) => return Some(Stroke::Lost),
            // Control, then number lock, each with the bit of going up or without.
            (Prefix::Pause(2), _) if code == 0x1d => {
                self.prefix = Prefix::Pause(1);
                return None;
            }
            (Prefix::Pause(1), _) if code == 0x45 => keys::PAUSE,
            (Prefix::Extended, _) => extended(code)?,
            _ => plain(code)?,
        };
        Some(if up { Stroke::Up(key) } else { Stroke::Down(key) })
    }

    /// What an i8042 makes of a byte of set 2.
    fn translate(&mut self, byte: u8) -> Option<u8> {
        match byte {
            0xf0 => {
                self.up = true;
                None
            }
            0xe0 | 0xe1 => Some(byte),
            0x00 | 0xff => {
                self.up = false;
                Some(0)
            }
            _ => {
                let up = core::mem::take(&mut self.up);
                let code = match byte {
                    0x83 => 0x41,
                    0x84 => 0x54,
                    _ => SET_TWO.get(usize::from(byte)).copied().filter(|code| *code != 0)?,
                };
                Some(code | u8::from(up) << 7)
            }
        }
    }
}

/// Keys without prefix: Linux took over the numbers of set 1.
const fn plain(code: u8) -> Option<KeyCode> {
    Some(KeyCode(match code {
        0x01..=0x53 | 0x56..=0x58 => code as u16,
        0x54 => keys::SYSTEM_REQUEST.0,
        0x59 => 117,
        0x70 => 93,
        0x73 => 89,
        0x79 => 92,
        0x7b => 94,
        0x7d => 124,
        _ => return None,
    }))
}

/// Keys after 0xE0. Those that pretend a shift key (0x2A, 0x36) are none.
const fn extended(code: u8) -> Option<KeyCode> {
    Some(KeyCode(match code {
        0x10 => 165,
        0x19 => 163,
        0x1c => 96,
        0x1d => keys::RIGHT_CONTROL.0,
        0x20 => 113,
        0x21 => 140,
        0x22 => 164,
        0x24 => 166,
        0x2e => 114,
        0x30 => 115,
        0x32 => 172,
        0x35 => 98,
        0x37 => keys::SYSTEM_REQUEST.0,
        0x38 => keys::RIGHT_ALT.0,
        0x46 => keys::PAUSE.0,
        0x47..=0x49 => 102 + code as u16 - 0x47,
        0x4b => keys::LEFT.0,
        0x4d => keys::RIGHT.0,
        0x4f..=0x53 => keys::END.0 + code as u16 - 0x4f,
        0x5b..=0x5d => 125 + code as u16 - 0x5b,
        0x5e => 116,
        0x5f => 142,
        0x63 => 143,
        _ => return None,
    }))
}

/// Set 1's code for each code of set 2 below 0x80; 0 where there is no key.
#[rustfmt::skip]
static SET_TWO: [u8; 0x80] = [
    0x00, 0x43, 0x00, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn strokes(set: ScancodeSet, bytes: &[u8]) -> Vec<Stroke> {
        let mut decoder = Decoder::new(set);
        bytes.iter().filter_map(|byte| decoder.feed(*byte).0).collect()
    }

    fn down_and_up(code: u16) -> Vec<Stroke> {
        vec![Stroke::Down(KeyCode(code)), Stroke::Up(KeyCode(code))]
    }

    #[test]
    fn both_sets_name_the_same_keys() {
        // (set 1 down, set 2 down, Linux's number), from the tables of the reference.
        let keys: [(&[u8], &[u8], u16); 14] = [
            (&[0x01], &[0x76], 1),
            (&[0x1e], &[0x1c], 30),
            (&[0x2c], &[0x1a], 44),
            (&[0x39], &[0x29], 57),
            (&[0x3b], &[0x05], 59),
            (&[0x41], &[0x83], 65),
            (&[0x56], &[0x61], 86),
            (&[0x58], &[0x07], 88),
            (&[0xe0, 0x38], &[0xe0, 0x11], 100),
            (&[0xe0, 0x48], &[0xe0, 0x75], 103),
            (&[0xe0, 0x4d], &[0xe0, 0x74], 106),
            (&[0xe0, 0x53], &[0xe0, 0x71], 111),
            (&[0xe0, 0x5b], &[0xe0, 0x1f], 125),
            (&[0xe0, 0x46], &[0xe0, 0x7e], 119),
        ];
        for (one, two, code) in keys {
            let (last, prefix) = one.split_last().unwrap();
            let bytes = [prefix, &[*last], prefix, &[*last | 0x80]].concat();
            assert_eq!(strokes(ScancodeSet::One, &bytes), down_and_up(code));
            let (last, prefix) = two.split_last().unwrap();
            let bytes = [prefix, &[*last], prefix, &[0xf0, *last]].concat();
            assert_eq!(strokes(ScancodeSet::Two, &bytes), down_and_up(code));
        }
    }

    #[test]
    fn pause_is_one_key_in_both_sets_with_and_without_control() {
        let pause = [0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5];
        assert_eq!(strokes(ScancodeSet::One, &pause), down_and_up(119));
        let pause = [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77];
        assert_eq!(strokes(ScancodeSet::Two, &pause), down_and_up(119));
        assert_eq!(strokes(ScancodeSet::One, &[0xe0, 0x46, 0xe0, 0xc6]), down_and_up(119));
    }

    #[test]
    fn pretended_shifts_answers_and_unknown_codes_are_no_keys() {
        for bytes in [&[0xe0, 0x2a, 0xe0, 0xaa][..], &[0xfa], &[0xfe], &[0xe0, 0x7f], &[0x55]] {
            assert_eq!(strokes(ScancodeSet::One, bytes), [], "{bytes:x?}");
        }
    }

    #[test]
    fn what_the_keyboard_lost_is_told_and_the_next_key_is_whole() {
        let key = KeyCode(30);
        let expected = [Stroke::Lost, Stroke::Down(key)];
        assert_eq!(strokes(ScancodeSet::One, &[0xe0, 0xff, 0x1e]), expected);
        assert_eq!(strokes(ScancodeSet::Two, &[0xf0, 0x00, 0x1c]), expected);
    }

    #[test]
    fn an_unfinished_pause_swallows_no_key() {
        assert_eq!(strokes(ScancodeSet::One, &[0xe1, 0x1e]), [Stroke::Down(KeyCode(30))]);
        assert_eq!(strokes(ScancodeSet::One, &[0xe1, 0x1d, 0x1e]), [Stroke::Down(KeyCode(30))]);
    }
}
