//! Interrupt lines: to the 8259 pair and to the I/O APIC, whose first input is the pair's output.

use cloister_device::Interrupts;

use super::Platform;
use super::devices::{TAKEN, input};
use crate::io_apic::INPUTS;
use crate::message::Message;

/// Inputs of the 8259 pair.
const PAIR: u8 = 16;
/// The I/O APIC's input for the timer; its input 0 has the 8259 pair (ACPI tells the guest so by an
/// interrupt source override).
const TIMER_AT_IO_APIC: u8 = 2;
const PAIR_AT_IO_APIC: u8 = 0;

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// Sets a line by the number that it has on the PC's bus.
    pub(super) fn set_line(&mut self, input: u8, level: bool) {
        let bit = 1u32 << (input & 31);
        if (self.levels & bit != 0) == level {
            return;
        }
        self.levels ^= bit;
        if input < PAIR {
            self.pic.line(input, level);
            self.settle_pair();
        }
        let at_io_apic = if input == input::TIMER { TIMER_AT_IO_APIC } else { input };
        self.io_apic.line(at_io_apic, level);
        self.send_messages();
    }

    /// Carries the 8259 pair's output on.
    pub(super) fn settle_pair(&mut self) {
        self.pair_pending = self.pic.pending();
        self.io_apic.line(PAIR_AT_IO_APIC, self.pair_pending);
        self.send_messages();
        if self.pair_pending {
            self.attention |= 1;
        }
    }

    /// Sends what the I/O APIC has to send.
    pub(super) fn send_messages(&mut self) {
        // No message makes the I/O APIC send another one: it ends after one for each input.
        for _ in 0..INPUTS {
            let Some(message) = self.io_apic.take_message() else { break };
            self.deliver(&message, None);
        }
    }

    /// An interrupt of the 8259 pair is for this processor: by its first pin, which is wired at
    /// processor 0 only, or by the I/O APIC.
    #[inline]
    pub(super) fn external_pending(&self, processor: usize) -> bool {
        self.pair_pending
            && self.processors.get(processor).is_some_and(|it| {
                !it.waits && (it.external || processor == 0 && it.apic.takes_external())
            })
    }

    pub(super) fn acknowledge_external(&mut self, processor: usize) -> u8 {
        let vector = self.pic.acknowledge();
        if let Some(processor) = self.processors.get_mut(processor) {
            processor.external = false;
        }
        // The pair's output falls with an acknowledgement, even if another request waits.
        self.io_apic.line(PAIR_AT_IO_APIC, false);
        self.settle_pair();
        vector
    }
}

impl<const PROCESSORS: usize> Interrupts for Platform<PROCESSORS> {
    /// Lines of the platform's own devices (0, 1, 2, 4, 8, 9, 12) and those that there are not are
    /// ignored.
    fn line(&mut self, global_system_interrupt: u8, level: bool) {
        let free = global_system_interrupt < INPUTS && TAKEN & 1 << global_system_interrupt == 0;
        if free {
            self.set_line(global_system_interrupt, level);
        }
    }

    #[inline]
    fn message(&mut self, address: u64, data: u32) {
        if let Some(message) = Message::from_write(address, data) {
            self.deliver(&message, None);
        }
    }
}
