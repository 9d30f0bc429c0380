//! The processor that a world is shown: `CPUID` as a fixed table, made once at boot from what the
//! machine has and what Cloister offers.

mod directory;
mod features;
mod state;

pub use directory::{Directory, Identified, Leaf, MAX_LEAVES};
pub use features::{Offer, offered};
pub use state::{extended_control_is_valid, extended_features, page_attributes_are_valid};
