//! A network's port between hostile members and a hostile network.

use cloister_link::{Destination, FRAME, HEADER, MacAddress, Pieces, RECORD, inward, outward};

const MEMBERS: [MacAddress; 3] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 3]];

/// Each frame is a byte that says whose it is, two for a length, and so many bytes: of a frame from outside, or of a
/// member's record.
///
/// # Panics
/// If a frame goes where it must not, or leaves in another name than its sender's.
pub fn port(input: &[u8]) {
    let mut rest = input;
    while let Some(([whose, low, high], behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(behind.len());
        let (body, behind) = behind.split_at(length);
        rest = behind;
        match MEMBERS.get(usize::from(whose % 4)) {
            Some(member) => goes_out(body, *member),
            None => comes_in(body),
        }
    }
}

fn comes_in(frame: &[u8]) {
    match inward(frame, &MEMBERS) {
        Destination::One(number) => assert_eq!(frame[..6], MEMBERS[number]),
        Destination::All => assert_eq!(frame[0] & 1, 1),
        Destination::Each => panic!("no frame is for each"),
        Destination::Nobody => return,
    }
    assert!(MEMBERS.iter().all(|member| *member != frame[6..12]), "a member is inside");
}

fn goes_out(record: &[u8], member: MacAddress) {
    let mut record = record.to_vec();
    record.truncate(RECORD);
    if !outward(record.get(HEADER..).unwrap_or_default(), member) {
        return;
    }
    let addresses = record[HEADER..HEADER + 12].to_vec();
    let Some(mut pieces) = Pieces::of(&mut record) else { return };
    let mut room = [0; FRAME];
    let mut count = 0;
    while let Some(length) = pieces.next(&record, &mut room) {
        assert_eq!(room[..12], addresses, "of {length} bytes");
        count += 1;
    }
    assert!(count <= RECORD / 512 + 1, "a record has an end");
}
