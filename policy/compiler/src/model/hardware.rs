//! The machine, its devices, and its time.

use cloister_policy_format::{
    CpuIndex, DeviceSelector, KeyChord, KeyboardLayout, Level, MsrAccess,
};

use super::SubjectReference;
use crate::source::{Located, Span};

/// The least machine that the policy fits on.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The section's heading.
    pub span: Span,
    /// Memory in bytes.
    pub memory: Option<Located<u64>>,
    /// Logical processors.
    pub cpus: Option<Located<u64>>,
    /// Whether there is an IOMMU; absent means yes.
    pub iommu: Option<Located<bool>>,
    /// Groups of processors that share a core.
    pub siblings: Vec<Located<Vec<Located<CpuIndex>>>>,
    /// The longest that a switch between subjects takes, in nanoseconds; absent means 20 µs.
    pub switch_cost: Option<Located<u64>>,
}

/// A range of I/O ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

/// A range of model-specific registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsrRange {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// How.
    pub access: MsrAccess,
}

/// Device memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MmioRegion {
    /// Physical address.
    pub address: u64,
    /// Length in bytes.
    pub size: u64,
}

/// A device and its owner.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its name.
    pub name: Located<String>,
    /// How it is found; one is right.
    pub selectors: Vec<Located<DeviceSelector>>,
    /// How many of the keys that say how it is found are there.
    pub selector_keys: usize,
    /// Who alone may use it.
    pub owner: Option<SubjectReference>,
    /// The IOMMU group that it is in.
    pub iommu_group: Option<Located<u16>>,
    /// Whether it may write memory; absent means yes for PCI, no for legacy devices.
    pub dma: Option<Located<bool>>,
    /// Its legacy interrupt.
    pub interrupt: Option<Located<Interrupt>>,
}

/// A legacy interrupt.
#[derive(Clone, Debug)]
pub struct Interrupt {
    /// The line, 0 to 23.
    pub line: Option<Located<u8>>,
    /// Who gets it; absent means the device's owner.
    pub owner: Option<SubjectReference>,
}

impl Device {
    /// Whether it may write memory.
    pub fn does_dma(&self) -> bool {
        match self.dma {
            Some(dma) => dma.value,
            None => !self
                .selectors
                .iter()
                .any(|selector| matches!(selector.value, DeviceSelector::Legacy(_))),
        }
    }
}

/// Who runs when.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// The section's heading.
    pub span: Span,
    /// Length of the cycle in nanoseconds.
    pub major_frame: Option<Located<u64>>,
    /// Each processor's slots in their order.
    pub plans: Vec<(Located<CpuIndex>, Vec<MinorFrame>)>,
}

/// One slot.
#[derive(Clone, Debug)]
pub struct MinorFrame {
    /// Where it stands.
    pub span: Span,
    /// Who runs; absent idles.
    pub subject: Option<SubjectReference>,
    /// Length in nanoseconds.
    pub time: Option<Located<u64>>,
    /// Whether processors meet at its end.
    pub barrier: Option<Located<bool>>,
}

/// The trusted screen.
#[derive(Clone, Debug)]
pub struct Display {
    /// The section's heading.
    pub span: Span,
    /// The component that owns screen and input.
    pub gui: Option<SubjectReference>,
    /// The highest level that may be shown.
    pub highest: Option<Located<Level>>,
    /// The least width and height in pixels; absent means 1024 by 768.
    pub size: Option<Located<(u16, u16)>>,
    /// Leads to the trusted screen; absent means Ctrl+Alt+Break.
    pub secure_attention: Option<Located<KeyChord>>,
    /// The keyboard's layout; absent means US.
    pub keyboard: Option<Located<KeyboardLayout>>,
    /// Whether labels are drawn at double size.
    pub large_text: Option<Located<bool>>,
    /// The longest from a key to its effect on screen, in nanoseconds.
    pub input_to_screen: Option<Located<u64>>,
}
