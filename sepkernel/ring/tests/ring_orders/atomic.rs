//! Loom's atomics in place of the processor's, with an end to a writer's stores.

pub use loom::sync::atomic::{Ordering, fence};
use std::cell::Cell;

#[path = "../../src/words.rs"]
mod words;
pub use words::{load, store};

thread_local! {
    /// Stores that still take effect. Loom runs all threads of a model on one thread of the host, and
    /// only the writer stores.
    static STORES: Cell<u32> = const { Cell::new(u32::MAX) };
}

/// From now on only this many stores take effect: what the writer does behind them is as if it was
/// never done.
pub fn end_after(stores: u32) {
    STORES.set(stores);
}

/// An atomic that loom explores.
#[derive(Debug)]
pub struct AtomicU64(loom::sync::atomic::AtomicU64);

impl AtomicU64 {
    pub fn new(value: u64) -> Self {
        Self(loom::sync::atomic::AtomicU64::new(value))
    }

    pub fn load(&self, ordering: Ordering) -> u64 {
        self.0.load(ordering)
    }

    pub fn store(&self, value: u64, ordering: Ordering) {
        match STORES.get() {
            0 => {}
            u32::MAX => self.0.store(value, ordering),
            left => {
                STORES.set(left - 1);
                self.0.store(value, ordering);
            }
        }
    }
}
