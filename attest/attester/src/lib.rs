//! What the attester answers, over any way to a TPM and any way to whoever asks.
//!
//! Before it answers anybody, it extends what the machine made of the image (`docs/evidence.md`), and has
//! a signing key made that the TPM gives back only while the PCRs stay as they are. The key is in memory
//! only while it signs.

#![no_std]
#![forbid(unsafe_code)]

mod answer;
mod boot;
mod identity;
mod key;
mod pace;

pub use answer::{Attester, Buffers};
pub use boot::{Boot, BootFault, Extended};
pub use key::SealedKey;
pub use pace::Pace;

use cloister_evidence::log::{IMAGE_PCR, MACHINE_PCR};
use cloister_tpm::Selection;

/// The PCRs that evidence is about: the firmware's, the image's, the machine's.
fn quoted_pcrs() -> Selection {
    Selection::of(&[0, 1, 2, 3, 4, 5, 6, 7, IMAGE_PCR, MACHINE_PCR])
}
