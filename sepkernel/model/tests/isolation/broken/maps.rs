//! Permission maps of ports and registers.

use cloister_model::isolation::{SpaceKind, Violation};
use cloister_model::subject::SubjectId;

use super::{Breakage, Case};

/// All of them, by name.
pub const ALL: &[(&str, Breakage)] = &[("port open", port_open), ("register open", register_open)];

fn port_open(case: &mut Case) -> Option<Violation> {
    let maps = case.layout.port_maps.len();
    let id = SubjectId(case.choice.index(maps) as u16);
    let port = case.other.index(0x1_0000) as u16;
    let granted = case.layout.ports.iter().any(|grant| grant.first == port && grant.subject == id);
    case.layout.port_maps[usize::from(id.0)][usize::from(port / 8)] &= !(1 << (port % 8));
    (!granted).then_some(Violation::Port { subject: id, port })
}

fn register_open(case: &mut Case) -> Option<Violation> {
    let maps = case.layout.register_maps.len();
    let which = case.choice.index(maps.max(1));
    let worlds: Vec<_> =
        case.layout.spaces.iter().filter(|s| s.kind == SpaceKind::Nested).collect();
    let subject = worlds.get(which)?.subject;
    let bit = case.other.index(3 * 0x800 * 8);
    let map = &mut case.layout.register_maps[which];
    if map[bit / 8] & 1 << (bit % 8) == 0 {
        return None;
    }
    map[bit / 8] &= !(1 << (bit % 8));
    let (part, offset) = (bit / (0x800 * 8), bit % (0x800 * 8) / 2);
    let register = [0, 0xc000_0000, 0xc001_0000][part] + offset as u32;
    let switched = (0xc000_0100..=0xc000_0102).contains(&register);
    (!switched).then_some(Violation::Register { subject, register, write: bit % 2 == 1 })
}
