//! The static cyclic schedule: which frame it is, when the next begins, and whether the kernel came
//! too late for one.
//!
//! Nothing that a subject does may change what is decided here: the functions take the plan, the
//! place in it and the time, and no state of any subject.

mod barrier;
mod check;
mod cursor;
mod plan;
mod siblings;

pub use barrier::{Barrier, Meeting};
pub use check::{PlanError, check_together};
pub use cursor::{Cursor, Entry, Slot};
pub use plan::{MinorFrame, Plan};
pub use siblings::{SiblingError, check_siblings};
