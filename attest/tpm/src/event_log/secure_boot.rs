//! Whether Secure Boot was on.

use super::{EventKind, EventLog, reader::Reader};

/// The vendor of UEFI's own variables (UEFI 2.10, 3.3), as it lies in memory.
const GLOBAL_VARIABLE: [u8; 16] = [
    0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
];

/// The name of the variable that says it (the same).
const NAME: [u8; 10] = *b"SecureBoot";

/// The PCR of Secure Boot (TCG PC Client Platform Firmware Profile, 3.3.4.8).
const PCR: u8 = 7;

/// What a variable's event says of Secure Boot; none if it is of another variable, or is malformed
/// (UEFI_VARIABLE_DATA, the same, 10.2.6).
fn value(data: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(data);
    let vendor = reader.take(16)?;
    let characters = reader.u64()?;
    let size = reader.u64()?;
    let name = reader.take(usize::try_from(characters).ok()?.checked_mul(2)?)?;
    let value = reader.take(usize::try_from(size).ok()?)?;
    let (units, _) = name.as_chunks::<2>();
    let is_name = units.iter().copied().map(u16::from_le_bytes).eq(NAME.map(u16::from));
    (vendor == GLOBAL_VARIABLE && is_name && reader.0.is_empty()).then_some(value)
}

impl EventLog<'_> {
    /// Whether the firmware measured, before it started anything, that Secure Boot is on; none if it did not
    /// measure that, or said several things.
    #[must_use]
    pub fn secure_boot(&self) -> Option<bool> {
        let of_pcr = self.events().filter(|event| event.pcr == PCR);
        let before = of_pcr.take_while(|event| event.kind != EventKind::Separator);
        let variables = before.filter(|event| event.kind == EventKind::VariableDriverConfig);
        let mut said = variables.filter_map(|event| value(event.data));
        match (said.next(), said.next()) {
            (Some([1]), None) => Some(true),
            // A variable that is not there has no value.
            (Some([0] | []), None) => Some(false),
            _ => None,
        }
    }
}
