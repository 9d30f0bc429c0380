//! Which members a frame goes to.

/// An Ethernet address (IEEE 802.3, section 3.2.3).
pub type MacAddress = [u8; 6];

/// The address that stands for all receivers of a one-way link with several of them. Locally
/// administered, unicast; no adapter has it. Each receiver finds its own address in its place.
pub const ALL_RECEIVERS: MacAddress = [0x02, b'c', b'l', b'A', b'L', b'L'];

/// Stands among the members that an adapter sends to or hears for a network's driver: everybody outside of
/// the appliance. No adapter has it.
pub const OUTSIDE: MacAddress = [0; 6];

/// The bit of an address's first byte that says that it is a group's.
const GROUP: u8 = 1;

/// Which of the members that an adapter sends to get a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination {
    /// The member at this position.
    One(usize),
    /// All of them: a broadcast or a multicast.
    All,
    /// All of them, each with its own address as the frame's destination.
    Each,
    /// None: the link has no member with this address.
    Nobody,
}

/// Where a frame goes, by the addresses of the members that the adapter sends to.
#[must_use]
pub fn destination(frame: &[u8], members: &[MacAddress]) -> Destination {
    let Some((address, _)) = frame.split_first_chunk::<6>() else { return Destination::Nobody };
    if let Some(driver) = members.iter().position(|member| *member == OUTSIDE) {
        return Destination::One(driver);
    }
    if let Some(position) = members.iter().position(|member| member == address) {
        return Destination::One(position);
    }
    match address {
        [first, ..] if first & GROUP != 0 => Destination::All,
        &ALL_RECEIVERS => Destination::Each,
        _ => Destination::Nobody,
    }
}

/// Whether a frame is for an adapter: addressed to it or to a group.
#[must_use]
pub fn is_for(frame: &[u8], adapter: MacAddress) -> bool {
    frame.first().is_some_and(|first| first & GROUP != 0) || frame.starts_with(&adapter)
}

/// Whether a frame names this member as its source, or anybody if the member stands for all outside.
#[must_use]
pub fn comes_from(frame: &[u8], member: MacAddress) -> bool {
    frame.get(6..12).is_some_and(|source| *source == member || member == OUTSIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [MacAddress; 3] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 3]];

    fn frame(to: MacAddress) -> [u8; 60] {
        let mut frame = [0; 60];
        frame[..6].copy_from_slice(&to);
        frame[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
        frame
    }

    #[test]
    fn a_frame_for_a_member_goes_to_it_alone() {
        for (position, member) in MEMBERS.into_iter().enumerate() {
            assert_eq!(destination(&frame(member), &MEMBERS), Destination::One(position));
        }
    }

    #[test]
    fn groups_go_to_all() {
        for group in [[0xff; 6], [1, 0, 0x5e, 0, 0, 1], [0x33, 0x33, 0, 0, 0, 1]] {
            assert_eq!(destination(&frame(group), &MEMBERS), Destination::All);
            assert!(is_for(&frame(group), MEMBERS[0]));
        }
    }

    #[test]
    fn unknown_addresses_go_nowhere_and_are_never_flooded() {
        assert_eq!(destination(&frame([2, 0, 0, 0, 0, 4]), &MEMBERS), Destination::Nobody);
        assert_eq!(destination(&frame([0; 6]), &MEMBERS), Destination::Nobody);
        assert_eq!(destination(&frame(MEMBERS[0]), &[]), Destination::Nobody);
        assert_eq!(destination(&[2, 0, 0, 0, 0], &MEMBERS), Destination::Nobody);
        assert!(!is_for(&frame(MEMBERS[1]), MEMBERS[0]) && !is_for(&[], MEMBERS[0]));
    }

    #[test]
    fn the_address_of_all_receivers_is_no_group_and_goes_to_each() {
        assert_eq!(destination(&frame(ALL_RECEIVERS), &MEMBERS), Destination::Each);
        assert_eq!(ALL_RECEIVERS[0] & 3, 2, "locally administered, unicast");
    }

    #[test]
    fn an_adapter_on_an_outside_network_sends_everything_to_its_driver_and_hears_anybody() {
        for address in [MEMBERS[1], [0xff; 6], [0x33, 0x33, 0, 0, 0, 1], [0x52, 0, 0, 0, 0, 1]] {
            assert_eq!(destination(&frame(address), &[OUTSIDE]), Destination::One(0));
        }
        assert_eq!(destination(&[2; 5], &[OUTSIDE]), Destination::Nobody);
        assert!(comes_from(&frame(MEMBERS[0]), OUTSIDE) && !comes_from(&[2; 11], OUTSIDE));
    }

    #[test]
    fn the_source_is_the_second_address() {
        assert!(comes_from(&frame(MEMBERS[0]), [2, 0, 0, 0, 0, 9]));
        assert!(!comes_from(&frame(MEMBERS[0]), MEMBERS[0]));
        assert!(!comes_from(&[2; 11], [2; 6]));
    }
}
