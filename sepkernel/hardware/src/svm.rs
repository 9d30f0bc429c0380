//! AMD's virtual machine extension (SVM): the control block of a virtual processor, and what the
//! boot program puts into it for ever.
//!
//! The boot program makes control blocks, so that the isolation check sees the roots that the
//! hardware will use; the kernel changes the guest's state in them only.

use cloister_abi::Segments;

use crate::cpuid::leaf;

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
    pub segments: Segments,
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
/// The bit of the register VM_CR with which firmware disables the extension.
pub const VM_CR_SVMDIS: u64 = 1 << 4;

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
        let svm = leaf(0x8000_0001).is_some_and(|leaf| leaf.ecx >> 2 & 1 == 1);
        let details = if svm { leaf(0x8000_000a) } else { None };
        let (bits, asids) = details.map_or((0, 0), |leaf| (leaf.edx, leaf.ebx));
        let bit = |position: u32| bits >> position & 1 == 1;
        Self { svm, nested_paging: bit(0), next_rip: bit(3), decode_assists: bit(7), asids }
    }
}

impl Control {
    /// The bit of `intercepts` that intercepts a virtual interrupt.
    pub const WINDOW: u32 = 1 << 4;
}
