//! The atomics that a ring is made of, and copies out of and into them. The tests put others in their place,
//! under which the same source is explored in all orders or reads memory that changes under it.

pub use core::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(any(miri, not(target_arch = "x86_64")))]
#[path = "words.rs"]
mod words;
#[cfg(any(miri, not(target_arch = "x86_64")))]
pub use words::{load, store};

#[cfg(all(not(miri), target_arch = "x86_64"))]
#[path = "string.rs"]
mod string;
#[cfg(all(not(miri), target_arch = "x86_64"))]
pub use string::{load, store};
