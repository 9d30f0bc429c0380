//! Tells a world who it is: its name, its level and its links, in an ACPI table of our own, `CLST`.
//!
//! Linux shows it in `/sys/firmware/acpi/tables/CLST`. It is for programs that show or log it: nothing
//! that keeps worlds apart depends on what a guest makes of it. After the header of all ACPI tables, 36
//! bytes, integers little-endian, texts UTF-8 with zeros at their end:
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 36 | 4 | version of this layout: 1 |
//! | 40 | 4 | count of links |
//! | 44 | 32 | the world's name in the policy |
//! | 76 | 128 | its level, classification and compartments, as the policy writes it |
//! | 204 | 48 each | the links |
//!
//! A link:
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 0 | 32 | the link's name in the policy |
//! | 32 | 6 | Ethernet address of the world's adapter; zeros for a channel |
//! | 38 | 1 | kind: 1 network, 2 channel |
//! | 39 | 1 | directions: bit 0 the world can send, bit 1 it can receive |
//! | 40 | 1 | its device on PCI bus 0; 255 where it has none |
//! | 41 | 7 | zeros |
//!
//! A later version only adds at the end of the table.

use super::table::Table;

/// Bytes of a name.
pub const NAME_BYTES: usize = cloister_abi::NAME_BYTES;
/// Bytes of a level's text.
pub const LEVEL_BYTES: usize = cloister_abi::LEVEL_BYTES;
/// Most links that fit.
pub const MAX_LINKS: usize = 72;

const VERSION: u32 = 1;
const LINK_BYTES: usize = 48;
const NO_SLOT: u8 = 255;

/// Who the world is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity<'a> {
    /// Its name in the policy; [`NAME_BYTES`] at most, more is cut off.
    pub name: &'a [u8],
    /// Its level; [`LEVEL_BYTES`] at most, more is cut off.
    pub level: &'a [u8],
    /// Its links; [`MAX_LINKS`] at most.
    pub links: &'a [Link<'a>],
}

/// What a link carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LinkKind {
    /// Ethernet frames, by an adapter.
    Network = 1,
    /// Records, by a device with the channel's memory.
    Channel = 2,
}

/// A link of the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link<'a> {
    /// Its name in the policy; [`NAME_BYTES`] at most, more is cut off.
    pub name: &'a [u8],
    /// What it carries.
    pub kind: LinkKind,
    /// Ethernet address; zeros for a channel.
    pub mac: [u8; 6],
    /// Whether the world can send.
    pub sends: bool,
    /// Whether the world can receive.
    pub receives: bool,
    /// Its device on the PCI bus.
    pub slot: Option<u8>,
}

/// Text in a field of fixed size, cut off between characters.
fn text<const SIZE: usize>(text: &[u8]) -> [u8; SIZE] {
    let mut end = text.len().min(SIZE);
    // A continuation byte behind the end belongs to a character that does not fit.
    while end > 0 && text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    let mut field = [0; SIZE];
    for (field, byte) in field.iter_mut().zip(text.iter().take(end)) {
        *field = *byte;
    }
    field
}

/// The table.
pub(super) fn table<'a>(buffer: &'a mut [u8], identity: &Identity<'_>) -> Table<'a> {
    let mut table = Table::new(buffer, *b"CLST", VERSION as u8);
    table.bytes(&VERSION.to_le_bytes());
    // More links do not fit into a table.
    table.bytes(&(identity.links.len() as u32).to_le_bytes());
    table.bytes(&text::<NAME_BYTES>(identity.name));
    table.bytes(&text::<LEVEL_BYTES>(identity.level));
    for link in identity.links {
        let mut bytes = [0; LINK_BYTES];
        let (name, rest) = bytes.split_at_mut(NAME_BYTES);
        name.copy_from_slice(&text::<NAME_BYTES>(link.name));
        let [a, b, c, d, e, f] = link.mac;
        let directions = u8::from(link.sends) | u8::from(link.receives) << 1;
        let slot = link.slot.unwrap_or(NO_SLOT);
        let fields = [a, b, c, d, e, f, link.kind as u8, directions, slot];
        for (byte, field) in rest.iter_mut().zip(fields) {
            *byte = field;
        }
        table.bytes(&bytes);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_off_between_characters() {
        assert_eq!(text::<4>(b"abcdef"), *b"abcd");
        assert_eq!(text::<4>("abc\u{e9}f".as_bytes()), *b"abc\0");
        assert_eq!(text::<4>("ab\u{e9}f".as_bytes()), "ab\u{e9}".as_bytes());
        assert_eq!(text::<4>(b"ab"), *b"ab\0\0");
    }

    #[test]
    fn as_many_links_fit_as_is_said() {
        let link = Link {
            name: b"corridor",
            kind: LinkKind::Channel,
            mac: [0; 6],
            sends: true,
            receives: false,
            slot: None,
        };
        let all = 204 + MAX_LINKS * LINK_BYTES;
        assert!(all <= super::super::table::MAX_BYTES, "{all}");
        let identity = Identity { name: b"alpha", level: b"SECRET", links: &[link] };
        let mut buffer = [0; 512];
        table(&mut buffer, &identity);
        assert_eq!(buffer[204..212], *b"corridor");
        assert_eq!(buffer[204 + 38..204 + 42], [2, 1, 255, 0]);
    }
}
