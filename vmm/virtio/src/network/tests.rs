//! Frames in both directions.

use std::{collections::VecDeque, vec, vec::Vec};

use cloister_device::{GuestMemory, Width};

use super::*;
use crate::testing::Guest;

const BUFFER: u64 = 0x10_0000;

/// A link that keeps what is sent and gives what it is told.
#[derive(Default)]
struct Wire {
    sent: Vec<Vec<u8>>,
    coming: VecDeque<Vec<u8>>,
    answer: Option<Sent>,
    /// Whether it answers each frame itself.
    echoes: bool,
}

impl Link for Wire {
    fn send(&mut self, frame: &[u8]) -> Sent {
        let answer = self.answer.unwrap_or(Sent::Accepted);
        if answer == Sent::Accepted {
            self.sent.push(frame.to_vec());
        }
        if self.echoes {
            self.coming.push_back(frame.to_vec());
        }
        answer
    }

    fn has_answer(&self) -> bool {
        self.echoes && !self.coming.is_empty()
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<usize> {
        let frame = self.coming.pop_front()?;
        into[..frame.len()].copy_from_slice(&frame);
        Some(frame.len())
    }
}

fn guest() -> Guest<Network<Wire>> {
    Guest::started(Network::new(Wire::default(), [2, 0, 0, 0, 0, 7]), 0)
}

/// Sends a frame of so many bytes.
fn send(guest: &mut Guest<Network<Wire>>, length: u32) {
    guest.memory.write(BUFFER, &[0xff; 12]).unwrap();
    guest.add(1, &[(BUFFER, 12, false), (BUFFER + 12, length, false)]);
    guest.kick(1);
}

#[test]
fn the_configuration_says_address_and_link() {
    let mut guest = guest();
    let bytes: Vec<u64> = (0..8).map(|at| guest.configuration(at, Width::One)).collect();
    assert_eq!(bytes, [2, 0, 0, 0, 0, 7, 1, 0]);
    guest.device().set_up(false);
    guest.process();
    assert_eq!(guest.configuration(6, Width::Two), 0);
    assert_eq!(guest.read(crate::testing::REGISTERS + 0x1000, Width::One), 2);
}

#[test]
fn frames_are_sent_without_their_header() {
    let mut guest = guest();
    guest.memory.write(BUFFER + 12, &[0xab; 100]).unwrap();
    send(&mut guest, 100);
    assert_eq!(guest.used(1).len(), 1);
    assert_eq!(guest.device().link().sent, [vec![0xab; 100]]);
    assert_eq!(guest.device().counters().sent, 1);
}

#[test]
fn what_is_no_frame_is_dropped_and_counted() {
    let mut guest = guest();
    for length in [13, FRAME as u32 + 1, 0x10_0000, 0x7fff_ffff] {
        send(&mut guest, length);
        assert_eq!(guest.used(1).len(), 1);
    }
    guest.device().set_up(false);
    send(&mut guest, 100);
    guest.device().set_up(true);
    guest.device().link().answer = Some(Sent::Refused);
    send(&mut guest, 100);
    assert_eq!(*guest.device().counters(), Counters { send_dropped: 6, ..Default::default() });
    assert!(guest.device().link().sent.is_empty());
}

#[test]
fn a_busy_link_holds_the_queue_up() {
    let mut guest = guest();
    guest.device().link().answer = Some(Sent::Busy);
    send(&mut guest, 60);
    send(&mut guest, 61);
    assert_eq!(guest.used(1).len(), 1, "one is held, one waits");
    guest.device().link().answer = None;
    guest.process();
    assert_eq!(guest.used(1).len(), 1);
    let lengths: Vec<usize> = guest.device().link().sent.iter().map(Vec::len).collect();
    assert_eq!(lengths, [60, 61]);
}

#[test]
fn frames_are_received_with_a_header() {
    let mut guest = guest();
    guest.device().link().coming.push_back(vec![5; 64]);
    guest.process();
    assert!(guest.used(0).is_empty(), "it is held while there is no buffer");
    let head = guest.add(0, &[(BUFFER, 12, true), (BUFFER + 0x100, 1600, true)]);
    guest.kick(0);
    assert_eq!(guest.used(0), [(head, 76)]);
    assert_eq!(guest.bytes(BUFFER, 12), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    assert_eq!(guest.bytes(BUFFER + 0x100, 64), [5; 64]);
    assert_eq!(guest.device().counters().received, 1);
}

#[test]
fn a_links_own_answer_comes_with_the_kick_that_sent_the_question() {
    let mut guest = guest();
    guest.device().link().echoes = true;
    send(&mut guest, 60);
    assert!(guest.used(0).is_empty(), "it is held, and the device comes to rest");
    let head = guest.add(0, &[(BUFFER + 0x1000, 1600, true)]);
    guest.kick(0);
    assert_eq!(guest.used(0), [(head, 72)]);

    let head = guest.add(0, &[(BUFFER + 0x1000, 1600, true)]);
    send(&mut guest, 60);
    assert_eq!(guest.used(0), [(head, 72)]);
}

#[test]
fn a_small_buffer_loses_the_frame() {
    let mut guest = guest();
    guest.device().link().coming.push_back(vec![5; 64]);
    let head = guest.add(0, &[(BUFFER, 75, true)]);
    guest.kick(0);
    assert_eq!(guest.used(0), [(head, 0)]);
    assert_eq!(guest.bytes(BUFFER, 75), [0; 75]);
    assert_eq!(guest.device().counters().receive_dropped, 1);
}

#[test]
fn a_link_that_is_down_gives_nothing() {
    let mut guest = guest();
    guest.device().set_up(false);
    guest.device().link().coming.extend([vec![5; 64], vec![6; 64]]);
    guest.add(0, &[(BUFFER, 2000, true)]);
    guest.kick(0);
    assert!(guest.used(0).is_empty() && guest.device().link().coming.is_empty());
}
