//! Scan codes: what a keyboard sends for a key, and how the controller translates it.

/// Codes of set 2 for the codes 0x00 to 0x58 of set 1, in the order of set 1: the rows of the keyboard
/// that IBM's PC had. Zero where there is no key.
const SET_2: [u8; 0x59] = [
    // No key, escape, digits, minus, equals, backspace.
    0x00, 0x76, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66,
    // Tab, Q to P, brackets, enter.
    0x0d, 0x15, 0x1d, 0x24, 0x2d, 0x2c, 0x35, 0x3c, 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a,
    // Control, A to L, semicolon, apostrophe, grave accent.
    0x14, 0x1c, 0x1b, 0x23, 0x2b, 0x34, 0x33, 0x3b, 0x42, 0x4b, 0x4c, 0x52, 0x0e,
    // Shift, backslash, Z to M, comma, full stop, slash, right shift.
    0x12, 0x5d, 0x1a, 0x22, 0x21, 0x2a, 0x32, 0x31, 0x3a, 0x41, 0x49, 0x4a, 0x59,
    // Keypad asterisk, alt, space, caps lock.
    0x7c, 0x11, 0x29, 0x58, // F1 to F10.
    0x05, 0x06, 0x04, 0x0c, 0x03, 0x0b, 0x83, 0x0a, 0x01, 0x09, // Num lock, scroll lock.
    0x77, 0x7e, // Keypad: 7 8 9 minus, 4 5 6 plus, 1 2 3, 0, point.
    0x6c, 0x75, 0x7d, 0x7b, 0x6b, 0x73, 0x74, 0x79, 0x69, 0x72, 0x7a, 0x70, 0x71,
    // System request, no key, the key beside the left shift, F11, F12.
    0x84, 0x00, 0x61, 0x78, 0x07,
];

/// Codes of set 2 for the codes of set 1 from 0x59 on: F13 and later, and what no keyboard sends, in the
/// order in which the controller's table has them.
const SET_2_REST: [u8; 0x27] = [
    0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x56, 0x5e, 0x08, 0x10, 0x18, 0x20, 0x28,
    0x30, 0x38, 0x40, 0x48, 0x50, 0x57, 0x6f, 0x13, 0x19, 0x39, 0x51, 0x53, 0x5c, 0x5f, 0x62, 0x63,
    0x64, 0x65, 0x67, 0x68, 0x6a, 0x6d, 0x6e,
];

/// What begins the code of a key that the first keyboards did not have.
pub(super) const EXTENDED: u8 = 0xe0;
/// In set 2, the key is let go.
pub(super) const RELEASED: u8 = 0xf0;

/// The code of set 2 for a code of set 1 without its highest bit.
pub(super) fn to_set_2(code: u8) -> u8 {
    let code = usize::from(code & 0x7f);
    let rest = code.wrapping_sub(SET_2.len());
    SET_2.get(code).or_else(|| SET_2_REST.get(rest)).copied().unwrap_or(0)
}

/// The other way round, made when this is compiled.
const TO_SET_1: [u8; 0x85] = {
    let mut table = [0; 0x85];
    let mut code = 0;
    while code < 0x80 {
        let of_set_2 =
            if code < SET_2.len() { SET_2[code] } else { SET_2_REST[code - SET_2.len()] };
        table[of_set_2 as usize] = code as u8;
        code += 1;
    }
    // An overrun, and two codes that only old keyboards send.
    table[0x00] = 0xff;
    table[0x02] = 0x41;
    table[0x7f] = 0x54;
    table
};

/// The controller's translation from set 2 to set 1, byte by byte.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Translation {
    released: bool,
}

impl Translation {
    /// What the guest gets for a byte of the keyboard: nothing yet for the prefix of a release.
    pub(super) fn byte(&mut self, byte: u8) -> Option<u8> {
        if byte == RELEASED {
            self.released = true;
            return None;
        }
        // Answers and the prefix of extended keys go through as they are.
        let translated = TO_SET_1.get(usize::from(byte)).copied().unwrap_or(byte);
        let released = byte != EXTENDED && core::mem::take(&mut self.released);
        Some(if released { translated | 0x80 } else { translated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_in_the_other_set() {
        let mut seen = [false; 0x85];
        for code in (1..0x80).filter(|code| *code != 0x55) {
            let of_set_2 = to_set_2(code);
            assert!(!core::mem::replace(&mut seen[usize::from(of_set_2)], true), "{code:#x}");
            assert_eq!(Translation::default().byte(of_set_2), Some(code), "{of_set_2:#x}");
        }
    }

    #[test]
    fn known_keys() {
        // Escape, A, space, F7, up (as 8 of the keypad), F12.
        let keys =
            [(0x01, 0x76), (0x1e, 0x1c), (0x39, 0x29), (0x41, 0x83), (0x48, 0x75), (0x58, 0x07)];
        for (set_1, set_2) in keys {
            assert_eq!(to_set_2(set_1), set_2);
        }
    }

    #[test]
    fn a_release_is_the_highest_bit() {
        let mut translation = Translation::default();
        assert_eq!(
            [0xe0, 0xf0, 0x75].map(|byte| translation.byte(byte)),
            [Some(0xe0), None, Some(0xc8)]
        );
        assert_eq!(translation.byte(0x75), Some(0x48));
        assert_eq!(translation.byte(0xfa), Some(0xfa));
    }
}
