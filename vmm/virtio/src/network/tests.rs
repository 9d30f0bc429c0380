//! Frames in both directions.

use std::{boxed::Box, collections::VecDeque, vec, vec::Vec};

use cloister_device::{GuestMemory, HostRecord, SharedBytes, Width};

use super::*;
use crate::{
    queue::{Cursor, Malformed},
    testing::Guest,
};

const BUFFER: u64 = 0x10_0000;

/// A link that keeps what is sent and gives what it is told.
struct Wire {
    sent: Vec<Vec<u8>>,
    coming: VecDeque<Vec<u8>>,
    refuses: bool,
    /// Whether it answers each frame itself.
    echoes: bool,
    /// Whether an answer was not looked at yet.
    answered: bool,
    /// Whether a record is overwritten while it is copied, the next time.
    overwrites: bool,
    looked: HostRecord,
    room: Box<[u8; RECORD]>,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            sent: vec![],
            coming: VecDeque::new(),
            refuses: false,
            echoes: false,
            answered: false,
            overwrites: false,
            looked: HostRecord::default(),
            room: Box::new([0; RECORD]),
        }
    }
}

impl Wire {
    /// A frame comes of which nothing is left to do.
    fn bring(&mut self, frame: &[u8]) {
        self.coming.push_back([&Offload::Nothing.header(0), frame].concat());
    }
}

impl Link for Wire {
    fn send<M: GuestMemory + ?Sized>(
        &mut self,
        head: &mut [u8],
        rest: &Cursor<'_>,
        memory: &M,
    ) -> Result<Sent, Malformed> {
        if self.refuses {
            return Ok(Sent::Refused);
        }
        let mut record = head.to_vec();
        record.resize(head.len() + rest.remaining() as usize, 0);
        rest.clone().read(memory, &mut record[head.len()..])?;
        if self.echoes {
            self.coming.push_back(record.clone());
            self.answered = true;
        }
        self.sent.push(record);
        Ok(Sent::Accepted)
    }

    fn has_answer(&self) -> bool {
        self.answered
    }

    fn look(&mut self, head: &mut [u8; HEAD]) -> Option<usize> {
        let record = self.coming.front()?;
        self.answered = false;
        Some(self.looked.show(record, head))
    }

    fn rest(&self) -> [SharedBytes<'_>; 2] {
        self.looked.behind(HEAD)
    }

    fn pass(&mut self) -> bool {
        self.coming.pop_front().is_some() && !core::mem::take(&mut self.overwrites)
    }

    fn take(&mut self) -> Option<usize> {
        let record = self.coming.pop_front()?;
        self.room[..record.len()].copy_from_slice(&record);
        Some(record.len())
    }

    fn room(&mut self) -> &mut [u8; RECORD] {
        &mut self.room
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

#[test]
fn a_record_that_is_overwritten_while_it_is_copied_is_not_given_to_the_driver() {
    let mut guest = guest();
    guest.device().link().overwrites = true;
    guest.device().link().bring(&[5; 640]);
    guest.device().link().bring(&[6; 640]);
    let head = guest.add(0, &[(BUFFER, 1600, true)]);
    guest.kick(0);
    assert_eq!(guest.used(0), [(head, 652)]);
    assert_eq!(guest.bytes(BUFFER + 12, 640), [6; 640]);
    assert_eq!(guest.device().counters().received, 1);
}

mod offload;
