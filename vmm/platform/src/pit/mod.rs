//! The programmable interval timer: an 8254 (Intel data sheet 231164) with three counters, of which
//! counter 0 interrupts, counter 1 once refreshed memory, and counter 2 drives the speaker.

mod channel;
#[cfg(test)]
mod tests;

use channel::Channel;

use crate::rate::Rate;

/// Counter 0; counters 1 and 2 and the control word follow.
pub const PORT: u16 = 0x40;
/// The gate of counter 2, the speaker, and the output of counter 2.
pub const SPEAKER_PORT: u16 = 0x61;
/// How often all counters count in a second: a twelfth of four thirds of 10.738635 MHz.
pub const HERTZ: u64 = 1_193_182;

/// Bits of the speaker's port.
mod speaker {
    pub(super) const GATE: u8 = 1 << 0;
    /// The speaker's data and two enables of error checks keep what is written.
    pub(super) const KEPT: u8 = 0x0f;
    pub(super) const REFRESH: u8 = 1 << 4;
    pub(super) const OUTPUT: u8 = 1 << 5;
}

/// Clocks of half a refresh cycle of memory: the bit that tells of it changes every 15 microseconds.
const REFRESH_CLOCKS: u64 = 18;

/// The timer with the speaker's port.
#[derive(Debug)]
pub struct Pit {
    rate: Rate,
    channels: [Channel; 3],
    speaker: u8,
}

impl Pit {
    /// A timer none of whose counters has been set up.
    #[must_use]
    pub const fn new(ticks_per_second: u64) -> Self {
        Self {
            rate: Rate::new(ticks_per_second, HERTZ),
            channels: [Channel::new(true), Channel::new(true), Channel::new(false)],
            speaker: 0,
        }
    }

    /// Reads [`PORT`] to `PORT + 3` or [`SPEAKER_PORT`]; others, and the control word, read all ones.
    pub fn read(&mut self, port: u16, now: u64) -> u8 {
        let clock = self.rate.units(now);
        if port == SPEAKER_PORT {
            return self.read_speaker(clock);
        }
        match self.channels.get_mut(usize::from(port.wrapping_sub(PORT))) {
            Some(channel) => channel.read(clock),
            None => 0xff,
        }
    }

    /// Writes [`PORT`] to `PORT + 3` or [`SPEAKER_PORT`]; others do nothing.
    pub fn write(&mut self, port: u16, value: u8, now: u64) {
        let clock = self.rate.units(now);
        match port.wrapping_sub(PORT) {
            3 => self.control(value, clock),
            _ if port == SPEAKER_PORT => {
                self.speaker = value & speaker::KEPT;
                let [_, _, channel] = &mut self.channels;
                channel.set_gate(value & speaker::GATE != 0, clock);
            }
            number => {
                if let Some(channel) = self.channels.get_mut(usize::from(number)) {
                    channel.write(value, clock);
                }
            }
        }
    }

    /// Whether the output of counter 0 has risen since this was last asked; once, however often.
    pub fn advance(&mut self, now: u64) -> bool {
        let clock = self.rate.units(now);
        let [channel, ..] = &mut self.channels;
        channel.take_edge(clock)
    }

    /// The level of counter 0's output.
    #[must_use]
    pub fn irq(&self, now: u64) -> bool {
        let [channel, ..] = &self.channels;
        channel.output(self.rate.units(now))
    }

    /// When the output of counter 0 rises next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        let [channel, ..] = &self.channels;
        channel.next_edge().map(|clock| self.rate.ticks(clock))
    }

    fn control(&mut self, value: u8, clock: u64) {
        let number = usize::from(value >> 6);
        if let Some(channel) = self.channels.get_mut(number) {
            return channel.control(value, clock);
        }
        // The read-back command latches any of the three; a zero bit asks for it.
        for (number, channel) in self.channels.iter_mut().enumerate() {
            if value & (2 << number) != 0 {
                if value & 0x20 == 0 {
                    channel.latch_count(clock);
                }
                if value & 0x10 == 0 {
                    channel.latch_status(clock);
                }
            }
        }
    }

    fn read_speaker(&self, clock: u64) -> u8 {
        let [_, _, channel] = &self.channels;
        let refresh = if (clock / REFRESH_CLOCKS) & 1 != 0 { speaker::REFRESH } else { 0 };
        let output = if channel.output(clock) { speaker::OUTPUT } else { 0 };
        self.speaker | refresh | output
    }
}
