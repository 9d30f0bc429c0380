//! One counter of the 8254.

/// How a counter counts (8254 data sheet, "mode definitions").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// 0: the output rises when the count ends.
    TerminalCount,
    /// 1: the gate starts a pulse of the count's length.
    OneShot,
    /// 2: a pulse of one clock at the end of each period.
    RateGenerator,
    /// 3: half of each period high, half low.
    SquareWave,
    /// 4: a pulse of one clock when the count ends.
    SoftwareStrobe,
    /// 5: the same, started by the gate.
    HardwareStrobe,
}

impl Mode {
    const fn from_bits(bits: u8) -> Self {
        match bits & 7 {
            0 => Self::TerminalCount,
            1 => Self::OneShot,
            2 | 6 => Self::RateGenerator,
            3 | 7 => Self::SquareWave,
            4 => Self::SoftwareStrobe,
            _ => Self::HardwareStrobe,
        }
    }

    const fn bits(self) -> u8 {
        self as u8
    }

    const fn periodic(self) -> bool {
        matches!(self, Self::RateGenerator | Self::SquareWave)
    }

    const fn triggered(self) -> bool {
        matches!(self, Self::OneShot | Self::HardwareStrobe)
    }
}

/// Which bytes of the count an access carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    Low = 1,
    High = 2,
    Both = 3,
}

/// Whether it counts, in clocks of the 8254.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Count {
    /// No count has been written since the control word, or the gate has not triggered.
    Waiting,
    /// Since a clock.
    Since(u64),
    /// The gate is low after so many clocks.
    Paused(u64),
}

/// Clocks between rising edges that the caller is asked to look at: 20 microseconds. A guest that wants
/// them more often gets as many as if it had been slow to take them.
const LEAST_PERIOD: u64 = 24;

/// One counter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    mode: Mode,
    access: Access,
    decimal: bool,
    /// Clocks of a period, 1 to 65,536 (0 until a count is written).
    period: u32,
    count: Count,
    gate: bool,
    /// The first byte of a count of two.
    low_written: Option<u8>,
    high_is_next: bool,
    latched_count: Option<u16>,
    latched_status: Option<u8>,
    /// Rising edges of the output that have been told.
    told: u64,
}

impl Channel {
    pub(super) const fn new(gate: bool) -> Self {
        Self {
            mode: Mode::TerminalCount,
            access: Access::Both,
            decimal: false,
            period: 0,
            count: Count::Waiting,
            gate,
            low_written: None,
            high_is_next: false,
            latched_count: None,
            latched_status: None,
            told: 0,
        }
    }

    /// The control word's part for this counter.
    pub(super) fn control(&mut self, value: u8, clock: u64) {
        let access = match (value >> 4) & 3 {
            0 => return self.latch_count(clock),
            1 => Access::Low,
            2 => Access::High,
            _ => Access::Both,
        };
        *self = Self {
            mode: Mode::from_bits(value >> 1),
            access,
            decimal: value & 1 != 0,
            ..Self::new(self.gate)
        };
    }

    pub(super) fn latch_count(&mut self, clock: u64) {
        if self.latched_count.is_none() {
            self.latched_count = Some(self.value(clock));
        }
    }

    pub(super) fn latch_status(&mut self, clock: u64) {
        if self.latched_status.is_none() {
            self.latched_status = Some(
                u8::from(self.output(clock)) << 7
                    | u8::from(self.period == 0) << 6
                    | (self.access as u8) << 4
                    | self.mode.bits() << 1
                    | u8::from(self.decimal),
            );
        }
    }

    pub(super) fn read(&mut self, clock: u64) -> u8 {
        if let Some(status) = self.latched_status.take() {
            return status;
        }
        let [low, high] = self.latched_count.unwrap_or_else(|| self.value(clock)).to_le_bytes();
        let (byte, last) = match self.access {
            Access::Low => (low, true),
            Access::High => (high, true),
            Access::Both => {
                self.high_is_next = !self.high_is_next;
                if self.high_is_next { (low, false) } else { (high, true) }
            }
        };
        if last {
            self.latched_count = None;
        }
        byte
    }

    pub(super) fn write(&mut self, value: u8, clock: u64) {
        let count = match (self.access, self.low_written.take()) {
            (Access::Low, _) => u16::from(value),
            (Access::High, _) => u16::from_le_bytes([0, value]),
            (Access::Both, Some(low)) => u16::from_le_bytes([low, value]),
            (Access::Both, None) => {
                self.low_written = Some(value);
                if self.mode == Mode::TerminalCount {
                    self.count = Count::Waiting;
                }
                return;
            }
        };
        self.load(count, clock);
    }

    /// A new count begins at once (a real 8254 finishes the running period first).
    fn load(&mut self, count: u16, clock: u64) {
        let modulus = self.modulus();
        let binary = if self.decimal { from_decimal(count) } else { u32::from(count) };
        self.period = if binary == 0 { modulus } else { binary };
        if !self.mode.triggered() {
            self.told = 0;
            self.count = if self.gate { Count::Since(clock) } else { Count::Paused(0) };
        }
    }

    pub(super) fn set_gate(&mut self, gate: bool, clock: u64) {
        if gate == self.gate {
            return;
        }
        self.gate = gate;
        if self.mode.triggered() {
            if gate && self.period != 0 {
                self.told = 0;
                self.count = Count::Since(clock);
            }
            return;
        }
        self.count = match self.count {
            Count::Since(since) if !gate => Count::Paused(clock.saturating_sub(since)),
            Count::Paused(_) if gate && self.mode.periodic() => {
                self.told = 0;
                Count::Since(clock)
            }
            Count::Paused(elapsed) if gate => Count::Since(clock.saturating_sub(elapsed)),
            count => count,
        };
    }

    const fn modulus(&self) -> u32 {
        if self.decimal { 10_000 } else { 0x1_0000 }
    }

    /// Clocks since it began to count; nothing while it waits.
    fn elapsed(&self, clock: u64) -> Option<u64> {
        match self.count {
            Count::Waiting => None,
            Count::Since(since) => Some(clock.saturating_sub(since)),
            Count::Paused(elapsed) => Some(elapsed),
        }
    }

    /// What the counter holds.
    fn value(&self, clock: u64) -> u16 {
        let period = u64::from(self.period);
        let modulus = u64::from(self.modulus());
        let Some(elapsed) = self.elapsed(clock).filter(|_| period != 0) else {
            return self.encode(self.period);
        };
        let value = match self.mode {
            Mode::RateGenerator => period - elapsed % period,
            // It counts down by two, twice in a period.
            Mode::SquareWave => period - (elapsed.wrapping_mul(2)) % period,
            // It goes on through zero.
            _ => (period + modulus - elapsed % modulus) % modulus,
        };
        self.encode(value as u32)
    }

    fn encode(&self, value: u32) -> u16 {
        let value = value % self.modulus();
        if self.decimal { to_decimal(value) } else { value as u16 }
    }

    /// The level of the output.
    pub(super) fn output(&self, clock: u64) -> bool {
        let period = u64::from(self.period);
        let elapsed = self.elapsed(clock).filter(|_| period != 0);
        match (self.mode, elapsed) {
            (Mode::TerminalCount, None) => false,
            (_, None) => true,
            (Mode::TerminalCount | Mode::OneShot, Some(elapsed)) => elapsed >= period,
            (Mode::RateGenerator, Some(elapsed)) => !self.gate || elapsed % period != period - 1,
            (Mode::SquareWave, Some(elapsed)) => {
                !self.gate || elapsed % period < period.div_ceil(2)
            }
            (Mode::SoftwareStrobe | Mode::HardwareStrobe, Some(elapsed)) => elapsed != period,
        }
    }

    /// How often the output has risen since it began to count.
    fn edges(&self, clock: u64) -> u64 {
        let period = u64::from(self.period);
        let Some(elapsed) = self.elapsed(clock).filter(|_| period != 0) else { return 0 };
        match self.mode {
            Mode::RateGenerator | Mode::SquareWave => elapsed / period,
            Mode::TerminalCount | Mode::OneShot => u64::from(elapsed >= period),
            Mode::SoftwareStrobe | Mode::HardwareStrobe => u64::from(elapsed > period),
        }
    }

    /// Whether the output has risen since this was last asked.
    pub(super) fn take_edge(&mut self, clock: u64) -> bool {
        let edges = self.edges(clock);
        let risen = edges > self.told;
        self.told = self.told.max(edges);
        risen
    }

    /// The clock of the next rising edge that is to be told.
    pub(super) fn next_edge(&self) -> Option<u64> {
        let Count::Since(since) = self.count else { return None };
        let period = u64::from(self.period);
        let clocks = match self.mode {
            _ if period == 0 => return None,
            Mode::RateGenerator | Mode::SquareWave => {
                // Periods that are too short are told together.
                let periods = LEAST_PERIOD.div_ceil(period);
                self.told.saturating_add(periods).saturating_mul(period)
            }
            _ if self.told > 0 => return None,
            Mode::TerminalCount | Mode::OneShot => period,
            Mode::SoftwareStrobe | Mode::HardwareStrobe => period + 1,
        };
        Some(since.saturating_add(clocks))
    }
}

/// Four decimal digits; a digit above nine counts as what it is worth.
fn from_decimal(value: u16) -> u32 {
    let digit = |shift: u16| u32::from((value >> shift) & 0xf);
    (digit(0) + 10 * digit(4) + 100 * digit(8) + 1000 * digit(12)) % 10_000
}

fn to_decimal(value: u32) -> u16 {
    let digit = |divisor: u32| ((value / divisor) % 10) as u16;
    digit(1) | digit(10) << 4 | digit(100) << 8 | digit(1000) << 12
}
