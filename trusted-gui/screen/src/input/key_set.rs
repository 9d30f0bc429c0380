//! A set of keys and buttons.

use super::KeyCode;

const WORDS: usize = 5;

/// Codes below this can be in a set; there are no others on a keyboard or mouse.
pub const KEY_CODES: u16 = WORDS as u16 * 64;

/// A set of key codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeySet([u64; WORDS]);

impl KeySet {
    /// The set without keys.
    pub const EMPTY: Self = Self([0; WORDS]);

    /// Adds a key; whether it was not in the set. A code that no set can hold is never added.
    pub fn insert(&mut self, key: KeyCode) -> bool {
        let new = key.0 < KEY_CODES && !self.contains(key);
        if let Some(word) = self.0.get_mut(usize::from(key.0 / 64)) {
            *word |= 1 << (key.0 % 64);
        }
        new
    }

    /// Takes a key out; whether it was in the set.
    pub fn remove(&mut self, key: KeyCode) -> bool {
        let was = self.contains(key);
        if let Some(word) = self.0.get_mut(usize::from(key.0 / 64)) {
            *word &= !(1 << (key.0 % 64));
        }
        was
    }

    /// Whether the key is in the set.
    #[must_use]
    pub fn contains(&self, key: KeyCode) -> bool {
        self.0.get(usize::from(key.0 / 64)).is_some_and(|word| word >> (key.0 % 64) & 1 != 0)
    }

    /// Whether no key is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    /// The keys, lowest code first.
    pub fn iter(self) -> impl Iterator<Item = KeyCode> {
        (0..KEY_CODES).map(KeyCode).filter(move |key| self.contains(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_and_go_one_by_one() {
        let mut set = KeySet::EMPTY;
        for code in [0, 1, 63, 64, 319] {
            assert!(set.insert(KeyCode(code)) && !set.insert(KeyCode(code)));
        }
        assert!(
            !set.insert(KeyCode(320)) && !set.contains(KeyCode(320)) && !set.remove(KeyCode(320))
        );
        assert_eq!(set.iter().map(|key| key.0).collect::<Vec<_>>(), [0, 1, 63, 64, 319]);
        assert!(set.remove(KeyCode(63)) && !set.remove(KeyCode(63)));
        assert!(set.contains(KeyCode(64)));
    }
}
