//! Fields of little-endian structures.

/// 16 bits at an offset.
pub(super) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(offset..)?.first_chunk().copied()?))
}

/// 32 bits at an offset.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(offset..)?.first_chunk().copied()?))
}

/// 64 bits at an offset.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(offset..)?.first_chunk().copied()?))
}

/// A structure that is filled field by field, zero elsewhere. What would lie beyond its end is left
/// out: offsets are constants, and tests look at what was written.
pub(super) struct Structure<const SIZE: usize>(pub(super) [u8; SIZE]);

impl<const SIZE: usize> Structure<SIZE> {
    pub(super) const fn new() -> Self {
        Self([0; SIZE])
    }

    pub(super) fn bytes(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset.saturating_add(bytes.len());
        if let Some(field) = self.0.get_mut(offset..end) {
            field.copy_from_slice(bytes);
        }
    }

    pub(super) fn u8(&mut self, offset: usize, value: u8) {
        self.bytes(offset, &[value]);
    }

    pub(super) fn u16(&mut self, offset: usize, value: u16) {
        self.bytes(offset, &value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, offset: usize, value: u32) {
        self.bytes(offset, &value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, offset: usize, value: u64) {
        self.bytes(offset, &value.to_le_bytes());
    }
}
