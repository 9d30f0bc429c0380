//! The guest's clock: KVM's paravirtual one (Linux, Documentation/virt/kvm/x86/msr.rst), which tells
//! an unmodified Linux the rate of its time stamp counter and the time of day. Both are constant, so
//! each structure is written once, when the guest says where, and never changed.

use cloister_device::{GuestMemory, OutOfRange};

/// Register that says where the time of day is wanted.
pub const WALL_CLOCK: u32 = 0x4b56_4d00;
/// Register that says where a processor's time is wanted, bit 0 on.
pub const SYSTEM_TIME: u32 = 0x4b56_4d01;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// What a guest's clock says.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Ticks of the time stamp counter in a second.
    pub ticks_per_second: u64,
    /// Seconds since 1970 at time stamp counter 0.
    pub unix_seconds: u64,
}

impl Clock {
    /// Writes the time of day when the system time was 0, which is when the counter was.
    pub fn write_wall_clock(
        &self,
        memory: &dyn GuestMemory,
        address: u64,
    ) -> Result<(), OutOfRange> {
        let mut bytes = [0; 12];
        let (version, rest) = bytes.split_at_mut(4);
        version.copy_from_slice(&2_u32.to_le_bytes());
        let (seconds, _) = rest.split_at_mut(4);
        seconds.copy_from_slice(&(self.unix_seconds as u32).to_le_bytes());
        memory.write(address, &bytes)
    }

    /// Writes how the counter becomes nanoseconds: version, counter at and value of a moment, factor
    /// and shift, and that the counter is the same on all processors.
    pub fn write_system_time(
        &self,
        memory: &dyn GuestMemory,
        address: u64,
    ) -> Result<(), OutOfRange> {
        /// The counters of all processors agree.
        const STABLE: u8 = 1;
        let (factor, shift) = self.scale();
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&2_u32.to_le_bytes());
        bytes[24..28].copy_from_slice(&factor.to_le_bytes());
        bytes[28] = shift.to_le_bytes()[0];
        bytes[29] = STABLE;
        memory.write(address, &bytes)
    }

    /// Factor and shift with which `((ticks << shift) * factor) >> 32` are nanoseconds.
    fn scale(&self) -> (u32, i8) {
        let mut rate = self.ticks_per_second.max(1);
        let mut shift = 0_i8;
        while rate > 2 * SECOND {
            rate >>= 1;
            shift -= 1;
        }
        while rate <= SECOND {
            rate <<= 1;
            shift += 1;
        }
        ((SECOND << 32).checked_div(rate).unwrap_or(0).min(u64::from(u32::MAX)) as u32, shift)
    }
}
