//! The network's members, as the policy's channels tell of them.

use cloister_link::{Destination, MacAddress, Offload, RECORD};
use cloister_runtime::Channel;
use cloister_runtime::abi::{Direction, InfoPage, MAX_LINK_PEERS};
use cloister_runtime::ring::{Reader, Writer};
use heapless::Vec;

/// Who is on the network.
struct Member {
    from: Reader<'static>,
    event: u64,
    to: Writer<'static>,
    channel: Channel,
    /// Whether it has not been told yet that there are frames.
    untold: bool,
}

/// All of them.
pub struct Members {
    addresses: Vec<MacAddress, MAX_LINK_PEERS>,
    members: Vec<Member, MAX_LINK_PEERS>,
    /// Whom the next record is taken from first.
    next: usize,
}

impl Members {
    /// The members that the policy names. With `again`, what they sent before this component started is
    /// lost, as the last incarnation may have sent it.
    pub fn of(info: &'static InfoPage, again: bool) -> Self {
        let mut all = Self { addresses: Vec::new(), members: Vec::new(), next: 0 };
        let is_of_network = |channel: &Channel| channel.member() != MacAddress::default();
        for from in Channel::all(info).filter(is_of_network) {
            let is_other = |other: &Channel| {
                other.member() == from.member() && other.direction() == Some(Direction::Write)
            };
            let (Some(mut reader), Some(channel)) =
                (from.reader(), Channel::all(info).find(is_other))
            else {
                continue;
            };
            let Some(to) = channel.writer() else { continue };
            if again {
                reader.read_latest(&mut []);
            }
            let member = Member { from: reader, event: from.event(), to, channel, untold: false };
            // A network with more members than there is room for does not reach the last ones.
            if all.members.push(member).is_ok() {
                let _ = all.addresses.push(from.member());
            }
        }
        all
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// The events by which they say that there are records.
    pub fn events(&self) -> u64 {
        self.members.iter().fold(0, |events, member| events | member.event)
    }

    /// Copies the next record of somebody to the beginning of `into`; returns its length, and who sent it. One of
    /// each in turn, so that none of them keeps the others waiting.
    pub fn read(&mut self, into: &mut [u8; RECORD]) -> Option<(usize, MacAddress)> {
        for _ in 0..self.members.len() {
            let number = self.next;
            self.next = if number + 1 < self.members.len() { number + 1 } else { 0 };
            let member = self.members.get_mut(number)?;
            if let Some(record) = member.from.read(into) {
                return Some((record.length, *self.addresses.get(number)?));
            }
        }
        None
    }

    /// Hands on a frame that came in by the port, to whom it is for. What does not fit into a channel is lost.
    pub fn hand_on(&mut self, frame: &[u8]) {
        let head = Offload::Nothing.header(0);
        let chosen = match cloister_link::inward(frame, &self.addresses) {
            Destination::One(number) => number..number + 1,
            Destination::All => 0..self.members.len(),
            Destination::Each | Destination::Nobody => 0..0,
        };
        for member in self.members.get_mut(chosen).into_iter().flatten() {
            member.untold |= member.to.write_parts(&[&head, frame]).is_ok();
        }
    }

    /// Tells those of their frames who have got some since the last time.
    pub fn tell(&mut self) {
        for member in &mut self.members {
            if core::mem::take(&mut member.untold) {
                member.channel.signal();
            }
        }
    }
}
