//! What was measured at boot, for people: a code to read aloud, and one to photograph.
//!
//! The short code is the one that the auditor's tool prints; the QR code holds the whole measurement.

use cloister_evidence::short_code::{DIGEST_CHARACTERS, base32};
use heapless::String;
use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};

use crate::{
    color::{BLACK, WHITE},
    geometry::{Rect, Size},
    surface::Surface,
};

/// Characters of [`qr_text`].
pub const QR_TEXT_BYTES: usize = QR_PREFIX.len() + DIGEST_CHARACTERS;

/// Before the measurement in the QR code: whose it is, and the form's version.
const QR_PREFIX: &str = "CLOISTER:1:";

/// The largest QR code for this text: 41 modules a side.
const VERSION: Version = Version::new(6);

/// Light modules around a QR code, which its standard asks for.
const QUIET: i32 = 4;

/// The text of the QR code: `CLOISTER:1:` and the whole measurement in base32 without padding.
#[must_use]
pub fn qr_text(measurement: &[u8; 32]) -> String<QR_TEXT_BYTES> {
    let mut text = String::new();
    let _ = text.push_str(QR_PREFIX);
    for index in 0..DIGEST_CHARACTERS {
        let _ = text.push(base32(measurement, index).into());
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
    use cloister_evidence::{Digest, ShortCode};

    use super::*;

    #[test]
    fn the_qr_codes_text_begins_with_the_short_code() {
        let measurement = core::array::from_fn(|index| index as u8 * 7 + 3);
        let code = ShortCode::of(Digest(measurement));
        let text = qr_text(&measurement);
        assert_eq!(text.len(), QR_TEXT_BYTES);
        assert!(text.starts_with(&format!("CLOISTER:1:{}", code.as_str().replace(' ', ""))));
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
