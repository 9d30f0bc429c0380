//! Platform configuration registers, computed instead of asked for.

use sha2::{Digest as _, Sha256};

use crate::{Digest, PCR_COUNT, Selection};

/// What a PCR holds after `digest` was extended into it (Part 1, 17.2).
#[must_use]
pub fn extend(pcr: &Digest, digest: &Digest) -> Digest {
    Sha256::new().chain_update(pcr).chain_update(digest).finalize().into()
}

/// The SHA-256 bank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PcrBank([Digest; PCR_COUNT]);

impl PcrBank {
    /// The bank after a reset: zeros, but ones in the PCRs of the dynamic root of trust, 17 to 22
    /// (PC Client Platform TPM Profile, 4.6.2).
    #[must_use]
    pub fn after_reset() -> Self {
        let mut bank = [[0; 32]; PCR_COUNT];
        for pcr in bank.iter_mut().take(23).skip(17) {
            *pcr = [0xff; 32];
        }
        Self(bank)
    }

    /// Replaces the start value of PCR 0 where the log says from which locality the machine was
    /// started (PC Client Firmware Profile, 10.4.5.3).
    pub fn set_startup_locality(&mut self, locality: u8) {
        let [first, ..] = &mut self.0;
        *first = [0; 32];
        if let Some(last) = first.last_mut() {
            *last = locality;
        }
    }

    /// Extends PCR `index`; `None` where there is none.
    pub fn extend(&mut self, index: u8, digest: &Digest) -> Option<()> {
        let pcr = self.0.get_mut(usize::from(index))?;
        *pcr = extend(pcr, digest);
        Some(())
    }

    /// The value of PCR `index`.
    #[must_use]
    pub fn get(&self, index: u8) -> Option<&Digest> {
        self.0.get(usize::from(index))
    }

    /// Sets PCR `index`.
    pub fn set(&mut self, index: u8, value: Digest) {
        if let Some(pcr) = self.0.get_mut(usize::from(index)) {
            *pcr = value;
        }
    }

    /// The digest of the selected PCRs, as a quote contains it (Part 1, 17.6).
    #[must_use]
    pub fn composite(&self, selection: Selection) -> Digest {
        let values = selection.indices().filter_map(|index| self.get(index));
        values.fold(Sha256::new(), Sha256::chain_update).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_matters_and_so_does_every_extension() {
        let (a, b) = ([1; 32], [2; 32]);
        let after = |digests: &[Digest]| digests.iter().fold([0; 32], |pcr, d| extend(&pcr, d));
        assert_ne!(after(&[a, b]), after(&[b, a]));
        assert_ne!(after(&[a]), after(&[a, a]));
    }

    #[test]
    fn the_composite_depends_on_selected_pcrs_only() {
        let mut bank = PcrBank::after_reset();
        let selection = Selection::of(&[0, 8]);
        let before = bank.composite(selection);
        bank.extend(9, &[1; 32]).unwrap();
        assert_eq!(bank.composite(selection), before);
        bank.extend(8, &[1; 32]).unwrap();
        assert_ne!(bank.composite(selection), before);
    }

    #[test]
    fn there_is_no_pcr_24() {
        assert_eq!(PcrBank::after_reset().extend(24, &[0; 32]), None);
    }
}
