//! What the user types into the trusted screen, by the policy's keyboard layout.

use cloister_policy_format::KeyboardLayout;
use pc_keyboard::{
    DecodedKey, EventDecoder, HandleControl, KeyCode, ScancodeSet as _, ScancodeSet1,
    layouts::{AnyLayout, Azerty, De105Key, Uk105Key, Us104Key},
};

/// A key as the trusted screen understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the keys are named as on the keyboard")]
pub enum Typed {
    Character(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}

/// Follows modifiers and layout.
pub struct Typing {
    codes: ScancodeSet1,
    keys: EventDecoder<AnyLayout>,
}

impl core::fmt::Debug for Typing {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Typing")
    }
}

impl Typing {
    /// For a keyboard of this layout, with no key down.
    #[must_use]
    pub fn new(layout: KeyboardLayout) -> Self {
        let layout = match layout {
            KeyboardLayout::Us => AnyLayout::Us104Key(Us104Key),
            KeyboardLayout::Uk => AnyLayout::Uk105Key(Uk105Key),
            KeyboardLayout::De => AnyLayout::De105Key(De105Key),
            KeyboardLayout::Fr => AnyLayout::Azerty(Azerty),
        };
        Self { codes: ScancodeSet1::new(), keys: EventDecoder::new(layout, HandleControl::Ignore) }
    }

    /// Takes a byte of set 1; what is typed by it. Bytes without meaning type nothing.
    pub fn feed(&mut self, byte: u8) -> Option<Typed> {
        let event = self.codes.advance_state(byte).ok().flatten()?;
        Some(match self.keys.process_keyevent(event)? {
            DecodedKey::Unicode('\n' | '\r') => Typed::Enter,
            DecodedKey::Unicode('\u{8}') => Typed::Backspace,
            DecodedKey::Unicode('\t') => Typed::Tab,
            DecodedKey::Unicode('\u{1b}') => Typed::Escape,
            DecodedKey::Unicode('\u{7f}') => Typed::Delete,
            DecodedKey::Unicode(character) if !character.is_control() => {
                Typed::Character(character)
            }
            DecodedKey::Unicode(_) => return None,
            DecodedKey::RawKey(key) => match key {
                KeyCode::ArrowUp | KeyCode::Numpad8 => Typed::Up,
                KeyCode::ArrowDown | KeyCode::Numpad2 => Typed::Down,
                KeyCode::ArrowLeft | KeyCode::Numpad4 => Typed::Left,
                KeyCode::ArrowRight | KeyCode::Numpad6 => Typed::Right,
                KeyCode::PageUp | KeyCode::Numpad9 => Typed::PageUp,
                KeyCode::PageDown | KeyCode::Numpad3 => Typed::PageDown,
                KeyCode::Home | KeyCode::Numpad7 => Typed::Home,
                KeyCode::End | KeyCode::Numpad1 => Typed::End,
                KeyCode::Return | KeyCode::NumpadEnter => Typed::Enter,
                KeyCode::Escape => Typed::Escape,
                KeyCode::Tab => Typed::Tab,
                KeyCode::Backspace => Typed::Backspace,
                KeyCode::Delete => Typed::Delete,
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(layout: KeyboardLayout, bytes: &[u8]) -> Vec<Typed> {
        let mut typing = Typing::new(layout);
        bytes.iter().filter_map(|byte| typing.feed(*byte)).collect()
    }

    fn text(layout: KeyboardLayout, bytes: &[u8]) -> String {
        typed(layout, bytes)
            .into_iter()
            .filter_map(
                |key| if let Typed::Character(character) = key { Some(character) } else { None },
            )
            .collect()
    }

    #[test]
    fn layouts_differ_where_keyboards_do() {
        // The keys Q, Y, Z of a US keyboard, the one beside the left shift key, shift and 3.
        let keys = [0x10, 0x15, 0x2c, 0x2a, 0x04];
        assert_eq!(text(KeyboardLayout::Us, &keys), "qyz#");
        assert_eq!(text(KeyboardLayout::Uk, &keys), "qyz\u{a3}");
        assert_eq!(text(KeyboardLayout::De, &keys), "qzy\u{a7}");
        assert_eq!(text(KeyboardLayout::Fr, &keys), "ayw3");
    }

    #[test]
    fn keys_without_characters_move_and_act() {
        let keys = [0xe0, 0x48, 0xe0, 0x50, 0x1c, 0x01, 0x0f, 0x0e, 0xe0, 0x53, 0xe0, 0x1c];
        assert_eq!(
            typed(KeyboardLayout::De, &keys),
            [
                Typed::Up,
                Typed::Down,
                Typed::Enter,
                Typed::Escape,
                Typed::Tab,
                Typed::Backspace,
                Typed::Delete,
                Typed::Enter,
            ]
        );
    }
}
