//! What the kernel and the components agree on: the system calls, their results, and the page that
//! tells a component what it was given: plain data, nothing here decides.
//!
//! A component enters the kernel with `INT 0x80`, the one vector that ring 3 may raise: the same way in
//! as for every exception and interrupt, so that there is one path to get right. The call's number is in
//! RAX, its arguments are in RDI, RSI, RDX, R10, R8 and R9. The kernel answers with a result code in RAX
//! and a value in RDX; all other registers are preserved. Every content of every register has a defined
//! answer; no call reads or writes memory.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

#[macro_use]
mod number;

mod attester;
mod audit;
mod call;
mod desk;
mod device;
mod info;
mod result;
mod virtual_processor;
mod world;

pub use attester::{ATTESTER_ADDRESS, ATTESTER_BYTES, ATTESTER_MAGIC, AttesterPage};
pub use audit::{
    AUDIT_BLOCK_BYTES, AUDIT_CHANNEL, AUDIT_MAGIC, AUDIT_RECORD_WORDS, AUDIT_RECORDS,
    AUDIT_SUBJECTS, AuditBlock, Fetched, Usage,
};
pub use call::{
    Command, DOORBELL_EVENT, EVENT_BITS, FRAME_EVENT, InfoItem, LOG_BYTES, NO_TIMER, Number,
    Registers, TIMER_EVENT,
};
pub use desk::{DESK_ADDRESS, DESK_MAGIC, DESK_PAGE_BYTES, DeskPage, PowerOff, ScreenInfo};
pub use device::{
    DEVICE_PAGE_BYTES, DEVICES_ADDRESS, DEVICES_MAGIC, DeviceInfo, DeviceMemory, DevicePage,
    GUEST_REGISTERS, MAX_DEVICES,
};
pub use info::{
    ChannelInfo, Direction, INFO_ADDRESS, INFO_MAGIC, INFO_PAGE_BYTES, INFO_VERSION, InfoPage,
    MAX_CHANNELS, MAX_RIGHTS, NAME_BYTES, NO_EVENT, Name, RightInfo,
};
pub use result::{Code, Reply};
pub use virtual_processor::{
    Event, Exit, ExitReason, General, MemoryAccess, Orders, PortAccess, Segment, Segments, System,
    VIRTUAL_PROCESSOR_BYTES, VirtualProcessor,
};
pub use world::{
    AdapterInfo, CHANNEL_RANGE, COMMAND_LINE_BYTES, FileView, GuestChannel, LEVEL_BYTES,
    MAX_ADAPTERS, MAX_LINK_PEERS, MAX_WORLD_CHANNELS, NO_CHANNEL, WORLD_ADDRESS, WORLD_MAGIC,
    WORLD_PAGE_BYTES, WorldPage,
};
