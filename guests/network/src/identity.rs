//! Who the world is and which links it has: the table `CLST` (docs/links.md).

use cloister_bare::StartInformation;

use crate::acpi;

const VERSION: u32 = 1;
const COUNT_AT: usize = 40;
const NAME_AT: usize = 44;
const LEVEL_AT: usize = 76;
const LINKS_AT: usize = 204;
const LINK_BYTES: usize = 48;
/// What a link's kind is where it is a network.
const NETWORK: u8 = 1;
const NO_SLOT: u8 = 255;

/// Who the world is.
#[derive(Clone, Copy)]
pub struct Identity {
    table: &'static [u8],
    links: &'static [[u8; LINK_BYTES]],
}

/// A link of the world.
#[derive(Clone, Copy)]
pub struct Link(&'static [u8; LINK_BYTES]);

impl Identity {
    /// Reads the table, if there is one of a layout that is known.
    pub fn find(information: &StartInformation) -> Option<Self> {
        let table = acpi::table(information.root_pointer(), *b"CLST")?;
        let word = |at: usize| Some(u32::from_le_bytes(*table.get(at..)?.first_chunk()?));
        let (version, count) = (word(36)?, word(COUNT_AT)? as usize);
        let (links, _) = table.get(LINKS_AT..)?.as_chunks();
        // A later version only adds at the end.
        (version >= VERSION).then_some(Self { table, links: links.get(..count)? })
    }

    /// The world's name in the policy.
    pub fn name(&self) -> &'static str {
        text(self.table.get(NAME_AT..LEVEL_AT))
    }

    /// The world's level.
    pub fn level(&self) -> &'static str {
        text(self.table.get(LEVEL_AT..LINKS_AT))
    }

    /// The networks that it is on.
    pub fn links(&self) -> impl Iterator<Item = Link> {
        self.links.iter().map(Link).filter(|link| link.0[38] == NETWORK)
    }
}

impl Link {
    /// Its name in the policy.
    pub fn name(&self) -> &'static str {
        text(self.0.get(..32))
    }

    /// The device on PCI bus 0 that is its adapter.
    pub fn slot(&self) -> Option<u8> {
        Some(self.0[40]).filter(|slot| *slot != NO_SLOT)
    }
}

/// The text in a field with zeros at its end; nothing if it is no text.
fn text(field: Option<&'static [u8]>) -> &'static str {
    let field = field.unwrap_or_default();
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    field.get(..end).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
}
