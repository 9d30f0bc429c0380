//! Which values a guest may give to the registers that the kernel handles.

/// Bits of EFER (AMD APM volume 2, section 3.1.7).
const SYSCALL: u64 = 1 << 0;
const LONG_MODE: u64 = 1 << 8;
const LONG_MODE_ACTIVE: u64 = 1 << 10;
const NO_EXECUTE: u64 = 1 << 11;
/// CR0.PG.
const PAGING: u64 = 1 << 31;

/// What EFER becomes when the guest writes `new` to it; none if the guest gets an exception instead.
/// Long mode active is the processor's to change, and long mode itself cannot change under paging.
#[must_use]
pub const fn extended_features(old: u64, new: u64, cr0: u64) -> Option<u64> {
    let known = SYSCALL | LONG_MODE | LONG_MODE_ACTIVE | NO_EXECUTE;
    let toggled = (old ^ new) & LONG_MODE != 0;
    if new & !known != 0 || toggled && cr0 & PAGING != 0 {
        return None;
    }
    Some(new & !LONG_MODE_ACTIVE | old & LONG_MODE_ACTIVE)
}

/// Whether a page attribute table has memory types only (AMD APM volume 2, section 7.8.1).
#[must_use]
pub fn page_attributes_are_valid(value: u64) -> bool {
    value.to_le_bytes().iter().all(|kind| matches!(kind, 0 | 1 | 4..=7))
}

/// Whether a guest that was offered the components `offered` may set XCR0 to `value` (AMD APM volume 2,
/// section 11.5.2): x87 always, AVX not without SSE.
#[must_use]
pub const fn extended_control_is_valid(value: u64, offered: u64) -> bool {
    const X87: u64 = 1;
    const SSE: u64 = 1 << 1;
    const AVX: u64 = 1 << 2;
    value & X87 != 0 && value & !offered == 0 && (value & AVX == 0 || value & SSE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_mode_changes_only_without_paging_and_the_guest_cannot_activate_it() {
        assert_eq!(extended_features(0, LONG_MODE | SYSCALL, 0), Some(LONG_MODE | SYSCALL));
        assert_eq!(extended_features(0, LONG_MODE, PAGING), None);
        assert_eq!(extended_features(0, LONG_MODE_ACTIVE, 0), Some(0));
        let active = LONG_MODE | LONG_MODE_ACTIVE;
        assert_eq!(extended_features(active, LONG_MODE, PAGING), Some(active));
        assert_eq!(extended_features(active, active | 1 << 12, PAGING), None, "SVM is not offered");
    }

    #[test]
    fn only_memory_types_and_offered_state_are_taken() {
        assert!(page_attributes_are_valid(0x0007_0406_0007_0406));
        assert!(!page_attributes_are_valid(2));
        assert!(!page_attributes_are_valid(3 << 56));
        assert!(!page_attributes_are_valid(8));
        for (value, valid) in [(0, false), (1, true), (3, true), (5, false), (7, true), (15, false)]
        {
            assert_eq!(extended_control_is_valid(value, 7), valid, "{value}");
        }
        assert!(!extended_control_is_valid(7, 3));
    }
}
