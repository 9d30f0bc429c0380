//! How colours look: contrast as WCAG 2.2 defines it, difference in OKLab, and what readers with a
//! missing cone type see.

use cloister_policy_format::Color;

/// How a reader sees colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vision {
    /// With three cone types.
    Full,
    /// Without long-wave cones.
    Protanopia,
    /// Without medium-wave cones.
    Deuteranopia,
    /// Without short-wave cones.
    Tritanopia,
}

impl Vision {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full colour vision",
            Self::Protanopia => "protanopia",
            Self::Deuteranopia => "deuteranopia",
            Self::Tritanopia => "tritanopia",
        }
    }

    /// What such a reader sees, in linear sRGB: Machado, Oliveira and Fernandes, "A Physiologically-
    /// based Model for Simulation of Color Vision Deficiency" (2009), severity 1.0.
    const fn matrix(self) -> Matrix {
        match self {
            Self::Full => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Protanopia => [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
            Self::Deuteranopia => [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
            Self::Tritanopia => [
                [1.255528, -0.076749, -0.178779],
                [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900],
            ],
        }
    }
}

type Vector = [f64; 3];
type Matrix = [Vector; 3];

fn apply(matrix: &Matrix, vector: Vector) -> Vector {
    matrix.map(|row| row.iter().zip(vector).map(|(factor, value)| factor * value).sum())
}

/// Light intensities in sRGB's primaries (IEC 61966-2-1).
fn linear(color: Color) -> Vector {
    [color.red, color.green, color.blue].map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// WCAG 2.2, "relative luminance".
fn luminance(color: Color) -> f64 {
    let [red, green, blue] = linear(color);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// WCAG 2.2, "contrast ratio", from 1 to 21.
pub fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Black or white, whichever reads better on a ground; one of them always has a contrast above 4.5.
pub fn readable_text(ground: Color) -> Color {
    let black = Color { red: 0, green: 0, blue: 0 };
    let white = Color { red: 255, green: 255, blue: 255 };
    if contrast(ground, black) >= contrast(ground, white) { black } else { white }
}

/// OKLab coordinates (B. Ottosson, "A perceptual color space for image processing", 2020).
fn oklab(light: Vector) -> Vector {
    const TO_CONES: Matrix = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const TO_LAB: Matrix = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    apply(&TO_LAB, apply(&TO_CONES, light).map(f64::cbrt))
}

/// How different two colours look to a reader: 0 for the same, 100 for black and white.
pub fn difference(a: Color, b: Color, vision: Vision) -> f64 {
    let seen = |color| {
        oklab(apply(&vision.matrix(), linear(color)).map(|intensity| intensity.clamp(0.0, 1.0)))
    };
    let squares: f64 = seen(a).iter().zip(seen(b)).map(|(a, b)| (a - b) * (a - b)).sum();
    100.0 * squares.sqrt()
}

/// A colour as `#RRGGBB`.
pub fn hex(color: Color) -> String {
    format!("#{:02X}{:02X}{:02X}", color.red, color.green, color.blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Color = Color { red: 0, green: 0, blue: 0 };
    const WHITE: Color = Color { red: 255, green: 255, blue: 255 };

    #[test]
    fn black_and_white_are_the_extremes() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 1e-9);
        for vision in [Vision::Full, Vision::Protanopia, Vision::Deuteranopia, Vision::Tritanopia] {
            assert!((difference(BLACK, WHITE, vision) - 100.0).abs() < 0.5);
            assert!(difference(WHITE, WHITE, vision) < 1e-9);
        }
    }

    #[test]
    fn some_text_is_readable_on_every_ground() {
        for step in 0..4096u32 {
            let channel = |shift: u32| (((step >> shift) & 15) * 17) as u8;
            let ground = Color { red: channel(0), green: channel(4), blue: channel(8) };
            assert!(contrast(ground, readable_text(ground)) >= 4.5);
        }
    }

    #[test]
    fn red_and_green_of_one_lightness_are_alike_to_deuteranopes_only() {
        let red = Color { red: 0xb0, green: 0x50, blue: 0x20 };
        let green = Color { red: 0x60, green: 0x78, blue: 0x10 };
        assert!(difference(red, green, Vision::Full) > 10.0);
        assert!(difference(red, green, Vision::Deuteranopia) < 10.0);
    }
}
