//! Frames in both directions.

use std::{boxed::Box, collections::VecDeque, vec, vec::Vec};

use cloister_device::{GuestMemory, Width};

use super::*;
use crate::testing::Guest;

const BUFFER: u64 = 0x10_0000;

/// A link that keeps what is sent and gives what it is told.
struct Wire {
    sent: Vec<Vec<u8>>,
    coming: VecDeque<Vec<u8>>,
    refuses: bool,
    /// Whether it answers each frame itself.
    echoes: bool,
    rooms: Box<[[u8; RECORD]; 2]>,
}

impl Default for Wire {
    fn default() -> Self {
        let rooms = Box::new([[0; RECORD]; 2]);
        Self { sent: vec![], coming: VecDeque::new(), refuses: false, echoes: false, rooms }
    }
}

impl Wire {
    /// A frame comes of which nothing is left to do.
    fn bring(&mut self, frame: &[u8]) {
        self.coming.push_back([&Offload::Nothing.header(0), frame].concat());
    }
}

impl Link for Wire {
    fn outgoing(&mut self) -> &mut [u8; RECORD] {
        &mut self.rooms[0]
    }

    fn send(&mut self, length: usize) -> Sent {
        if self.refuses {
            return Sent::Refused;
        }
        let record = self.rooms[0][..length].to_vec();
        if self.echoes {
            self.coming.push_back(record.clone());
        }
        self.sent.push(record);
        Sent::Accepted
    }

    fn has_answer(&self) -> bool {
        self.echoes && !self.coming.is_empty()
    }

    fn receive(&mut self) -> Option<usize> {
        let record = self.coming.pop_front()?;
        self.rooms[1][..record.len()].copy_from_slice(&record);
        Some(record.len())
    }

    fn incoming(&mut self) -> &mut [u8; RECORD] {
        &mut self.rooms[1]
    }
}

/// A driver that took these features.
fn guest_with(features: u64) -> Guest<Network<Wire>> {
    Guest::started(Network::new(Wire::default(), [2, 0, 0, 0, 0, 7]), features)
}

fn guest() -> Guest<Network<Wire>> {
    guest_with(0)
}

/// Sends a frame of so many bytes, of which nothing is left to do.
fn send(guest: &mut Guest<Network<Wire>>, length: u32) {
    guest.memory.write(BUFFER, &[0; 12]).unwrap();
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
fn frames_are_sent_with_a_header_that_is_true() {
    let mut guest = guest();
    guest.memory.write(BUFFER + 12, &[0xab; 100]).unwrap();
    // Flags and numbers that mean nothing do not go on.
    guest.memory.write(BUFFER, &[2, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]).unwrap();
    guest.add(1, &[(BUFFER, 12, false), (BUFFER + 12, 100, false)]);
    guest.kick(1);
    assert_eq!(guest.used(1).len(), 1);
    assert_eq!(guest.device().link().sent, [[vec![0; 12], vec![0xab; 100]].concat()]);
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
    guest.device().link().refuses = true;
    send(&mut guest, 100);
    assert_eq!(*guest.device().counters(), Counters { send_dropped: 6, ..Default::default() });
    assert!(guest.device().link().sent.is_empty());
}

#[test]
fn frames_are_received_with_a_header() {
    let mut guest = guest();
    guest.device().link().bring(&[5; 64]);
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
    guest.device().link().bring(&[5; 64]);
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
    guest.device().link().bring(&[5; 64]);
    guest.device().link().bring(&[6; 64]);
    guest.add(0, &[(BUFFER, 2000, true)]);
    guest.kick(0);
    assert!(guest.used(0).is_empty() && guest.device().link().coming.is_empty());
}

mod offload;
