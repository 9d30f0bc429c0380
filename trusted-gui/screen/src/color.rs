//! Colours: the pixel that shows one, and how well two stand out from each other.

pub use cloister_policy_format::Color;

/// The least contrast of text and its ground, times 100 (WCAG 2.2, success criterion 1.4.3).
pub const LEAST_CONTRAST: u32 = 450;

/// Black.
pub const BLACK: Color = rgb(0x00_0000);
/// White.
pub const WHITE: Color = rgb(0xff_ffff);

/// The colour that is written `0xRRGGBB`.
#[must_use]
pub const fn rgb(value: u32) -> Color {
    let [_, red, green, blue] = value.to_be_bytes();
    Color { red, green, blue }
}

/// The colour as a pixel of the canvas: blue in the lowest byte, then green, then red.
#[must_use]
pub const fn pixel(color: Color) -> u32 {
    u32::from_be_bytes([0, color.red, color.green, color.blue])
}

/// `over` on `under`, as strong as `coverage` says: 0 leaves `under`, 255 gives `over`.
#[must_use]
pub const fn blend(under: u32, over: u32, coverage: u8) -> u32 {
    // 256 steps, so that no division is needed: 255 counts as 256.
    let strength = coverage as u32 + (coverage >> 7) as u32;
    let (red_blue, green) = (0x00ff_00ff, 0x0000_ff00);
    let rest = 256 - strength;
    let mixed_red_blue = ((under & red_blue) * rest + (over & red_blue) * strength) >> 8;
    let mixed_green = (((under & green) >> 8) * rest + ((over & green) >> 8) * strength) & 0xff00;
    (mixed_red_blue & red_blue) | mixed_green
}

/// Linear intensity of each sRGB value, 65535 for the greatest (IEC 61966-2-1), without floating point.
static LINEAR: [u16; 256] = linear();

const fn linear() -> [u16; 256] {
    let mut table = [0; 256];
    let mut value = 0;
    while value < 256 {
        table[value] = intensity(value as u64);
        value += 1;
    }
    table
}

const fn intensity(value: u64) -> u16 {
    if value <= 10 {
        // value / 255 / 12.92
        return (value * 65_535 * 100 / (255 * 1292)) as u16;
    }
    // ((value / 255 + 0.055) / 1.055) to the power 12/5, in units of 2^-60.
    let base = ((value as u128 * 1000 + 14_025) << 60) / 269_025;
    let fourth = product(product(base, base), product(base, base));
    let twelfth = product(product(fourth, fourth), fourth);
    // The fifth root, by halving.
    let (mut low, mut high) = (0_u128, 65_535);
    while high - low > 1 {
        let middle = (low + high) / 2;
        let root = (middle << 60) / 65_535;
        let fourth = product(product(root, root), product(root, root));
        if product(fourth, root) <= twelfth {
            low = middle;
        } else {
            high = middle;
        }
    }
    if value == 255 { u16::MAX } else { low as u16 }
}

const fn product(a: u128, b: u128) -> u128 {
    (a * b) >> 60
}

/// Relative luminance (WCAG 2.2), 65535 for white.
fn luminance(color: Color) -> u32 {
    let linear = |value: u8| u32::from(LINEAR.get(usize::from(value)).copied().unwrap_or_default());
    (2126 * linear(color.red) + 7152 * linear(color.green) + 722 * linear(color.blue)) / 10_000
}

/// Contrast ratio (WCAG 2.2) times 100: 100 for equal colours, 2100 for black and white.
#[must_use]
pub fn contrast(a: Color, b: Color) -> u32 {
    let (a, b) = (luminance(a), luminance(b));
    // 0.05 of the whole range is added to both: light that the room adds.
    let stray = 65_535 / 20;
    (a.max(b) + stray) * 100 / (a.min(b) + stray)
}

/// `wanted` if it can be read on `ground`, else black or white, whichever stands out more.
#[must_use]
pub fn readable(wanted: Color, ground: Color) -> Color {
    if contrast(wanted, ground) >= LEAST_CONTRAST {
        wanted
    } else if contrast(BLACK, ground) >= contrast(WHITE, ground) {
        BLACK
    } else {
        WHITE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(value: u8) -> f64 {
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    }

    #[test]
    fn intensities_are_those_of_the_standard() {
        for value in 0..=255 {
            let found = f64::from(LINEAR[usize::from(value)]) / 65_535.0;
            assert!((found - exact(value)).abs() < 0.0005, "{value}: {found}");
        }
    }

    #[test]
    fn contrast_runs_from_one_to_twenty_one() {
        assert_eq!(contrast(BLACK, WHITE), 2100);
        assert_eq!(contrast(WHITE, WHITE), 100);
        // Known pair: #767676 on white is the lightest grey that passes.
        assert!(contrast(rgb(0x76_7676), WHITE) >= LEAST_CONTRAST);
        assert!(contrast(rgb(0x77_7777), WHITE) < LEAST_CONTRAST);
    }

    #[test]
    fn on_each_ground_black_or_white_can_be_read() {
        for step in 0..4096_u32 {
            let ground = rgb((step & 0xf) * 0x11 + (step & 0xf0) * 0x110 + (step & 0xf00) * 0x1100);
            let ink = readable(ground, ground);
            assert!(contrast(ink, ground) >= LEAST_CONTRAST, "{ground:?}");
        }
    }

    #[test]
    fn blending_is_exact_at_its_ends_and_stays_between() {
        let (under, over) = (0x0012_80ff, 0x00fe_4000);
        assert_eq!(blend(under, over, 0), under);
        assert_eq!(blend(under, over, 255), over);
        for coverage in 0..=255 {
            for shift in [0, 8, 16] {
                let channel = |pixel: u32| pixel >> shift & 0xff;
                let (a, b) = (channel(under), channel(over));
                let mixed = channel(blend(under, over, coverage));
                assert!((a.min(b)..=a.max(b)).contains(&mixed));
            }
        }
    }
}
