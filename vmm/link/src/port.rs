//! What the driver of an outside network lets through, between its port and the members that the policy
//! names. They share the port and nothing else: what one sends goes out and to no other member.
//!
//! The driver is as trusted as the network, which is not at all. It can lie to its members about what
//! came and went, as the network can; it reaches nobody else.

use crate::offload::SHORTEST;
use crate::switch::{Destination, MacAddress, destination};

/// Where a frame goes that came in by the port: to the member with its address, if it is for a group to
/// all of them, else to nobody. A frame that names a member or a group as its source is nobody's.
#[must_use]
pub fn inward(frame: &[u8], members: &[MacAddress]) -> Destination {
    let source = frame.get(6..12).unwrap_or_default();
    let forged = members.iter().any(|member| member == source)
        || source.first().is_none_or(|first| first & 1 != 0);
    if frame.len() < SHORTEST || forged {
        return Destination::Nobody;
    }
    match destination(frame, members) {
        to @ (Destination::One(_) | Destination::All) => to,
        Destination::Each | Destination::Nobody => Destination::Nobody,
    }
}

/// Whether a frame of a member goes out by the port: it does if it names the member as its source.
#[must_use]
pub fn outward(frame: &[u8], member: MacAddress) -> bool {
    frame.len() >= SHORTEST && frame.get(6..12) == Some(member.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ALL_RECEIVERS;

    const MEMBERS: [MacAddress; 2] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]];
    const GATEWAY: MacAddress = [0x52, 0x55, 10, 0, 2, 2];

    fn frame(to: MacAddress, from: MacAddress) -> [u8; 60] {
        let mut frame = [0; 60];
        frame[..6].copy_from_slice(&to);
        frame[6..12].copy_from_slice(&from);
        frame
    }

    #[test]
    fn a_frame_from_outside_goes_to_the_member_that_it_is_for_and_to_no_other() {
        assert_eq!(inward(&frame(MEMBERS[1], GATEWAY), &MEMBERS), Destination::One(1));
        assert_eq!(inward(&frame([0xff; 6], GATEWAY), &MEMBERS), Destination::All);
        for nobody in [[2, 0, 0, 0, 0, 3], [0; 6], ALL_RECEIVERS, GATEWAY] {
            assert_eq!(inward(&frame(nobody, GATEWAY), &MEMBERS), Destination::Nobody);
        }
    }

    #[test]
    fn nobody_outside_can_speak_as_a_member_or_as_a_group() {
        for from in [MEMBERS[0], MEMBERS[1], [0xff; 6]] {
            assert_eq!(inward(&frame(MEMBERS[1], from), &MEMBERS), Destination::Nobody);
        }
    }

    #[test]
    fn a_member_speaks_in_its_own_name_only() {
        assert!(outward(&frame(GATEWAY, MEMBERS[0]), MEMBERS[0]));
        assert!(!outward(&frame(GATEWAY, MEMBERS[1]), MEMBERS[0]));
        assert!(!outward(&frame(GATEWAY, GATEWAY), MEMBERS[0]));
    }

    #[test]
    fn what_has_no_ethernet_header_goes_nowhere() {
        for length in 0..SHORTEST {
            let whole = frame(MEMBERS[0], GATEWAY);
            assert_eq!(inward(&whole[..length], &MEMBERS), Destination::Nobody);
            assert!(!outward(&frame(GATEWAY, MEMBERS[0])[..length], MEMBERS[0]));
        }
    }
}
