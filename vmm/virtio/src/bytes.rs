//! Little-endian fields in byte arrays.

use cloister_device::Width;

/// Reads a field, if it lies wholly in the bytes.
pub(crate) fn load(bytes: &[u8], offset: usize, width: Width) -> Option<u64> {
    let rest = bytes.get(offset..)?;
    Some(match width {
        Width::One => (*rest.first()?).into(),
        Width::Two => u16::from_le_bytes(*rest.first_chunk()?).into(),
        Width::Four => u32::from_le_bytes(*rest.first_chunk()?).into(),
        Width::Eight => u64::from_le_bytes(*rest.first_chunk()?),
    })
}

/// Writes a field, if it lies wholly in the bytes.
pub(crate) fn store(bytes: &mut [u8], offset: usize, width: Width, value: u64) -> Option<()> {
    let field = bytes.get_mut(offset..offset.checked_add(width.bytes() as usize)?)?;
    for (byte, part) in field.iter_mut().zip(value.to_le_bytes()) {
        *byte = part;
    }
    Some(())
}

/// The part of a value of `whole` bytes at `base` that an access at `offset` reads, if the access
/// lies wholly in it.
pub(crate) fn part(value: u64, base: u64, whole: Width, offset: u64, width: Width) -> Option<u64> {
    let inside = offset.checked_sub(base)?;
    if inside + width.bytes() > whole.bytes() {
        return None;
    }
    Some(value >> (8 * inside) & width.mask())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_whole_or_absent() {
        let mut bytes = [1, 2, 3, 4];
        assert_eq!(load(&bytes, 1, Width::Two), Some(0x0302));
        assert_eq!(load(&bytes, 3, Width::Two), None);
        assert_eq!(load(&bytes, usize::MAX, Width::Two), None);
        assert_eq!(store(&mut bytes, 2, Width::Four, 0), None);
        assert_eq!(store(&mut bytes, 2, Width::Two, 0xaabb), Some(()));
        assert_eq!(bytes, [1, 2, 0xbb, 0xaa]);
    }

    #[test]
    fn a_part_is_inside_its_whole() {
        assert_eq!(part(0x4433_2211, 8, Width::Four, 9, Width::Two), Some(0x3322));
        assert_eq!(part(0x4433_2211, 8, Width::Four, 11, Width::Two), None);
        assert_eq!(part(0x4433_2211, 8, Width::Four, 7, Width::One), None);
    }
}
