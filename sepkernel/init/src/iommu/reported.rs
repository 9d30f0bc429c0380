//! Which IOMMUs the firmware's tables report: of Intel in DMAR (VT-d specification 4.1, chapter 8), of AMD in
//! IVRS (AMD I/O Virtualization Technology specification 3.08, section 5.2).

use cloister_hardware::handoff::Range;
use cloister_model::iommu::Format;
use heapless::Vec;

use crate::boot_info::BootInfo;
use crate::{acpi, stop};

/// The largest number of units.
pub const MAX_UNITS: usize = 8;

/// The largest number of functions that are named one by one.
const MAX_SCOPE: usize = 64;

/// What is reported.
pub struct Reported {
    /// Whose the units are.
    pub format: Format,
    /// Physical addresses of their registers.
    pub units: Vec<u64, MAX_UNITS>,
    /// Whether they are in charge of all functions.
    all: bool,
    /// Else those that they are in charge of, and bridges to such.
    scope: Vec<u16, MAX_SCOPE>,
}

impl Reported {
    /// The units of this machine, if it has any.
    pub fn find(info: &BootInfo) -> Option<Self> {
        let (format, table) = match acpi::find(info, *b"DMAR") {
            Some(table) => (Format::VtD, table),
            None => (Format::AmdVi, acpi::find(info, *b"IVRS")?),
        };
        let all = format == Format::AmdVi;
        let mut found = Self { format, units: Vec::new(), all, scope: Vec::new() };
        let mut at = table.start + 48;
        while at + 4 <= table.end {
            let length = acpi::read::<u16>(at + 2);
            if length < 4 {
                stop!("ACPI: the table of IOMMUs is malformed");
            }
            let end = at + u64::from(length);
            found.structure(Range { start: at, end }, acpi::read(at));
            at = end;
        }
        (!found.units.is_empty()).then_some(found)
    }

    /// Takes a structure of the table, of this kind (and, in AMD's, flags), if it describes a unit.
    fn structure(&mut self, range: Range, kind: u16) {
        let at = range.start;
        const ALL_DEVICES: u8 = 1;
        let segment = match (self.format, kind & 0xff) {
            (Format::VtD, 0) => {
                self.all |= acpi::read::<u8>(at + 4) & ALL_DEVICES != 0;
                self.read_scope(Range { start: at + 16, ..range });
                acpi::read::<u16>(at + 6)
            }
            // Each newer kind has more of the same.
            (Format::AmdVi, 0x10 | 0x11 | 0x40) => acpi::read(at + 16),
            _ => return,
        };
        let registers = acpi::read(at + 8);
        if segment != 0 {
            stop!("the IOMMU at {registers:#x} is for segment group {segment}, which is not used");
        }
        if !self.units.contains(&registers) && self.units.push(registers).is_err() {
            stop!("this machine has more than {MAX_UNITS} IOMMUs");
        }
    }

    /// The functions that a unit of Intel's is for (section 8.3.1). What is behind bridges that are not
    /// named themselves is left out: nothing there can be given away.
    fn read_scope(&mut self, range: Range) {
        const ENDPOINT_OR_BRIDGE: [u8; 2] = [1, 2];
        let mut at = range.start;
        while at + 8 <= range.end {
            let [kind, length, _, _, _, bus, device, function] = acpi::read::<[u8; 8]>(at);
            if ENDPOINT_OR_BRIDGE.contains(&kind) && length == 8 {
                let place = u16::from_be_bytes([bus, device << 3 | function & 7]);
                // What has no room cannot be given away either.
                let _ = self.scope.push(place);
            }
            at += u64::from(length.max(8));
        }
    }

    /// Whether one of them is in charge of the function, or of all that is behind this bridge.
    pub fn governs(&self, function: u16) -> bool {
        self.all || self.scope.contains(&function)
    }

    /// The memory of their registers.
    pub fn registers(&self) -> impl Iterator<Item = Range> {
        let bytes = if self.format == Format::VtD { 0x1000 } else { 0x4000 };
        self.units.iter().map(move |start| Range { start: *start, end: start + bytes })
    }
}
