//! Registers of the local APIC, as offsets from its base (AMD APM volume 2, table 16-2).

/// The APIC's number, in the highest byte.
pub const NUMBER: u64 = 0x20;
/// Interrupts of its priority class and below wait.
pub const TASK_PRIORITY: u64 = 0x80;
/// Any write says that the interrupt in service has been handled.
pub const END_OF_INTERRUPT: u64 = 0xb0;
/// Vector of withdrawn interrupts, and whether the APIC is on.
pub const SPURIOUS_VECTOR: u64 = 0xf0;
/// What is sent to other processors; writing it sends.
pub const COMMAND_LOW: u64 = 0x300;
/// To whom.
pub const COMMAND_HIGH: u64 = 0x310;
/// The timer's vector and mode.
pub const TIMER_ENTRY: u64 = 0x320;
/// Where the timer starts to count down; writing it starts it.
pub const INITIAL_COUNT: u64 = 0x380;
/// Where it is.
pub const CURRENT_COUNT: u64 = 0x390;
/// How it divides its clock.
pub const DIVIDE: u64 = 0x3e0;
/// Not at all.
pub const DIVIDE_BY_ONE: u32 = 0b1011;
