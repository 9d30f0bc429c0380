//! The key codes that have a meaning here (Linux, `input-event-codes.h`).

use super::KeyCode;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: KeyCode = KeyCode($code);)*
    };
}

keys! {
    /// Escape.
    ESCAPE = 1;
    /// The first of the digits 1 to 9 and 0 above the letters.
    DIGIT_1 = 2;
    /// The last of them.
    DIGIT_0 = 11;
    /// Tab.
    TAB = 15;
    /// Left control.
    LEFT_CONTROL = 29;
    /// H on all layouts that are offered.
    H = 35;
    /// Left shift.
    LEFT_SHIFT = 42;
    /// Right shift.
    RIGHT_SHIFT = 54;
    /// Left alternate.
    LEFT_ALT = 56;
    /// F1, followed by the others up to F10.
    F1 = 59;
    /// F11.
    F11 = 87;
    /// F12.
    F12 = 88;
    /// Right control.
    RIGHT_CONTROL = 97;
    /// Print screen and system request.
    SYSTEM_REQUEST = 99;
    /// Right alternate, also called AltGr.
    RIGHT_ALT = 100;
    /// Home.
    HOME = 102;
    /// Left arrow.
    LEFT = 105;
    /// Right arrow.
    RIGHT = 106;
    /// End.
    END = 107;
    /// Insert.
    INSERT = 110;
    /// Delete.
    DELETE = 111;
    /// Pause and break.
    PAUSE = 119;
    /// Left mouse button.
    BUTTON_LEFT = 0x110;
    /// Right mouse button.
    BUTTON_RIGHT = 0x111;
    /// Middle mouse button.
    BUTTON_MIDDLE = 0x112;
    /// The button at the mouse's side towards the wrist.
    BUTTON_SIDE = 0x113;
    /// The other button at the side.
    BUTTON_EXTRA = 0x114;
}
