//! Keys by the numbers of Linux's input events (`input-event-codes.h`), by which the rest of the world
//! knows them. Linux took over the codes of set 1 up to 0x58, and gave its own numbers to the others.

use super::Key;

impl Key {
    /// The key with this number, if a PS/2 keyboard has it.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        let plain = match code {
            0x01..=0x53 | 0x56..=0x58 => code as u8,
            89 => 0x73,
            92 => 0x79,
            93 => 0x70,
            94 => 0x7b,
            117 => 0x59,
            124 => 0x7d,
            119 => return Some(Self::Pause),
            _ => return Self::extended(code),
        };
        Some(Self::Plain(plain))
    }

    /// The keys behind 0xe0.
    const fn extended(code: u16) -> Option<Self> {
        Some(Self::Extended(match code {
            96 => 0x1c,
            97 => 0x1d,
            98 => 0x35,
            99 => 0x37,
            100 => 0x38,
            102 => 0x47,
            103 => 0x48,
            104 => 0x49,
            105 => 0x4b,
            106 => 0x4d,
            107 => 0x4f,
            108 => 0x50,
            109 => 0x51,
            110 => 0x52,
            111 => 0x53,
            113 => 0x20,
            114 => 0x2e,
            115 => 0x30,
            116 => 0x5e,
            125 => 0x5b,
            126 => 0x5c,
            127 => 0x5d,
            140 => 0x21,
            142 => 0x5f,
            143 => 0x63,
            163 => 0x19,
            164 => 0x22,
            165 => 0x10,
            166 => 0x24,
            172 => 0x32,
            _ => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_codes_of_the_reference() {
        for (code, key) in [
            (1, Key::Plain(0x01)),
            (30, Key::Plain(0x1e)),
            (88, Key::Plain(0x58)),
            (100, Key::Extended(0x38)),
            (103, Key::Extended(0x48)),
            (111, Key::Extended(0x53)),
            (119, Key::Pause),
        ] {
            assert_eq!(Key::from_code(code), Some(key), "{code}");
        }
        for none in [0, 0x54, 0x55, 0x110, 500] {
            assert_eq!(Key::from_code(none), None, "{none}");
        }
    }

    #[test]
    fn no_two_numbers_are_one_key() {
        let keys: std::vec::Vec<_> = (0..0x300).filter_map(Key::from_code).collect();
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[index + 1..].contains(key), "{key:?}");
        }
        assert!(keys.len() > 110);
    }
}
