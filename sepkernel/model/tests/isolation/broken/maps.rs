//! Permission maps of ports and registers.

use cloister_model::isolation::{RegisterGrant, SpaceKind, Violation};
use cloister_model::subject::SubjectId;

use super::{Breakage, Case};

/// All of them, by name.
pub const ALL: &[(&str, Breakage)] = &[
    ("port open", port_open),
    ("port of another open", port_of_another_open),
    ("register open", register_open),
    ("register open for writing", register_open_for_writing),
];

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

fn port_of_another_open(case: &mut Case) -> Option<Violation> {
    let ports = &case.layout.ports;
    let grant = *ports.get(case.choice.index(ports.len().max(1)))?;
    let subject = case.stranger(&[grant.subject])?;
    let port = grant.first;
    case.layout.port_maps[subject.position()][usize::from(port / 8)] &= !(1 << (port % 8));
    Some(Violation::Port { subject, port })
}

fn register_open_for_writing(case: &mut Case) -> Option<Violation> {
    let registers = &case.layout.registers;
    let which = case.choice.index(registers.len().max(1));
    // Grants and maps are in the order of worlds; what is granted is granted for reading.
    let RegisterGrant { subject, first: register, .. } = *registers.get(which)?;
    case.layout.register_maps[which][register as usize / 4] &= !(0b10 << (register % 4 * 2));
    Some(Violation::Register { subject, register, write: true })
}
