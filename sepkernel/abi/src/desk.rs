//! The desk page: what the trusted GUI is told, read-only.

use crate::FileView;

/// Where the trusted GUI finds the page.
pub const DESK_ADDRESS: u64 = crate::INFO_ADDRESS + 0x200_0000;

/// First word of the page.
pub const DESK_MAGIC: u64 = u64::from_le_bytes(*b"CLDESK01");

/// Bytes of it, in whole pages.
pub const DESK_PAGE_BYTES: usize = 4096;

/// The screen. All of it is zero where the machine has none that can be drawn on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct ScreenInfo {
    /// Where the component sees the first pixel.
    pub address: u64,
    /// Pixels in a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Bytes from a line to the next, a multiple of 4.
    pub stride: u32,
    /// Position of the lowest bit of red, green and blue in a pixel of 32 bits; each has 8 bits.
    pub shifts: [u8; 3],
    /// Zero.
    pub reserved: u8,
}

/// How the machine is switched off: by writing 16 bits to a port (ACPI 6.5, section 4.8.3.2.1), which the
/// component may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct PowerOff {
    /// The port; 0 where it is not known.
    pub port: u16,
    /// What is written there.
    pub value: u16,
}

/// The page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct DeskPage {
    /// [`DESK_MAGIC`].
    pub magic: u64,
    /// The screen, which the component alone can draw on.
    pub screen: ScreenInfo,
    /// The compiled policy by which the appliance was started; its signatures are verified.
    pub policy: FileView,
    /// The value of PCR 8: everything that was started but the boot program itself.
    pub measurement: [u8; 32],
    /// How the machine is switched off.
    pub power_off: PowerOff,
    /// Zero.
    pub reserved: u32,
}

impl DeskPage {
    /// A page of a component that was given nothing.
    pub const EMPTY: Self = Self {
        magic: DESK_MAGIC,
        screen: ScreenInfo {
            address: 0,
            width: 0,
            height: 0,
            stride: 0,
            shifts: [0; 3],
            reserved: 0,
        },
        policy: FileView { address: 0, size: 0 },
        measurement: [0; 32],
        power_off: PowerOff { port: 0, value: 0 },
        reserved: 0,
    };
}

const _: () = assert!(size_of::<DeskPage>() <= DESK_PAGE_BYTES);
