//! Messages on their way to processors.

use super::Platform;
use crate::local_apic::Effect;
use crate::message::{Delivery, Destination, Message};

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// Carries out what a write to a local APIC causes elsewhere.
    #[inline]
    pub(super) fn carry_out(&mut self, effect: Effect, sender: usize) {
        match effect {
            Effect::None => {}
            Effect::EndOfInterrupt(vector) => {
                self.io_apic.end_of_interrupt(vector);
                self.send_messages();
            }
            Effect::Send(message) => self.deliver(&message, Some(sender)),
        }
    }

    /// Delivers to all that are meant, or to the least busy one of them.
    pub(super) fn deliver(&mut self, message: &Message, sender: Option<usize>) {
        let least_busy = match message.delivery {
            Delivery::LowestPriority => match self.least_busy(message.destination, sender) {
                Some(number) => Some(number),
                None => return,
            },
            _ => None,
        };
        for number in 0..PROCESSORS {
            let meant = match least_busy {
                Some(chosen) => chosen == number,
                None => self.is_meant(message.destination, sender, number),
            };
            if meant && let Some(processor) = self.processors.get_mut(number) {
                processor.receive(message);
                self.attention |= 1 << number;
            }
        }
    }

    /// Of those meant whose APIC is on, the one with the lowest priority in progress.
    fn least_busy(&self, destination: Destination, sender: Option<usize>) -> Option<usize> {
        let candidates = self.processors.iter().enumerate().filter(|(number, processor)| {
            processor.apic.enabled() && self.is_meant(destination, sender, *number)
        });
        candidates.min_by_key(|(_, processor)| processor.apic.processor_priority()).map(|(n, _)| n)
    }

    fn is_meant(&self, destination: Destination, sender: Option<usize>, number: usize) -> bool {
        match destination {
            Destination::Sender => sender == Some(number),
            Destination::All => true,
            Destination::Others => sender != Some(number),
            Destination::Physical(_) | Destination::Logical(_) => {
                self.processors.get(number).is_some_and(|it| it.apic.is_meant(destination))
            }
        }
    }
}
