//! Networks: links between worlds, and outside networks that worlds share a port of.

use serde::{Deserialize, Serialize};

use crate::{Level, LinkIndex, NetworkIndex, SubjectIndex};

/// A network between worlds of one level, or a one-way network up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// Whether frames go from the first member to the others only.
    pub one_way: bool,
}

/// A world's adapter on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMember {
    /// Which link.
    pub link: LinkIndex,
    /// Which world.
    pub world: SubjectIndex,
    /// Whether it may send.
    pub sends: bool,
    /// Whether it may receive.
    pub receives: bool,
    /// Ethernet address, locally administered, derived from the names.
    pub mac: [u8; 6],
}

/// A network outside the appliance, at a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// The level that the network is cleared for.
    pub level: Level,
    /// The component that drives the port.
    pub driver: Option<SubjectIndex>,
}

/// A subject's adapter on an outside network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPort {
    /// Which network.
    pub network: NetworkIndex,
    /// Which subject.
    pub subject: SubjectIndex,
    /// Ethernet address, locally administered, derived from the names.
    pub mac: [u8; 6],
}
