//! AMD's virtual machine extension (SVM): the control block of a virtual processor, and what the
//! boot program puts into it for ever.
//!
//! The boot program makes control blocks, so that the isolation check sees the roots that the
//! hardware will use; the kernel changes the guest's state in them only.

use core::arch::x86_64::__cpuid_count;

use cloister_abi::Segment;

/// The virtual machine control block (AMD APM volume 2, appendix B).
#[derive(Debug)]
#[repr(C, align(4096))]
pub struct ControlBlock {
    /// What the hypervisor controls.
    pub control: Control,
    /// The guest's state.
    pub state: State,
}

/// The control area.
#[derive(Debug)]
#[repr(C)]
#[expect(missing_docs, reason = "the names are the manual's")]
pub struct Control {
    pub intercept_control_registers: u32,
    pub intercept_debug_registers: u32,
    pub intercept_exceptions: u32,
    pub intercepts: [u32; 3],
    pub reserved_018: [u32; 9],
    pub pause_filter: u32,
    pub port_map: u64,
    pub register_map: u64,
    pub tsc_offset: u64,
    pub asid: u32,
    pub tlb_control: u32,
    pub virtual_interrupt: u64,
    pub interrupt_shadow: u64,
    pub exit_code: u64,
    pub exit_information: [u64; 2],
    pub exit_interrupt: u64,
    pub nested_paging: u64,
    pub reserved_098: [u64; 2],
    pub event_injection: u64,
    pub nested_root: u64,
    pub last_branch: u64,
    pub clean: u64,
    pub next_rip: u64,
    pub instruction_bytes: [u8; 16],
    pub reserved_0e0: [u64; 100],
}

/// The state save area.
#[derive(Debug)]
#[repr(C)]
#[expect(missing_docs, reason = "the names are the manual's")]
pub struct State {
    pub es: Segment,
    pub cs: Segment,
    pub ss: Segment,
    pub ds: Segment,
    pub fs: Segment,
    pub gs: Segment,
    pub gdtr: Segment,
    pub ldtr: Segment,
    pub idtr: Segment,
    pub tr: Segment,
    pub reserved_0a0: [u8; 43],
    pub cpl: u8,
    pub reserved_0cc: u32,
    pub efer: u64,
    pub reserved_0d8: [u64; 14],
    pub cr4: u64,
    pub cr3: u64,
    pub cr0: u64,
    pub dr7: u64,
    pub dr6: u64,
    pub rflags: u64,
    pub rip: u64,
    pub reserved_180: [u64; 11],
    pub rsp: u64,
    pub reserved_1e0: [u64; 3],
    pub rax: u64,
    pub star: u64,
    pub lstar: u64,
    pub cstar: u64,
    pub sfmask: u64,
    pub kernel_gs_base: u64,
    pub sysenter_cs: u64,
    pub sysenter_esp: u64,
    pub sysenter_eip: u64,
    pub cr2: u64,
    pub reserved_248: [u64; 4],
    pub pat: u64,
    pub reserved_270: [u64; 306],
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<ControlBlock>() == 4096);
    assert!(offset_of!(Control, port_map) == 0x40);
    assert!(offset_of!(Control, virtual_interrupt) == 0x60);
    assert!(offset_of!(Control, nested_paging) == 0x90);
    assert!(offset_of!(Control, event_injection) == 0xa8);
    assert!(offset_of!(Control, next_rip) == 0xc8);
    assert!(offset_of!(ControlBlock, state) == 0x400);
    assert!(offset_of!(State, cpl) == 0xcb);
    assert!(offset_of!(State, efer) == 0xd0);
    assert!(offset_of!(State, cr4) == 0x148);
    assert!(offset_of!(State, rip) == 0x178);
    assert!(offset_of!(State, rsp) == 0x1d8);
    assert!(offset_of!(State, rax) == 0x1f8);
    assert!(offset_of!(State, cr2) == 0x240);
    assert!(offset_of!(State, pat) == 0x268);
};

/// The guest has a virtual interrupt waiting; used to learn when it could take one.
pub const VIRTUAL_INTERRUPT_REQUEST: u64 = 1 << 8;
/// Its priority, above all, and that the guest's task priority does not hold it back.
pub const VIRTUAL_INTERRUPT_FIRST: u64 = 0xf << 16 | 1 << 20;
/// The guest's interrupt flag holds back virtual interrupts only.
pub const VIRTUAL_INTERRUPT_MASKING: u64 = 1 << 24;
/// Flush the whole TLB at the next entry.
pub const FLUSH_TLB: u32 = 1;

/// EFER's bit that enables the extension; set in every guest, too, where the hardware wants it.
pub const EFER_SVME: u64 = 1 << 12;
/// Number of the register VM_HSAVE_PA, where `VMRUN` keeps the host's state.
pub const VM_HSAVE_PA: u32 = 0xc001_0117;
/// Number of the register VM_CR, and its bit with which firmware disables the extension.
pub const VM_CR: u32 = 0xc001_0114;
/// See [`VM_CR`].
pub const VM_CR_SVMDIS: u64 = 1 << 4;

/// Bytes of a port permission map.
pub const PORT_MAP_BYTES: usize = 12 * 1024;
/// Bytes of a register permission map.
pub const REGISTER_MAP_BYTES: usize = 8 * 1024;

/// Registers that `VMLOAD` and `VMSAVE` swap, so that every guest may use its own: `SYSENTER`,
/// `SYSCALL`, the bases of FS and GS.
pub const SWITCHED_REGISTERS: [(u32, u32); 3] =
    [(0x174, 0x176), (0xc000_0081, 0xc000_0084), (0xc000_0100, 0xc000_0102)];

/// What of the extension this processor has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Features {
    /// The extension itself.
    pub svm: bool,
    /// Nested paging.
    pub nested_paging: bool,
    /// The address of the next instruction is saved at an exit (NRIP save).
    pub next_rip: bool,
    /// The instruction and its operands are saved at an exit.
    pub decode_assists: bool,
    /// Address space numbers, 0 included.
    pub asids: u32,
}

impl Features {
    /// Asks the processor (AMD APM volume 3, appendix E.4).
    #[must_use]
    pub fn of_this_processor() -> Self {
        let has = |leaf| __cpuid_count(0x8000_0000, 0).eax >= leaf;
        let svm = has(0x8000_0001) && __cpuid_count(0x8000_0001, 0).ecx >> 2 & 1 == 1;
        let (bits, asids) = if svm && has(0x8000_000a) {
            let leaf = __cpuid_count(0x8000_000a, 0);
            (leaf.edx, leaf.ebx)
        } else {
            (0, 0)
        };
        let bit = |position: u32| bits >> position & 1 == 1;
        Self { svm, nested_paging: bit(0), next_rip: bit(3), decode_assists: bit(7), asids }
    }
}

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

    /// The bit of `intercepts` that intercepts a virtual interrupt.
    pub const WINDOW: u32 = 1 << 4;
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
