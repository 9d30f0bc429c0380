//! Keys that are pressed together.

use cloister_policy_format::{Key, KeyChord, Modifiers};

use super::{KeyCode, key_set::KeySet, keys};

/// The code of a key that a policy can name.
#[must_use]
pub const fn code(key: Key) -> KeyCode {
    match key {
        Key::Break => keys::PAUSE,
        Key::Delete => keys::DELETE,
        Key::Escape => keys::ESCAPE,
        Key::Home => keys::HOME,
        Key::End => keys::END,
        Key::Insert => keys::INSERT,
        Key::F1 => keys::F1,
        Key::F2 => KeyCode(keys::F1.0 + 1),
        Key::F3 => KeyCode(keys::F1.0 + 2),
        Key::F4 => KeyCode(keys::F1.0 + 3),
        Key::F5 => KeyCode(keys::F1.0 + 4),
        Key::F6 => KeyCode(keys::F1.0 + 5),
        Key::F7 => KeyCode(keys::F1.0 + 6),
        Key::F8 => KeyCode(keys::F1.0 + 7),
        Key::F9 => KeyCode(keys::F1.0 + 8),
        Key::F10 => KeyCode(keys::F1.0 + 9),
        Key::F11 => keys::F11,
        Key::F12 => keys::F12,
    }
}

/// The modifiers among keys that are down.
#[must_use]
pub fn modifiers(down: &KeySet) -> Modifiers {
    let either = |left, right, modifier| {
        if down.contains(left) || down.contains(right) { modifier } else { Modifiers::default() }
    };
    either(keys::LEFT_CONTROL, keys::RIGHT_CONTROL, Modifiers::CONTROL)
        .union(either(keys::LEFT_ALT, keys::RIGHT_ALT, Modifiers::ALT))
        .union(either(keys::LEFT_SHIFT, keys::RIGHT_SHIFT, Modifiers::SHIFT))
}

/// Whether pressing `key` while these modifiers are held completes the chord. More modifiers than the
/// chord's do no harm: whoever wants the chord gets it.
#[must_use]
pub fn completes(chord: KeyChord, key: KeyCode, held: Modifiers) -> bool {
    key == code(chord.key) && held.contains(chord.modifiers)
}

/// A chord as it is written on the screen, such as `Ctrl+Alt+Break`.
#[must_use]
pub fn name(chord: KeyChord) -> heapless::String<32> {
    let mut name = heapless::String::new();
    let modifiers =
        [(Modifiers::CONTROL, "Ctrl+"), (Modifiers::ALT, "Alt+"), (Modifiers::SHIFT, "Shift+")];
    let held = modifiers.into_iter().filter(|(one, _)| chord.modifiers.contains(*one));
    let key = match chord.key {
        Key::Break => "Break",
        Key::Delete => "Del",
        Key::Escape => "Esc",
        Key::Home => "Home",
        Key::End => "End",
        Key::Insert => "Ins",
        Key::F1 => "F1",
        Key::F2 => "F2",
        Key::F3 => "F3",
        Key::F4 => "F4",
        Key::F5 => "F5",
        Key::F6 => "F6",
        Key::F7 => "F7",
        Key::F8 => "F8",
        Key::F9 => "F9",
        Key::F10 => "F10",
        Key::F11 => "F11",
        Key::F12 => "F12",
    };
    for text in held.map(|(_, text)| text).chain([key]) {
        // The longest is `Ctrl+Alt+Shift+Break`.
        let _ = name.push_str(text);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTENTION: KeyChord =
        KeyChord { modifiers: Modifiers::CONTROL.union(Modifiers::ALT), key: Key::Break };

    #[test]
    fn either_side_of_a_modifier_counts_and_more_do_no_harm() {
        let mut down = KeySet::EMPTY;
        for key in [keys::RIGHT_CONTROL, keys::LEFT_ALT] {
            assert!(!completes(ATTENTION, keys::PAUSE, modifiers(&down)));
            down.insert(key);
        }
        assert!(completes(ATTENTION, keys::PAUSE, modifiers(&down)));
        assert!(!completes(ATTENTION, keys::DELETE, modifiers(&down)));
        down.insert(keys::LEFT_SHIFT);
        assert!(completes(ATTENTION, keys::PAUSE, modifiers(&down)));
    }

    #[test]
    fn chords_are_named_as_on_the_keyboard() {
        assert_eq!(name(ATTENTION), "Ctrl+Alt+Break");
        let chord = KeyChord { modifiers: Modifiers::ALL, key: Key::F12 };
        assert_eq!(name(chord), "Ctrl+Alt+Shift+F12");
    }
}
