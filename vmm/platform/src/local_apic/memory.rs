//! The registers in memory: xAPIC mode.

use cloister_device::Width;

use super::base::Mode;
use super::{Effect, LocalApic, register};

/// What a write of the logical destination register keeps, and the lowest bits of the format, all ones.
const HIGHEST_EIGHT: u32 = 0xff00_0000;
const FORMAT_ONES: u32 = 0x0fff_ffff;
/// What a write of the command register keeps; whether it is on its way is always no.
const COMMAND: u32 = 0x000c_cfff;

impl LocalApic {
    /// Reads at an offset in the APIC's page. Registers are 32 bits at multiples of 16; what is between
    /// them reads zero, and all ones when the registers are not in memory.
    pub fn read_memory(&mut self, offset: u64, width: Width, now: u64) -> u64 {
        if self.base.mode != Mode::Memory {
            return width.open_bus();
        }
        let within = offset & 0xf;
        if within >= 4 {
            return 0;
        }
        let value = match (offset >> 4) as u8 {
            register::IDENTITY => u32::from(self.identity) << 24,
            register::LOGICAL_DESTINATION => self.logical,
            number => self.read_register(number, now),
        };
        (u64::from(value) >> (8 * within)) & width.mask()
    }

    /// Writes at an offset in the APIC's page. What is not 32 bits wide (or wider) and at a multiple of
    /// 16 is ignored.
    #[inline]
    pub fn write_memory(&mut self, offset: u64, width: Width, value: u64, now: u64) -> Effect {
        if self.base.mode != Mode::Memory || offset & 0xf != 0 || width < Width::Four {
            return Effect::None;
        }
        let value = value as u32;
        match (offset >> 4) as u8 {
            register::LOGICAL_DESTINATION => self.logical = value & HIGHEST_EIGHT,
            register::DESTINATION_FORMAT => self.format = value | FORMAT_ONES,
            register::COMMAND => {
                let upper = self.command & !u64::from(u32::MAX);
                return self.send(upper | u64::from(value & COMMAND));
            }
            register::COMMAND_HIGH => {
                let lower = self.command & u64::from(u32::MAX);
                self.command = u64::from(value & HIGHEST_EIGHT) << 32 | lower;
            }
            number => return self.write_register(number, value, now),
        }
        Effect::None
    }
}
