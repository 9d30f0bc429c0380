//! The registers of the x87, SSE and AVX units, swapped whenever the processor changes hands.

use core::arch::asm;

use x86_64::registers::control::{Cr4, Cr4Flags};

/// Bytes of legacy area, header and AVX's upper halves: the standard form of `XSAVE` with x87, SSE and
/// AVX (AMD APM volume 2, section 11.5.3).
const SIZE: usize = 512 + 64 + 256;

/// A subject's registers.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct ExtendedState([u8; SIZE]);

impl ExtendedState {
    /// As after the processor's initialization: all exceptions masked.
    pub const INITIAL: Self = {
        const CONTROL: [u8; 2] = 0x037f_u16.to_le_bytes();
        const MXCSR: [u8; 4] = 0x1f80_u32.to_le_bytes();
        let mut bytes = [0; SIZE];
        [bytes[0], bytes[1]] = CONTROL;
        [bytes[24], bytes[25], bytes[26], bytes[27]] = MXCSR;
        Self(bytes)
    };
}

/// Enables the components of extended state for all subjects of this processor.
pub fn enable(components: u64) {
    if components != 0 {
        // SAFETY: the boot program found the instruction and these components on the processor.
        unsafe { Cr4::update(|flags| flags.insert(Cr4Flags::OSXSAVE)) };
        crate::guest::set_extended_control(components);
    }
}

/// Saves the processor's registers; `components` as for [`enable`].
///
/// # Safety
/// The area must be this processor's alone.
pub unsafe fn save(area: *mut ExtendedState, components: u64) {
    // SAFETY: the area is large enough and aligned; passed on to the caller.
    unsafe {
        if components == 0 {
            asm!("fxsave64 [{}]", in(reg) area, options(nostack));
        } else {
            asm!("xsave64 [{}]", in(reg) area, in("eax") components as u32, in("edx") 0,
                options(nostack));
        }
    }
}

/// Loads the processor's registers. Before, the addresses and the opcode of the last x87 instruction are
/// made the same for all: on AMD's processors they are neither saved nor loaded unless an exception is
/// pending (AMD APM volume 2, section 11.4.4.3), and would tell what ran before.
///
/// # Safety
/// The area must be this processor's alone, and hold what [`save`] left or the initial state.
pub unsafe fn load(area: *const ExtendedState, components: u64) {
    static ZERO: u32 = 0;
    // SAFETY: as for `save`; the x87 unit's content was saved, and is loaded anew.
    unsafe {
        asm!("fninit", "fild dword ptr [{}]", in(reg) &raw const ZERO, options(nostack));
        if components == 0 {
            asm!("fxrstor64 [{}]", in(reg) area, options(nostack));
        } else {
            asm!("xrstor64 [{}]", in(reg) area, in("eax") components as u32, in("edx") 0,
                options(nostack));
        }
    }
}
