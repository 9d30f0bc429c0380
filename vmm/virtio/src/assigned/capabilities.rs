//! What the configuration space of the machine's function says (PCI Local Bus 3.0, sections 6.1, 6.7 and 6.8). The
//! function is not believed: whatever it says, nothing outside of the 256 bytes is read, and no list goes on for ever.

/// Number of the capability for messages.
pub const MSI: u8 = 0x05;
/// Number of capabilities that only the vendor's driver knows.
pub const VENDOR_SPECIFIC: u8 = 0x09;
/// Number of the capability for a table of messages.
pub const MSI_X: u8 = 0x11;

const STATUS_AND_COMMAND: u8 = 0x04;
const FIRST_CAPABILITY: u8 = 0x34;
/// Where capabilities begin at the earliest.
const FIRST_PLACE: u8 = 0x40;
/// More than fit into the space.
const MOST: usize = 48;

/// Configuration space as it was at boot.
pub struct Picture<'a>(pub &'a [u32; 64]);

impl Picture<'_> {
    /// The word at a register, a multiple of 4.
    pub fn word(&self, register: u8) -> u32 {
        self.0.get(usize::from(register / 4)).copied().unwrap_or(0)
    }

    /// The register of a base address, 0 to 5.
    pub fn base_address(&self, index: usize) -> u32 {
        self.0.get(4 + index).copied().unwrap_or(0)
    }

    /// Where capabilities of this kind are.
    pub fn capabilities(&self, kind: u8) -> impl Iterator<Item = u8> {
        let has_list = self.word(STATUS_AND_COMMAND) >> 20 & 1 == 1;
        let first = has_list.then(|| self.word(FIRST_CAPABILITY) as u8 & !3);
        let next = |at: &u8| Some((self.word(*at) >> 8) as u8 & !3);
        let all = core::iter::successors(first, next).take(MOST);
        let all = all.take_while(|at| *at >= FIRST_PLACE);
        all.filter(move |at| self.word(*at) as u8 == kind)
    }

    /// What follows the pointer of a vendor's capability, and how many bytes of it there are.
    pub fn vendor_specific(&self, at: u8) -> ([u8; 256], usize) {
        /// Number and pointer.
        const BEFORE: usize = 2;
        let mut bytes = [0; 256];
        let words = self.0.iter().flat_map(|word| word.to_le_bytes());
        bytes
            .iter_mut()
            .zip(words.skip(usize::from(at) + BEFORE))
            .for_each(|(to, from)| *to = from);
        let [length, ..] = bytes;
        let room = 256 - usize::from(at);
        (bytes, usize::from(length).min(room).saturating_sub(BEFORE))
    }

    /// The base address behind which the table of messages is, its offset there, and how many messages there are.
    pub fn table(&self, at: u8) -> (u8, u32, usize) {
        let place = self.word(at.wrapping_add(4));
        let count = (self.word(at) >> 16 & 0x7ff) as usize + 1;
        (place as u8 & 7, place & !7, count)
    }
}
