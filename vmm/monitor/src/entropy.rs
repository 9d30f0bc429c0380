//! Randomness for the guest, from the processor.

use core::arch::asm;
use core::arch::x86_64::__cpuid;

use cloister_virtio::random::Entropy;

/// The processor's random number generator, where it has one.
pub struct Processor {
    present: bool,
}

impl Processor {
    /// Asks the processor whether it has one.
    pub fn new() -> Self {
        /// RDRAND, in ECX of leaf 1.
        const RDRAND: u32 = 1 << 30;
        Self { present: __cpuid(1).ecx & RDRAND != 0 }
    }

    /// Whether there is one.
    pub const fn is_present(&self) -> bool {
        self.present
    }
}

impl Entropy for Processor {
    fn fill(&mut self, into: &mut [u8]) -> usize {
        let mut filled = 0;
        for part in into.chunks_mut(8) {
            let Some(value) = self.present.then(random).flatten() else { break };
            part.iter_mut().zip(value.to_le_bytes()).for_each(|(place, byte)| *place = byte);
            filled += part.len();
        }
        filled
    }
}

/// A random number; none if the processor has none at the moment.
fn random() -> Option<u64> {
    let (value, valid): (u64, u8);
    // SAFETY: the caller knows that the instruction exists; it changes nothing else.
    unsafe {
        asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) valid, options(nomem, nostack));
    }
    (valid != 0).then_some(value)
}
