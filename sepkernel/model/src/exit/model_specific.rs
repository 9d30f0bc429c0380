//! The model-specific registers of a guest that the kernel handles itself: those that must be right
//! for the guest to enter, and those whose value the kernel swaps with the guest. The monitor
//! answers for all others.

/// The registers (AMD APM volume 2, appendix A), ascending.
pub const HANDLED_REGISTERS: [u32; 6] = [
    TIME_STAMP_COUNTER,
    PAGE_ATTRIBUTES,
    EXTENDED_STATE_SUPERVISOR,
    EXTENDED_FEATURES,
    TIME_STAMP_COUNTER_AUXILIARY,
    VIRTUAL_MACHINE_CONTROL,
];

/// TSC.
pub const TIME_STAMP_COUNTER: u32 = 0x10;
/// PAT.
pub const PAGE_ATTRIBUTES: u32 = 0x277;
/// XSS.
const EXTENDED_STATE_SUPERVISOR: u32 = 0xda0;
/// EFER: the guest sees SVME clear, the hardware needs it set.
pub const EXTENDED_FEATURES: u32 = 0xc000_0080;
/// TSC_AUX, which `RDTSCP` returns.
pub const TIME_STAMP_COUNTER_AUXILIARY: u32 = 0xc000_0103;
/// VM_CR: a guest that asks finds the virtual machine extension disabled.
pub const VIRTUAL_MACHINE_CONTROL: u32 = 0xc001_0114;

/// Whether the kernel handles accesses to the register itself.
#[must_use]
pub fn is_handled(register: u32) -> bool {
    HANDLED_REGISTERS.contains(&register)
}
