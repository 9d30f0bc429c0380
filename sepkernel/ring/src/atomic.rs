//! The atomics that a ring is made of. The tests put others in their place, under which the same
//! source is explored in all orders or reads memory that changes under it.

pub use core::sync::atomic::{AtomicU64, Ordering, fence};
