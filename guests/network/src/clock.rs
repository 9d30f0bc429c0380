//! Time since the start, by KVM's clock (Linux, Documentation/virt/kvm/x86/msr.rst), which says once
//! how the time stamp counter's ticks become nanoseconds.

use core::sync::atomic::{AtomicU64, Ordering};

use cloister_bare::fault::write_msr;
use cloister_bare::instructions::{cpuid, now};
use smoltcp::time::{Duration, Instant};

/// The register that says where the structure is wanted.
const SYSTEM_TIME: u32 = 0x4b56_4d01;
const ENABLE: u64 = 1;
const HYPERVISOR: u32 = 0x4000_0000;
/// The bit of that register in the hypervisor's features.
const HAS_SYSTEM_TIME: u32 = 1 << 3;

const SECOND: u64 = 1_000_000_000;

/// `pvclock_vcpu_time_info`: 32 bytes. Written by the hypervisor when [`Clock::start`] asks.
static STRUCTURE: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// The clock.
#[derive(Clone, Copy)]
pub struct Clock {
    /// The counter at the start.
    origin: u64,
    /// Nanoseconds are `((ticks << shift) * factor) >> 32`.
    factor: u32,
    shift: i8,
}

impl Clock {
    /// Starts to count, if there is such a clock.
    pub fn start() -> Option<Self> {
        let answer = cpuid(HYPERVISOR, 0);
        let name = [answer.ebx, answer.ecx, answer.edx].map(u32::to_le_bytes);
        let features = cpuid(HYPERVISOR + 1, 0).eax;
        if name.as_flattened() != b"KVMKVMKVM\0\0\0" || features & HAS_SYSTEM_TIME == 0 {
            return None;
        }
        let address = (&raw const STRUCTURE) as u64;
        // SAFETY: the structure is there for it, and nothing else relies on the register.
        unsafe { write_msr(SYSTEM_TIME, address | ENABLE)? };
        let [.., scale] = &STRUCTURE;
        let [a, b, c, d, shift, ..] = scale.load(Ordering::Acquire).to_le_bytes();
        let factor = u32::from_le_bytes([a, b, c, d]);
        (factor != 0).then_some(Self { origin: now(), factor, shift: shift.cast_signed() })
    }

    /// The time since the start.
    pub fn now(&self) -> Instant {
        let ticks = now().wrapping_sub(self.origin);
        let shift = u32::from(self.shift.unsigned_abs());
        let scaled = if self.shift < 0 { ticks >> shift } else { ticks << shift };
        let nanoseconds = (u128::from(scaled) * u128::from(self.factor)) >> 32;
        Instant::from_micros((nanoseconds / 1000) as i64)
    }

    /// Ticks of the time stamp counter in `duration`, or in a second if that is shorter.
    pub fn ticks(&self, duration: Duration) -> u64 {
        let nanoseconds = duration.total_micros().saturating_mul(1000).min(SECOND);
        let scaled = (nanoseconds << 32) / u64::from(self.factor);
        let shift = u32::from(self.shift.unsigned_abs());
        if self.shift < 0 { scaled << shift } else { scaled >> shift }
    }
}
