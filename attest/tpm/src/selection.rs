//! Which PCRs of the SHA-256 bank are meant.

use core::fmt;

use tpm2_protocol::data::{TpmAlgId, TpmlPcrSelection, TpmsPcrSelect, TpmsPcrSelection};

/// PCRs of a PC's TPM.
pub const PCR_COUNT: usize = 24;

/// A set of PCRs of the SHA-256 bank.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Selection(u32);

impl Selection {
    /// The PCRs with these numbers; numbers beyond the last PCR are ignored.
    #[must_use]
    pub fn of(indices: &[u8]) -> Self {
        Self(
            indices
                .iter()
                .filter(|index| usize::from(**index) < PCR_COUNT)
                .fold(0, |mask, index| mask | (1 << *index)),
        )
    }

    /// The numbers of the PCRs, ascending.
    pub fn indices(self) -> impl Iterator<Item = u8> + Clone {
        (0..PCR_COUNT as u8).filter(move |index| self.contains(*index))
    }

    /// The PCRs as bits: bit n for PCR n.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether PCR `index` is in it.
    #[must_use]
    pub fn contains(self, index: u8) -> bool {
        usize::from(index) < PCR_COUNT && self.0 & (1 << index) != 0
    }

    /// Number of PCRs.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The form that commands take: one bank, three bytes (Part 2, 10.9.7).
    #[must_use]
    pub fn to_list(self) -> TpmlPcrSelection {
        let [low, middle, high, _] = self.0.to_le_bytes();
        let pcr_select = TpmsPcrSelect::try_from(&[low, middle, high][..]).unwrap_or_default();
        let mut list = TpmlPcrSelection::new();
        // One item always fits into a list of eight.
        let _ = list.try_push(TpmsPcrSelection { hash: TpmAlgId::Sha256, pcr_select });
        list
    }

    /// Reads a list; `None` unless it is exactly one bank, SHA-256, with three bytes.
    #[must_use]
    pub fn from_list(list: &TpmlPcrSelection) -> Option<Self> {
        let [bank] = &**list else { return None };
        let [low, middle, high] = *bank.pcr_select else { return None };
        (bank.hash == TpmAlgId::Sha256).then(|| Self(u32::from_le_bytes([low, middle, high, 0])))
    }
}

impl fmt::Display for Selection {
    /// Ranges and single numbers: `0-9, 14`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let mut first = true;
        for start in self.indices().filter(|index| *index == 0 || !self.contains(index - 1)) {
            let end = (start..PCR_COUNT as u8).take_while(|index| self.contains(*index)).last();
            let separator = if first { "" } else { ", " };
            first = false;
            match end {
                Some(end) if end > start => write!(f, "{separator}{start}-{end}")?,
                _ => write!(f, "{separator}{start}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PCRs {self}")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn a_selection_survives_its_list() {
        for mask in [0, 1, 0x3ff, 0x80_0001, 0xff_ffff] {
            assert_eq!(Selection::from_list(&Selection(mask).to_list()), Some(Selection(mask)));
        }
    }

    #[test]
    fn another_bank_is_no_selection() {
        let mut list = TpmlPcrSelection::new();
        let pcr_select = TpmsPcrSelect::try_from(&[1, 0, 0][..]).unwrap();
        list.try_push(TpmsPcrSelection { hash: TpmAlgId::Sha1, pcr_select }).unwrap();
        assert_eq!(Selection::from_list(&list), None);
        list.try_push(TpmsPcrSelection { hash: TpmAlgId::Sha256, pcr_select }).unwrap();
        assert_eq!(Selection::from_list(&list), None);
    }

    #[test]
    fn ranges_are_written_short() {
        assert_eq!(Selection::of(&[0, 1, 2, 3, 9, 14, 15]).to_string(), "0-3, 9, 14-15");
        assert_eq!(Selection::of(&[]).to_string(), "none");
        assert_eq!(Selection::of(&[23, 24, 99]).to_string(), "23");
    }
}
