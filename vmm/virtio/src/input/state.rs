//! What the user does, and what of it was reported.
//!
//! While the driver keeps up, each report becomes events at once. When it does not, the state is kept
//! instead of the events: movement adds up, and no key stays pressed for ever.

use super::{
    Axis, Kind,
    capabilities::{ABSOLUTE, KEY, RELATIVE, SYNCHRONIZATION},
    events::{Event, Events},
};

/// Words of a bit for each key and button.
const WORDS: usize = 0x300 / 64;

/// State of all keys, axes and positions.
#[derive(Clone, Debug)]
pub(super) struct State {
    pressed: [u64; WORDS],
    reported: [u64; WORDS],
    /// Movement not reported yet, in the order of [`Axis::ALL`].
    moved: [i32; Axis::ALL.len()],
    /// Where the pointer is, and whether that is not reported yet.
    position: [(u32, bool); 2],
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            pressed: [0; WORDS],
            reported: [0; WORDS],
            moved: [0; Axis::ALL.len()],
            position: [(0, false); 2],
        }
    }

    /// A driver begins: for it no key is pressed, and nothing has moved.
    pub(super) fn begin(&mut self) {
        self.reported = [0; WORDS];
        self.moved = [0; Axis::ALL.len()];
        self.position.iter_mut().for_each(|(_, changed)| *changed = false);
    }

    /// Whether a key is pressed, and whether that is known to be reported.
    pub(super) fn key(&self, code: u16) -> (bool, bool) {
        let (word, bit) = (usize::from(code) / 64, 1 << (code % 64));
        let set = |words: &[u64; WORDS]| words.get(word).is_some_and(|word| word & bit != 0);
        (set(&self.pressed), set(&self.pressed) == set(&self.reported))
    }

    pub(super) fn set_key(&mut self, code: u16, pressed: bool) {
        let (word, bit) = (usize::from(code) / 64, 1 << (code % 64));
        if let Some(word) = self.pressed.get_mut(word) {
            *word = *word & !bit | if pressed { bit } else { 0 };
        }
    }

    pub(super) fn r#move(&mut self, axis: Axis, distance: i32) {
        for (known, moved) in Axis::ALL.iter().zip(&mut self.moved) {
            if *known == axis {
                *moved = moved.saturating_add(distance);
            }
        }
    }

    pub(super) fn place(&mut self, axis: Axis, place: u32) {
        if let Some(position) = self.position.get_mut(usize::from(axis.code())) {
            *position = (place, true);
        }
    }

    /// Turns into events what is not reported yet, as far as there is room, and ends with the mark of
    /// a whole report.
    pub(super) fn report(&mut self, kind: Kind, events: &mut Events) {
        let before = events.room();
        // The last place is the mark's.
        let mut push = |kind, code, value| {
            let fits = events.room() > 1;
            if fits {
                events.push(Event { kind, code, value });
            }
            fits
        };
        for (axis, moved) in Axis::ALL.iter().zip(&mut self.moved) {
            if *moved != 0 && push(RELATIVE, axis.code(), *moved as u32) {
                *moved = 0;
            }
        }
        for (code, (place, changed)) in self.position.iter_mut().enumerate() {
            if *changed && push(ABSOLUTE, code as u16, *place) {
                *changed = false;
            }
        }
        for (index, (pressed, reported)) in self.pressed.iter().zip(&mut self.reported).enumerate()
        {
            let mut changed = *pressed ^ *reported;
            while changed != 0 {
                let bit = changed.trailing_zeros();
                changed &= changed - 1;
                let code = 64 * index as u16 + bit as u16;
                if kind.has(KEY, code) && push(KEY, code, (*pressed >> bit & 1) as u32) {
                    *reported ^= 1 << bit;
                }
            }
        }
        if events.room() < before {
            events.push(Event { kind: SYNCHRONIZATION, code: 0, value: 0 });
        }
    }
}
