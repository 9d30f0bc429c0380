//! The real-time clock with battery-backed memory: a Motorola MC146818 as PCs have it.
//!
//! The clock's registers follow the guest's TSC from the world's beginning on; a guest that sets the
//! clock sets its own.

mod alarm;
mod calendar;
#[cfg(test)]
mod tests;

use alarm::Alarm;
use calendar::{Format, Time};

use crate::rate::Rate;

/// The register that chooses a byte; the next port reads and writes it.
pub const PORT: u16 = 0x70;

/// Parts of a second that the divider counts.
const HERTZ: u64 = 32_768;
/// How long before the registers change the update is announced: 244 microseconds.
const UPDATE: u64 = 8;
/// Seconds, minutes, hours, each followed by its alarm; then weekday, day, month and year.
const CLOCK_REGISTERS: usize = 10;
/// Where PCs keep the century.
const CENTURY: usize = 0x32;
/// Bytes, the clock's among them.
const SIZE: usize = 128;

/// Numbers of the status registers.
mod register {
    pub(super) const A: usize = 0x0a;
    pub(super) const B: usize = 0x0b;
    pub(super) const C: usize = 0x0c;
    pub(super) const D: usize = 0x0d;
}

/// Bits of status register A.
mod a {
    pub(super) const UPDATE_IN_PROGRESS: u8 = 1 << 7;
    /// The divider counts a crystal of 32,768 Hz.
    pub(super) const RUNS: u8 = 2 << 4;
    pub(super) const DIVIDER: u8 = 7 << 4;
    pub(super) const RATE: u8 = 0x0f;
}

/// Bits of status register B; those of interrupts stand at the same places in C.
mod b {
    pub(super) const SET: u8 = 1 << 7;
    pub(super) const PERIODIC: u8 = 1 << 6;
    pub(super) const ALARM: u8 = 1 << 5;
    pub(super) const UPDATED: u8 = 1 << 4;
    pub(super) const INTERRUPTS: u8 = PERIODIC | ALARM | UPDATED;
    pub(super) const BINARY: u8 = 1 << 2;
    pub(super) const HOURS_24: u8 = 1 << 1;
}

/// In status register C: one of the enabled interrupts is pending.
const INTERRUPT: u8 = 1 << 7;
/// In status register D: the battery is good.
const VALID: u8 = 1 << 7;

/// The clock and its memory.
#[derive(Debug)]
pub struct Rtc {
    rate: Rate,
    index: u8,
    memory: [u8; SIZE],
    flags: u8,
    /// The divider's count at which `origin_seconds` began.
    origin: u64,
    origin_seconds: u64,
    /// The divider's count since the origin up to which flags are right.
    checked: u64,
}

impl Rtc {
    /// A clock that shows `unix_seconds` (since 1970, UTC) at tick 0, and memory that tells the guest's
    /// size: bytes below 4 GiB (the first MiB among them), and above.
    #[must_use]
    pub fn new(
        ticks_per_second: u64,
        unix_seconds: u64,
        memory_below: u64,
        memory_above: u64,
    ) -> Self {
        let mut clock = Self {
            rate: Rate::new(ticks_per_second, HERTZ),
            index: 0,
            memory: [0; SIZE],
            flags: 0,
            origin: 0,
            origin_seconds: unix_seconds,
            checked: 0,
        };
        // 1024 Hz, 24 hours, decimal digits: what firmware leaves.
        clock.put(register::A, a::RUNS | 6);
        clock.put(register::B, b::HOURS_24);
        clock.put_memory_size(memory_below, memory_above);
        clock
    }

    /// The level of the interrupt output.
    #[must_use]
    pub fn irq(&self) -> bool {
        self.flags & self.get(register::B) & b::INTERRUPTS != 0
    }

    /// When an enabled interrupt is due that is not pending already.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        let wanted = self.get(register::B) & b::INTERRUPTS & !self.flags;
        let next = |unit: u64| (self.checked / unit + 1).saturating_mul(unit);
        let next_second = next(HERTZ);
        let periodic = self.period().filter(|_| wanted & b::PERIODIC != 0);
        let updated = (wanted & b::UPDATED != 0 && !self.frozen()).then_some(next_second);
        let alarm = if wanted & b::ALARM != 0 && !self.frozen() {
            self.alarm_wait().map(|seconds| next_second.saturating_add(seconds * HERTZ))
        } else {
            None
        };
        let periodic = periodic.map(next);
        let first = [periodic, updated, alarm].into_iter().flatten().min()?;
        Some(self.rate.ticks(first.saturating_add(self.origin)))
    }

    /// Raises what is due; each kind once, however late.
    pub fn advance(&mut self, now: u64) {
        let count = self.count(now).max(self.checked);
        if self.period().is_some_and(|period| count / period != self.checked / period) {
            self.flags |= b::PERIODIC;
        }
        let seconds = (count / HERTZ).saturating_sub(self.checked / HERTZ);
        if seconds > 0 && !self.frozen() {
            self.flags |= b::UPDATED;
            if self.alarm_wait().is_some_and(|wait| wait < seconds) {
                self.flags |= b::ALARM;
            }
        }
        self.checked = count;
    }

    /// Reads [`PORT`] (all ones) or the byte that it chose.
    pub fn read(&mut self, port: u16, now: u64) -> u8 {
        if port == PORT {
            return 0xff;
        }
        self.advance(now);
        match usize::from(self.index) {
            index @ (0 | 2 | 4 | 6..CLOCK_REGISTERS | CENTURY) if !self.frozen() => {
                let time = Time::from_seconds(self.seconds());
                self.encode(index, time).unwrap_or(0)
            }
            register::A => self.get(register::A) | self.update_in_progress(),
            register::C => {
                let flags = self.flags | if self.irq() { INTERRUPT } else { 0 };
                self.flags = 0;
                flags
            }
            register::D => VALID,
            index => self.get(index),
        }
    }

    /// Writes [`PORT`], whose highest bit (masking the NMI) changes nothing, or the byte that it chose.
    pub fn write(&mut self, port: u16, value: u8, now: u64) {
        if port == PORT {
            self.index = value & 0x7f;
            return;
        }
        self.advance(now);
        match usize::from(self.index) {
            index @ (0 | 2 | 4 | 6..CLOCK_REGISTERS | CENTURY) => {
                if self.frozen() {
                    self.put(index, value);
                } else {
                    self.store(Time::from_seconds(self.seconds()));
                    self.put(index, value);
                    self.restart(now);
                }
            }
            register::A => self.control(register::A, value & !a::UPDATE_IN_PROGRESS, now),
            register::B => self.control(register::B, value, now),
            register::C | register::D => {}
            index => self.put(index, value),
        }
    }

    fn get(&self, index: usize) -> u8 {
        self.memory.get(index).copied().unwrap_or(0)
    }

    fn put(&mut self, index: usize, value: u8) {
        if let Some(place) = self.memory.get_mut(index) {
            *place = value;
        }
    }

    /// The divider's count since the origin.
    fn count(&self, now: u64) -> u64 {
        self.rate.units(now).saturating_sub(self.origin)
    }

    /// Seconds since 1970 when last looked at.
    fn seconds(&self) -> u64 {
        self.origin_seconds.saturating_add(self.checked / HERTZ)
    }

    fn divider_runs(&self) -> bool {
        self.get(register::A) & a::DIVIDER == a::RUNS
    }

    /// The registers hold what the guest wrote and do not change.
    fn frozen(&self) -> bool {
        self.get(register::B) & b::SET != 0 || !self.divider_runs()
    }

    fn format(&self) -> Format {
        let status = self.get(register::B);
        Format { binary: status & b::BINARY != 0, hours_24: status & b::HOURS_24 != 0 }
    }

    /// Divider counts between periodic interrupts.
    fn period(&self) -> Option<u64> {
        match self.get(register::A) & a::RATE {
            _ if !self.divider_runs() => None,
            0 => None,
            rate @ (1 | 2) => Some(128 << (rate - 1)),
            rate => Some(1 << (rate - 1)),
        }
    }

    /// Seconds from the next one on until the alarm matches.
    fn alarm_wait(&self) -> Option<u64> {
        let registers = [self.get(1), self.get(3), self.get(5)];
        let next = self.seconds().saturating_add(1) % Alarm::DAY;
        Alarm::new(registers, self.format()).wait(next)
    }

    /// The registers are about to change.
    fn update_in_progress(&self) -> u8 {
        let soon = self.checked % HERTZ >= HERTZ - UPDATE;
        if soon && !self.frozen() { a::UPDATE_IN_PROGRESS } else { 0 }
    }

    /// Writes status register A or B; the clock may stop or go on by that.
    fn control(&mut self, index: usize, value: u8, now: u64) {
        let (ran, was_frozen) = (self.divider_runs(), self.frozen());
        let time = Time::from_seconds(self.seconds());
        self.put(index, value);
        if index == register::B && value & b::SET != 0 {
            // The data sheet: SET clears the enable of the update interrupt.
            self.put(register::B, value & !b::UPDATED);
        }
        if !ran && self.divider_runs() {
            // The first update follows half a second after the divider's reset.
            self.rebase(now, HERTZ / 2);
        }
        match (was_frozen, self.frozen()) {
            (false, true) => self.store(time),
            (true, false) => self.restart(now),
            _ => {}
        }
    }

    /// Brings the registers up to date, so that they can stay or be changed.
    fn store(&mut self, time: Time) {
        for index in [0, 2, 4, 6, 7, 8, 9, CENTURY] {
            if let Some(value) = self.encode(index, time) {
                self.put(index, value);
            }
        }
    }

    /// Goes on from what the registers hold.
    fn restart(&mut self, now: u64) {
        let format = self.format();
        let century = u16::from(format.decode(self.get(CENTURY)));
        self.origin_seconds = Time {
            year: century * 100 + u16::from(format.decode(self.get(9))),
            month: format.decode(self.get(8)),
            day: format.decode(self.get(7)),
            weekday: 0,
            hour: format.decode_hour(self.get(4)),
            minute: format.decode(self.get(2)),
            second: format.decode(self.get(0)),
        }
        .to_seconds();
        self.rebase(now, self.checked % HERTZ);
    }

    /// Makes `part` of a second the divider's count.
    fn rebase(&mut self, now: u64, part: u64) {
        self.origin = self.rate.units(now).saturating_sub(part);
        self.checked = self.count(now);
    }

    fn encode(&self, index: usize, time: Time) -> Option<u8> {
        let format = self.format();
        Some(match index {
            0 => format.encode(time.second),
            2 => format.encode(time.minute),
            4 => format.encode_hour(time.hour),
            6 => time.weekday,
            7 => format.encode(time.day),
            8 => format.encode(time.month),
            9 => format.encode((time.year % 100) as u8),
            CENTURY => format.encode((time.year / 100) as u8),
            _ => return None,
        })
    }

    /// Where firmware for PCs keeps how much memory there is.
    fn put_memory_size(&mut self, below: u64, above: u64) {
        const MIB: u64 = 1 << 20;
        let extended = below.saturating_sub(MIB);
        let kibibytes = (extended >> 10).min(0xfc00) as u16;
        let high = (below.saturating_sub(16 * MIB) >> 16).min(0xffff) as u16;
        let [low, middle] = kibibytes.to_le_bytes();
        let [high_low, high_high] = high.to_le_bytes();
        let above = (above >> 16).min(0xff_ffff).to_le_bytes();
        let bytes = [
            // 640 KiB below the first MiB's hole.
            (0x15, 0x80),
            (0x16, 0x02),
            (0x17, low),
            (0x18, middle),
            (0x30, low),
            (0x31, middle),
            (0x34, high_low),
            (0x35, high_high),
            (0x5b, above[0]),
            (0x5c, above[1]),
            (0x5d, above[2]),
        ];
        for (index, value) in bytes {
            self.put(index, value);
        }
    }
}
