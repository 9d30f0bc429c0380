//! Memory of a writer that lies: each load may find another value, whatever was stored or loaded
//! before. Counts the loads.

pub use core::sync::atomic::{Ordering, fence};
use std::cell::{Cell, RefCell};

#[path = "../../src/words.rs"]
mod words;
pub use words::{load, store};

thread_local! {
    static ANSWERS: RefCell<Vec<Answer>> = const { RefCell::new(Vec::new()) };
    static LOADS: Cell<usize> = const { Cell::new(0) };
}

/// What a load finds.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// What is there.
    True,
    /// What is there and a little more, or less.
    Near(i8),
    /// Anything.
    Any(u64),
}

/// The loads to come find these, over and over.
pub fn answer(answers: Vec<Answer>) {
    ANSWERS.set(answers);
}

/// Loads since this was last asked.
pub fn loads() -> usize {
    LOADS.take()
}

/// A word of such memory.
#[derive(Debug)]
pub struct AtomicU64(Cell<u64>);

impl AtomicU64 {
    pub const fn new(value: u64) -> Self {
        Self(Cell::new(value))
    }

    pub fn load(&self, _: Ordering) -> u64 {
        let count = LOADS.get();
        LOADS.set(count + 1);
        let answer = ANSWERS.with_borrow(|answers| {
            let index = count.checked_rem(answers.len());
            index.and_then(|index| answers.get(index).copied())
        });
        match answer.unwrap_or(Answer::True) {
            Answer::True => self.0.get(),
            Answer::Near(by) => self.0.get().wrapping_add_signed(by.into()),
            Answer::Any(value) => value,
        }
    }

    pub fn store(&self, value: u64, _: Ordering) {
        self.0.set(value);
    }
}
