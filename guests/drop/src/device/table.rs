//! The ACPI table by which a world learns of its channels.

/// Bytes before the first link, and of each link.
const HEAD: usize = 204;
const LINK: usize = 48;
const NAME: usize = 32;

/// Kind of a link that is a channel.
const CHANNEL: u8 = 2;

/// A channel of the world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Channel {
    /// Its name in the policy.
    pub name: String,
    /// Whether the world writes.
    pub sends: bool,
    /// Whether the world reads.
    pub receives: bool,
    /// Its slot on PCI bus 0.
    pub slot: u8,
}

/// The channels that a table tells of.
#[must_use]
pub fn channels(table: &[u8]) -> Vec<Channel> {
    let links = table.get(HEAD..).unwrap_or_default();
    links.chunks_exact(LINK).filter_map(channel).collect()
}

fn channel(link: &[u8]) -> Option<Channel> {
    let (name, rest) = link.split_at_checked(NAME)?;
    let &[kind, directions, slot] = rest.get(6..9)? else { return None };
    let name = String::from_utf8_lossy(name).trim_end_matches('\0').to_owned();
    let (sends, receives) = (directions & 1 != 0, directions & 2 != 0);
    (kind == CHANNEL && slot < 32).then_some(Channel { name, sends, receives, slot })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_found_among_networks() {
        let mut table = vec![0; HEAD + 3 * LINK];
        for (number, (name, kind, directions, slot)) in
            [("office", 1, 3, 8), ("drop", 2, 1, 16), ("lost", 2, 2, 255)].iter().enumerate()
        {
            let at = HEAD + number * LINK;
            table[at..at + name.len()].copy_from_slice(name.as_bytes());
            table[at + 38..at + 41].copy_from_slice(&[*kind, *directions, *slot]);
        }
        let drop = Channel { name: "drop".to_owned(), sends: true, receives: false, slot: 16 };
        assert_eq!(channels(&table), [drop]);
        for length in 0..table.len() {
            assert!(channels(&table[..length]).len() <= 1);
        }
    }
}
