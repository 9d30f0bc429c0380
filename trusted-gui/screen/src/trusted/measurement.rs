//! What was measured at boot, for people: a code to read aloud, and one to photograph.
//!
//! The short code is the first 25 characters of the measurement's base32 (RFC 4648), in five groups of
//! five. That is 125 bits: to find other software with the same code takes some 2^125 attempts, more
//! than anybody can make, and yet two people compare it over the telephone in half a minute. Base32 has
//! no 0, 1 or 8, which are taken for letters. The QR code holds the whole measurement.

use heapless::String;
use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};

use crate::{
    color::{BLACK, WHITE},
    geometry::{Rect, Size},
    surface::Surface,
};

/// Five groups with spaces between.
pub type ShortCode = String<32>;

/// Characters of [`qr_text`].
pub const QR_TEXT_BYTES: usize = QR_PREFIX.len() + 52;

/// Before the measurement in the QR code: whose it is, and the form's version.
const QR_PREFIX: &str = "CLOISTER:1:";

/// The largest QR code for this text: 41 modules a side.
const VERSION: Version = Version::new(6);

/// Light modules around a QR code, which its standard asks for.
const QUIET: i32 = 4;

/// The character of base32 for the five bits that begin at bit `at`; bits after the end are 0.
fn base32(bytes: &[u8; 32], at: usize) -> char {
    let byte = |index: usize| u16::from(bytes.get(index).copied().unwrap_or_default());
    let two = byte(at / 8) << 8 | byte(at / 8 + 1);
    let value = (two >> (11 - at % 8) & 31) as u8;
    char::from(if value < 26 { b'A' + value } else { b'2' + (value - 26) })
}

/// The code that people compare.
#[must_use]
pub fn short_code(measurement: &[u8; 32]) -> ShortCode {
    let mut code = ShortCode::new();
    for index in 0..25 {
        let space = if index > 0 && index % 5 == 0 { " " } else { "" };
        // 25 characters and 4 spaces.
        let _ = code.push_str(space).map(|()| code.push(base32(measurement, index * 5)));
    }
    code
}

/// The text of the QR code: `CLOISTER:1:` and the whole measurement in base32 without padding.
#[must_use]
pub fn qr_text(measurement: &[u8; 32]) -> String<QR_TEXT_BYTES> {
    let mut text = String::new();
    let _ = text.push_str(QR_PREFIX);
    for index in 0..52 {
        let _ = text.push(base32(measurement, index * 5));
    }
    text
}

impl Surface<'_> {
    /// Draws the QR code of a measurement as large as fits into `within`, at its right upper corner.
    /// Returns its place, empty if there is not room for two pixels a module.
    pub(super) fn qr(&mut self, within: Rect, measurement: &[u8; 32]) -> Rect {
        let (mut work, mut code) = ([0; VERSION.buffer_len()], [0; VERSION.buffer_len()]);
        let encoded = QrCode::encode_text(
            &qr_text(measurement),
            &mut work,
            &mut code,
            QrCodeEcc::Medium,
            Version::MIN,
            VERSION,
            None,
            true,
        );
        let Ok(code) = encoded else { return Rect::EMPTY };
        let modules = code.size() + 2 * QUIET;
        let side = within.width.min(within.height) / modules;
        if side < 2 {
            return Rect::EMPTY;
        }
        let size = Size::new(side * modules, side * modules);
        let place = Rect::new(within.right() - size.width, within.y, size.width, size.height);
        self.fill(place, WHITE);
        for (x, y) in (0..code.size()).flat_map(|x| (0..code.size()).map(move |y| (x, y))) {
            if code.get_module(x, y) {
                let (x, y) = (place.x + (x + QUIET) * side, place.y + (y + QUIET) * side);
                self.fill(Rect::new(x, y, side, side), BLACK);
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_the_standard() {
        // "foobar" is MZXW6YTBOI in RFC 4648, section 10.
        let mut bytes = [0; 32];
        bytes[..6].copy_from_slice(b"foobar");
        let text: std::string::String = (0..10).map(|index| base32(&bytes, index * 5)).collect();
        assert_eq!(text, "MZXW6YTBOI");
    }

    #[test]
    fn the_short_code_has_five_groups_that_begin_the_qr_codes_text() {
        let measurement = core::array::from_fn(|index| index as u8 * 7 + 3);
        let code = short_code(&measurement);
        assert!(code.split(' ').count() == 5 && code.split(' ').all(|group| group.len() == 5));
        let text = qr_text(&measurement);
        assert_eq!(text.len(), QR_TEXT_BYTES);
        assert!(text.starts_with(&format!("CLOISTER:1:{}", code.replace(' ', ""))));
    }

    #[test]
    fn each_bit_of_the_measurement_is_in_the_qr_code() {
        let base = qr_text(&[0; 32]);
        for bit in 0..256 {
            let mut other = [0; 32];
            other[bit / 8] = 1 << (bit % 8);
            assert_ne!(qr_text(&other), base, "bit {bit}");
        }
    }
}
