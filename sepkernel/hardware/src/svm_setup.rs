//! What the boot program puts into control blocks and permission maps, for ever. The kernel has none of
//! this.

use crate::svm::{Control, VIRTUAL_INTERRUPT_MASKING};

/// Bytes of a port permission map.
pub const PORT_MAP_BYTES: usize = 12 * 1024;
/// Bytes of a register permission map.
pub const REGISTER_MAP_BYTES: usize = 8 * 1024;

/// Registers that `VMLOAD` and `VMSAVE` swap, so that every guest may use its own: `SYSENTER`,
/// `SYSCALL`, the bases of FS and GS.
pub const SWITCHED_REGISTERS: [(u32, u32); 3] =
    [(0x174, 0x176), (0xc000_0081, 0xc000_0084), (0xc000_0100, 0xc000_0102)];

/// A register permission map (AMD APM volume 2, section 15.11) that opens the switched registers only.
pub fn fill_register_map(map: &mut [u8; REGISTER_MAP_BYTES]) {
    map.fill(0xff);
    for register in SWITCHED_REGISTERS.iter().flat_map(|(first, last)| *first..=*last) {
        let (part, offset) = match register {
            0..0x2000 => (0, register),
            0xc000_0000..0xc000_2000 => (0x800, register - 0xc000_0000),
            _ => continue,
        };
        if let Some(byte) = map.get_mut((part + offset / 4) as usize) {
            *byte &= !(0b11 << (offset % 4 * 2));
        }
    }
}

impl Control {
    /// Sets what a guest's entries and exits are, for ever: everything that reaches outside is
    /// intercepted.
    pub fn set(&mut self, port_map: u64, register_map: u64, nested_root: u64, asid: u32) {
        /// Reads and writes of CR8, the task priority.
        const CONTROL_REGISTERS: u32 = 1 << 8 | 1 << 24;
        /// Debug and alignment check could keep the processor busy for ever with exceptions inside
        /// exceptions; machine checks are the kernel's.
        const EXCEPTIONS: u32 = 1 << 1 | 1 << 17 | 1 << 18;
        /// INTR, NMI, SMI, INIT, RDPMC, CPUID, RSM, INVD, HLT, INVLPGA, ports, registers, task
        /// switch, FERR freeze, shutdown.
        const FIRST: u32 = 0b1111
            | 1 << 15
            | 1 << 18
            | 1 << 19
            | 1 << 22
            | 1 << 24
            | 1 << 26
            | 1 << 27
            | 1 << 28
            | 1 << 29
            | 1 << 30
            | 1 << 31;
        /// VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, WBINVD, MONITOR, MWAIT (both),
        /// XSETBV, RDPRU.
        const SECOND: u32 = 0x7f | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14;
        /// INVLPGB, illegal INVLPGB, MCOMMIT, TLBSYNC. Not defined on older processors, which have
        /// none of these instructions.
        const THIRD: u32 = 0b11 | 1 << 3 | 1 << 4;
        self.intercept_control_registers = CONTROL_REGISTERS;
        self.intercept_exceptions = EXCEPTIONS;
        self.intercepts = [FIRST, SECOND, THIRD];
        self.port_map = port_map;
        self.register_map = register_map;
        self.asid = asid;
        self.virtual_interrupt = VIRTUAL_INTERRUPT_MASKING;
        self.nested_paging = 1;
        self.nested_root = nested_root;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_map_opens_what_is_switched_and_nothing_else() {
        let mut map = [0; REGISTER_MAP_BYTES];
        fill_register_map(&mut map);
        let open: u32 = map.iter().map(|byte| byte.count_zeros()).sum();
        assert_eq!(open, 2 * 10, "reading and writing of ten registers");
        let closed = |part: usize, offset: usize| map[part + offset / 4] >> (offset % 4 * 2) & 3;
        assert_eq!(closed(0x800, 0x82), 0, "LSTAR");
        assert_eq!(closed(0x800, 0x80), 3, "EFER");
        assert_eq!(closed(0, 0x175), 0, "SYSENTER_ESP");
        assert_eq!(closed(0, 0x1b), 3, "APIC_BASE");
    }
}
