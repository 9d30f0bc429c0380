//! Between ticks of the guest's TSC and the units in which a device counts.

use core::num::NonZeroU64;

/// Units that pass while the TSC ticks. All arithmetic is exact and in 64 bits: whole seconds are
/// taken apart first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rate {
    ticks_per_second: NonZeroU64,
    units_per_second: NonZeroU64,
}

impl Rate {
    /// What a product of two parts of a second needs to stay within 64 bits.
    const MAXIMUM_TICKS_PER_SECOND: u64 = 1 << 34;
    const MAXIMUM_UNITS_PER_SECOND: u64 = 1 << 30;

    /// Both at least 1; a TSC of more than 17 GHz counts as one of 17 GHz.
    pub(crate) const fn new(ticks_per_second: u64, units_per_second: u64) -> Self {
        const fn within(value: u64, maximum: u64) -> NonZeroU64 {
            match NonZeroU64::new(if value > maximum { maximum } else { value }) {
                Some(value) => value,
                None => NonZeroU64::MIN,
            }
        }
        Self {
            ticks_per_second: within(ticks_per_second, Self::MAXIMUM_TICKS_PER_SECOND),
            units_per_second: within(units_per_second, Self::MAXIMUM_UNITS_PER_SECOND),
        }
    }

    /// Whole units that have passed after so many ticks.
    pub(crate) fn units(self, ticks: u64) -> u64 {
        let (seconds, product) = scale(ticks, self.ticks_per_second, self.units_per_second);
        seconds.saturating_add(product / self.ticks_per_second)
    }

    /// The first tick at which so many units have passed.
    pub(crate) fn ticks(self, units: u64) -> u64 {
        let (seconds, product) = scale(units, self.units_per_second, self.ticks_per_second);
        let part = product / self.units_per_second;
        let rest = product % self.units_per_second;
        seconds.saturating_add(part).saturating_add(u64::from(rest != 0))
    }
}

/// What whole seconds of `value` make, and the product that is still to be divided. That is less than
/// the product of the two maxima, so that nothing wraps.
fn scale(value: u64, from: NonZeroU64, to: NonZeroU64) -> (u64, u64) {
    ((value / from).saturating_mul(to.get()), (value % from).wrapping_mul(to.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_is_a_second() {
        let timer = Rate::new(2_500_000_000, 1_193_182);
        assert_eq!(timer.units(2_500_000_000), 1_193_182);
        assert_eq!(timer.ticks(1_193_182), 2_500_000_000);
    }

    proptest! {
        #[test]
        fn the_tick_named_for_a_unit_is_the_first_with_it(
            tsc in 1_000_000_000u64..10_000_000_000, hertz in 1u64..100_000_000, units in 1u64..1 << 50,
        ) {
            let rate = Rate::new(tsc, hertz);
            let tick = rate.ticks(units);
            if tick < u64::MAX {
                prop_assert!(rate.units(tick) >= units);
                prop_assert!(rate.units(tick - 1) < units);
            }
        }

        #[test]
        fn any_number_is_converted(tsc: u64, hertz: u64, value: u64) {
            let rate = Rate::new(tsc, hertz);
            let _ = (rate.units(value), rate.ticks(value));
        }
    }
}
