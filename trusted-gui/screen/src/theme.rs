//! The colours of all that the trusted part draws besides markings.

use crate::color::{Color, rgb};

/// Behind everything.
pub const GROUND: Color = rgb(0x11_161c);
/// Ground of a panel.
pub const PANEL: Color = rgb(0x1a_212a);
/// Ground of what is selected.
pub const SELECTED: Color = rgb(0x2a_3746);
/// Ground of a button.
pub const BUTTON: Color = rgb(0x26_303b);
/// Lines that divide.
pub const LINE: Color = rgb(0x39_4552);
/// Text.
pub const TEXT: Color = rgb(0xed_f1f5);
/// Text of less weight.
pub const QUIET: Color = rgb(0xa8_b5c2);
/// What can be pressed or is selected.
pub const ACCENT: Color = rgb(0x74_bbff);
/// Where keyboard and mouse go.
pub const FOCUS: Color = rgb(0xff_ffff);
/// Runs well.
pub const GOOD: Color = rgb(0x6f_dc9a);
/// Waits.
pub const WAITING: Color = rgb(0xff_c46b);
/// Failed, or cannot be undone.
pub const BAD: Color = rgb(0xff_8f86);

/// Thickness of the ring around the focused tile, in lines.
pub const FOCUS_RING: i32 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{LEAST_CONTRAST, contrast};

    #[test]
    fn all_text_stands_out_from_every_ground() {
        for ground in [GROUND, PANEL, SELECTED, BUTTON] {
            for ink in [TEXT, QUIET, ACCENT, FOCUS, GOOD, WAITING, BAD] {
                let found = contrast(ink, ground);
                assert!(found >= LEAST_CONTRAST, "{ink:?} on {ground:?}: {found}");
            }
        }
    }
}
