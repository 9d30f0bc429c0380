//! Finds the tables of ACPI 6.5 (section 5.2) that the machine is described by.

/// A table's header, common to all.
const HEADER_BYTES: usize = 36;
/// Most bytes of a table.
const MOST_BYTES: u32 = 1 << 20;
/// The program sees the first so many bytes of memory.
const SEEN: u64 = 1 << 32;

/// The table with this signature, header and all, by the root pointer at `root_pointer`.
pub fn table(root_pointer: u64, signature: [u8; 4]) -> Option<&'static [u8]> {
    let root = bytes(root_pointer, HEADER_BYTES)?;
    if !root.starts_with(b"RSD PTR ") {
        return None;
    }
    let extended = whole(u64::from_le_bytes(*root.get(24..)?.first_chunk()?))?;
    let (entries, _) = extended.get(HEADER_BYTES..)?.as_chunks();
    let mut tables = entries.iter().filter_map(|entry| whole(u64::from_le_bytes(*entry)));
    tables.find(|table| table.starts_with(&signature))
}

/// The table at `address`, as long as its header says.
fn whole(address: u64) -> Option<&'static [u8]> {
    let header = bytes(address, HEADER_BYTES)?;
    let length = u32::from_le_bytes(*header.get(4..)?.first_chunk()?);
    if length > MOST_BYTES {
        return None;
    }
    bytes(address, length as usize).filter(|table| table.len() >= HEADER_BYTES)
}

fn bytes(address: u64, length: usize) -> Option<&'static [u8]> {
    let end = address.checked_add(length as u64)?;
    // SAFETY: all of the first 4 GiB is mapped, and nothing changes what firmware left there.
    (address != 0 && end <= SEEN)
        .then(|| unsafe { core::slice::from_raw_parts(address as *const u8, length) })
}
