//! The local APIC's timer. Its clock is the TSC: a divisor of one counts ticks.

/// How the timer runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    OneShot,
    Periodic,
    /// At a value of the TSC.
    Deadline,
    /// A reserved number: it does not run.
    Stopped,
}

/// Never.
const NEVER: u64 = u64::MAX;

/// The timer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    /// When it fires next.
    due: u64,
    start: u64,
    initial: u32,
    divide: u8,
    /// Ticks between interrupts of a periodic timer at least: a guest that asks for more often gets as
    /// many interrupts as if it had been slow to take them.
    least_period: u64,
}

impl Timer {
    /// 20 microseconds.
    const MOST_PER_SECOND: u64 = 50_000;

    pub(super) const fn new(ticks_per_second: u64) -> Self {
        Self {
            due: NEVER,
            start: 0,
            initial: 0,
            divide: 0,
            least_period: ticks_per_second / Self::MOST_PER_SECOND,
        }
    }

    /// As after reset.
    pub(super) fn reset(&mut self) {
        *self = Self { least_period: self.least_period, ..Self::new(0) };
    }

    /// When it fires next.
    #[inline]
    pub(super) const fn due(&self) -> Option<u64> {
        if self.due == NEVER { None } else { Some(self.due) }
    }

    /// Whether it fires now: once, however late.
    #[inline]
    pub(super) fn fire(&mut self, mode: Mode, now: u64) -> bool {
        if self.due > now || self.due == NEVER {
            return false;
        }
        self.due = if mode == Mode::Periodic { self.next_period(now) } else { NEVER };
        true
    }

    /// Sets the TSC value at which it fires; 0 disarms it.
    #[inline]
    pub(super) fn set_deadline(&mut self, deadline: u64) {
        self.due = if deadline == 0 { NEVER } else { deadline };
    }

    pub(super) fn set_initial(&mut self, initial: u32, mode: Mode, now: u64) {
        (self.initial, self.start) = (initial, now);
        self.arm(mode, now);
    }

    pub(super) const fn initial(&self) -> u32 {
        self.initial
    }

    /// What is left of the count.
    pub(super) fn current(&self, mode: Mode, now: u64) -> u32 {
        let initial = u64::from(self.initial);
        let elapsed = now.saturating_sub(self.start) >> self.shift();
        let left = match mode {
            Mode::OneShot => initial.saturating_sub(elapsed),
            Mode::Periodic if initial != 0 => initial - elapsed % initial,
            _ => 0,
        };
        left as u32
    }

    pub(super) const fn divide(&self) -> u8 {
        self.divide
    }

    /// Changes how the clock is divided; what is left of the count stays.
    pub(super) fn set_divide(&mut self, divide: u8, mode: Mode, now: u64) {
        let done = u64::from(self.initial.saturating_sub(self.current(mode, now)));
        self.divide = divide & 0x0b;
        if matches!(mode, Mode::OneShot | Mode::Periodic) {
            self.start = now.saturating_sub(done << self.shift());
            self.arm(mode, now);
        }
    }

    /// The mode changes: a count goes on in the other one, but a deadline and a count disarm each other.
    pub(super) fn change_mode(&mut self, from: Mode, to: Mode, now: u64) {
        if from == to {
            return;
        }
        if matches!((from, to), (Mode::OneShot, Mode::Periodic) | (Mode::Periodic, Mode::OneShot)) {
            self.arm(to, now);
        } else {
            self.initial = 0;
            self.due = NEVER;
        }
    }

    fn arm(&mut self, mode: Mode, now: u64) {
        let end = self.start.saturating_add(self.period());
        self.due = match mode {
            _ if self.initial == 0 => NEVER,
            Mode::Periodic if end <= now => self.next_period(now),
            Mode::Periodic => end,
            Mode::OneShot if end > now => end,
            _ => NEVER,
        };
    }

    /// Ticks of the whole count.
    fn period(&self) -> u64 {
        u64::from(self.initial) << self.shift()
    }

    /// The first end of a period after now; for periods that are too short, after the least period.
    fn next_period(&self, now: u64) -> u64 {
        let period = self.period().max(1);
        let wait = if period < self.least_period { self.least_period } else { 1 };
        let past = now.saturating_add(wait - 1).saturating_sub(self.start) / period;
        self.start.saturating_add(past.saturating_add(1).saturating_mul(period))
    }

    /// The clock is divided by 2 to this.
    const fn shift(&self) -> u8 {
        (((self.divide & 8) >> 1 | self.divide & 3) + 1) & 7
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_divisor_is_one_to_128() {
        let mut timer = Timer::new(1_000_000_000);
        let shifts = [0, 1, 2, 3, 8, 9, 10, 11].map(|divide| {
            timer.set_divide(divide, Mode::OneShot, 0);
            1 << timer.shift()
        });
        assert_eq!(shifts, [2, 4, 8, 16, 32, 64, 128, 1]);
    }

    #[test]
    fn a_period_that_is_too_short_fires_in_step_with_it_at_the_least_period() {
        let mut timer = Timer::new(1_000_000_000);
        timer.set_divide(11, Mode::Periodic, 0);
        timer.set_initial(3000, Mode::Periodic, 0);
        assert_eq!(timer.due(), Some(3000));
        assert!(timer.fire(Mode::Periodic, 3000));
        // 20,000 ticks later at the earliest would be 23,000.
        assert_eq!(timer.due(), Some(24_000));
    }

    #[test]
    fn a_count_goes_on_when_the_divisor_changes() {
        let mut timer = Timer::new(1_000_000_000);
        timer.set_divide(11, Mode::OneShot, 0);
        timer.set_initial(1000, Mode::OneShot, 5000);
        timer.set_divide(0, Mode::OneShot, 5400);
        assert_eq!(timer.current(Mode::OneShot, 5400), 600);
        assert_eq!(timer.due(), Some(6600));
    }

    proptest! {
        #[test]
        fn a_late_timer_fires_once_and_is_then_due_later(
            initial in 1u32.., divide in 0u8..16, periodic: bool, late in 0..u64::MAX / 2,
        ) {
            let mode = if periodic { Mode::Periodic } else { Mode::OneShot };
            let mut timer = Timer::new(1_000_000_000);
            timer.set_divide(divide, mode, 0);
            timer.set_initial(initial, mode, 5);
            let due = timer.due().expect("armed");
            prop_assert!(!timer.fire(mode, due - 1));
            prop_assert!(timer.fire(mode, due.saturating_add(late)));
            prop_assert!(!timer.fire(mode, due.saturating_add(late)));
            prop_assert_eq!(timer.due().is_some(), periodic);
        }
    }
}
