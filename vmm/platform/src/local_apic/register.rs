//! Numbers of the local APIC's registers: offsets in its page divided by 16, and the numbers of MSRs
//! from 0x800 on (Intel SDM volume 3, table 11-6; AMD APM volume 2, tables 16-2 and 16-6).

pub const IDENTITY: u8 = 0x02;
pub const VERSION: u8 = 0x03;
pub const TASK_PRIORITY: u8 = 0x08;
pub const ARBITRATION_PRIORITY: u8 = 0x09;
pub const PROCESSOR_PRIORITY: u8 = 0x0a;
pub const END_OF_INTERRUPT: u8 = 0x0b;
pub const REMOTE_READ: u8 = 0x0c;
pub const LOGICAL_DESTINATION: u8 = 0x0d;
pub const DESTINATION_FORMAT: u8 = 0x0e;
pub const SPURIOUS_VECTOR: u8 = 0x0f;
pub const IN_SERVICE: u8 = 0x10;
pub const TRIGGER_MODE: u8 = 0x18;
pub const REQUESTED: u8 = 0x20;
pub const ERROR_STATUS: u8 = 0x28;
pub const COMMAND: u8 = 0x30;
pub const COMMAND_HIGH: u8 = 0x31;
pub const LOCAL_VECTORS: u8 = 0x32;
pub const LAST_LOCAL_VECTOR: u8 = 0x37;
pub const INITIAL_COUNT: u8 = 0x38;
pub const CURRENT_COUNT: u8 = 0x39;
pub const DIVIDE: u8 = 0x3e;
pub const SELF_INTERRUPT: u8 = 0x3f;

/// Version 0x14, and the number of the last entry of the local vector table.
pub const VERSION_VALUE: u32 = 0x14 | ((LAST_LOCAL_VECTOR - LOCAL_VECTORS) as u32) << 16;

/// Bits of the spurious interrupt vector register.
pub mod spurious {
    /// The APIC takes interrupts.
    pub const ENABLED: u32 = 1 << 8;
    /// With the vector and the check of the focus processor, which changes nothing.
    pub const WRITABLE: u32 = 0x3ff;
}

/// Bits of the error status register.
pub mod error {
    pub const SENT_ILLEGAL_VECTOR: u32 = 1 << 5;
    pub const RECEIVED_ILLEGAL_VECTOR: u32 = 1 << 6;
    pub const ILLEGAL_REGISTER: u32 = 1 << 7;
}

/// The bits that a write in x2APIC mode may set; one more is a general protection fault. None: the
/// register cannot be written.
pub const fn writable(register: u8) -> Option<u64> {
    Some(match register {
        TASK_PRIORITY | SELF_INTERRUPT => 0xff,
        END_OF_INTERRUPT | ERROR_STATUS => 0,
        SPURIOUS_VECTOR => spurious::WRITABLE as u64,
        COMMAND => 0xffff_ffff_000c_dfff,
        LOCAL_VECTORS..=LAST_LOCAL_VECTOR => super::local_vector::TABLE_WRITABLE as u64,
        INITIAL_COUNT => 0xffff_ffff,
        DIVIDE => 0x0b,
        _ => return None,
    })
}
