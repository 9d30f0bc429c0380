//! The attester's page: what the attester is told of the boot, read-only.

use crate::FileView;

/// Where the attester finds the page.
pub const ATTESTER_ADDRESS: u64 = crate::INFO_ADDRESS + 0x400_0000;

/// First word of the page.
pub const ATTESTER_MAGIC: u64 = u64::from_le_bytes(*b"CLATST01");

/// Bytes of the page with all that lies behind it. They do not depend on what was logged, so that the
/// resource map is the same at each boot.
pub const ATTESTER_BYTES: usize = 256 * 1024;

/// The page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct AttesterPage {
    /// [`ATTESTER_MAGIC`].
    pub magic: u64,
    /// The boot log, complete: byte strings of CBOR, one event each.
    pub boot_log: FileView,
    /// The firmware's event log, from its start to the end of the firmware; empty where there is none.
    pub firmware_log: FileView,
    /// Events in the boot log.
    pub events: u64,
    /// Where the component sees the registers of the TPM that the firmware measured the image into; 0 where
    /// there is none.
    pub registers: u64,
    /// Its Ethernet address on the network that it answers on; zeros where the policy names none.
    pub mac: [u8; 6],
    /// The TCP port that it answers on.
    pub port: u16,
}
