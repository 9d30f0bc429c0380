//! Carries frames between the port and the members.

use cloister_link::{FRAME, HEADER, Pieces, RECORD, outward};
use spin::{Mutex, MutexGuard};

use crate::adapter::{Adapter, Fault};
use crate::member::Members;

/// Frames of each direction that are carried before the members are told.
const AT_ONCE: usize = 64;

/// A member's record on its way out. Taken once, for good.
static RECORDS: Mutex<[u8; RECORD]> = Mutex::new([0; RECORD]);

/// The port.
pub struct Port<A> {
    adapter: A,
    members: Members,
    record: MutexGuard<'static, [u8; RECORD]>,
    /// What is left to send of the record, and its bytes.
    sending: Option<(Pieces, usize)>,
}

impl<A: Adapter> Port<A> {
    /// An adapter and those who share it.
    pub fn new(adapter: A, members: Members) -> Self {
        Self { adapter, members, record: RECORDS.lock(), sending: None }
    }

    /// Carries what can be carried now; returns whether there was anything.
    ///
    /// # Errors
    /// If the adapter has to be started again.
    pub fn exchange(&mut self) -> Result<bool, Fault> {
        let (mut came, mut went) = (0, 0);
        let mut frame = [0; FRAME];
        while came < AT_ONCE
            && let Some(length) = self.adapter.receive(&mut frame)?
        {
            self.members.hand_on(frame.get(..length).unwrap_or_default());
            came += 1;
        }
        self.members.tell();
        while went < AT_ONCE && self.send_one()? {
            went += 1;
        }
        Ok(came + went > 0)
    }

    /// Sends the next frame of the record, or takes the next one; false if there is no more to do now.
    fn send_one(&mut self) -> Result<bool, Fault> {
        let Some((pieces, length)) = &mut self.sending else {
            let Some((length, member)) = self.members.read(&mut self.record) else {
                return Ok(false);
            };
            // One that is longer than the room was cut off, and goes nowhere.
            let record = self.record.get_mut(..length).unwrap_or_default();
            if outward(record.get(HEADER..).unwrap_or_default(), member) {
                self.sending = Pieces::of(record).map(|pieces| (pieces, length));
            }
            return Ok(true);
        };
        let record = self.record.get(..*length).unwrap_or_default();
        let mut more = true;
        let sent = self.adapter.send(|place| {
            let written = pieces.next(record, place);
            more = written.is_some();
            written
        })?;
        if !more {
            self.sending = None;
        }
        Ok(sent)
    }
}
