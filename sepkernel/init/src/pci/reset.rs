//! Resetting a function: what it did for whoever had it before, the firmware too, it does no more.

use cloister_tables::Clock;

use super::configuration::{capability, read, write};
use super::{BASE_ADDRESSES, Function};
use crate::clock::wait;
use crate::stop;

/// How functions are reset that can be: the kind of the capability (PCI Express; advanced features of conventional PCI), the
/// bit in it that says so, and where the bit is that starts the reset.
const WAYS: [(u8, u8, u32, u8, u32); 2] =
    [(0x10, 4, 1 << 28, 8, 1 << 15), (0x13, 0, 1 << 25, 4, 1)];

impl Function {
    /// Resets it, where it can be reset alone (PCI Express Base 6.0, section 6.6.2; PCI-SIG, Advanced Capabilities for
    /// Conventional PCI), and gives it its base addresses again. Returns whether it could.
    pub fn reset(&self, clock: &Clock) -> bool {
        let place = self.place;
        let way = WAYS.into_iter().find_map(|(kind, offset, able, control, start)| {
            let at = capability(place, kind)?;
            (read(place, at + offset) & able != 0).then_some((at + control, start))
        });
        let Some((register, start)) = way else { return false };
        let kept = self.configuration();
        // Bus mastering has been off for longer than requests take.
        write(place, register, read(place, register) & 0xffff | start);
        // A reset takes a tenth of a second at most.
        wait(clock, 100_000);
        if read(place, 0) != self.identity {
            stop!("{self}: it does not come back from its reset");
        }
        for (register, value) in BASE_ADDRESSES.step_by(4).zip(&kept[4..]) {
            write(place, register, *value);
        }
        true
    }
}
