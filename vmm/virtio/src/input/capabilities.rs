//! What each kind of input device has.

/// Types of events.
pub(super) const SYNCHRONIZATION: u16 = 0;
pub(super) const KEY: u16 = 1;
pub(super) const RELATIVE: u16 = 2;
pub(super) const ABSOLUTE: u16 = 3;
const LED: u16 = 0x11;
const REPEAT: u16 = 0x14;

/// The first code of a key, and the last one of a keyboard (`KEY_MICMUTE`).
const FIRST_KEY: u16 = 1;
const LAST_KEY: u16 = 248;
/// Codes of buttons: left, right, middle, side, extra.
const FIRST_BUTTON: u16 = 0x110;
const LAST_BUTTON: u16 = 0x114;

/// The largest coordinate of a tablet; the smallest is 0.
pub const TABLET_LARGEST: u32 = 0x7fff;

/// A kind of input device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A keyboard.
    Keyboard,
    /// A mouse with two wheels and five buttons, which reports movement.
    Mouse,
    /// A pointer that reports where it is, from 0 to [`TABLET_LARGEST`], with wheels and buttons.
    Tablet,
}

/// A direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Axis {
    /// To the right.
    X,
    /// Down.
    Y,
    /// The wheel, away from the user.
    Wheel,
    /// The wheel to the right.
    HorizontalWheel,
}

impl Axis {
    pub(super) const ALL: [Self; 4] = [Self::X, Self::Y, Self::Wheel, Self::HorizontalWheel];

    /// Its code as a relative or, for the first two, an absolute axis.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::X => 0,
            Self::Y => 1,
            Self::HorizontalWheel => 6,
            Self::Wheel => 8,
        }
    }
}

impl Kind {
    /// Its name, which the guest shows.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Keyboard => "Cloister virtual keyboard",
            Self::Mouse => "Cloister virtual mouse",
            Self::Tablet => "Cloister virtual tablet",
        }
    }

    /// Its number among ours.
    pub(super) const fn product(self) -> u16 {
        match self {
            Self::Keyboard => 1,
            Self::Mouse => 2,
            Self::Tablet => 3,
        }
    }

    /// Its PCI class: input, and which.
    pub(super) const fn class(self) -> u32 {
        match self {
            Self::Keyboard => 0x09_00_00,
            Self::Mouse => 0x09_02_00,
            Self::Tablet => 0x09_80_00,
        }
    }

    /// Whether it has a kind of event, with a code.
    pub(super) fn has(self, event: u16, code: u16) -> bool {
        let keyboard = self == Self::Keyboard;
        match event {
            KEY if keyboard => (FIRST_KEY..=LAST_KEY).contains(&code),
            KEY => (FIRST_BUTTON..=LAST_BUTTON).contains(&code),
            // Lights of num lock, caps lock and scroll lock.
            LED => keyboard && code <= 2,
            // Delay and period: the guest repeats keys itself.
            REPEAT => keyboard && code <= 1,
            RELATIVE => match code {
                0 | 1 => self == Self::Mouse,
                6 | 8 => !keyboard,
                _ => false,
            },
            ABSOLUTE => self == Self::Tablet && code <= 1,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_what_it_needs() {
        assert!(Kind::Keyboard.has(KEY, 30) && !Kind::Keyboard.has(KEY, FIRST_BUTTON));
        assert!(Kind::Mouse.has(KEY, FIRST_BUTTON) && !Kind::Mouse.has(KEY, 30));
        assert!(Kind::Mouse.has(RELATIVE, 0) && !Kind::Tablet.has(RELATIVE, 0));
        assert!(Kind::Tablet.has(ABSOLUTE, 1) && !Kind::Mouse.has(ABSOLUTE, 1));
        for axis in Axis::ALL {
            assert!(Kind::Mouse.has(RELATIVE, axis.code()));
        }
    }
}
