//! Ports: each that is open belongs to the subject to which it is open. Since grants are disjoint,
//! no port is then open to two subjects.

use super::{Machine, PortMap, Violation};
use crate::subject::SubjectId;

/// Ports in a byte of a map.
const PORTS_IN_BYTE: u16 = 8;

/// Checks all port permission maps.
pub fn check(machine: &Machine<'_>) -> Result<(), Violation> {
    for &PortMap { subject, bytes } in machine.port_maps {
        // The map may go on behind the last port, for accesses that are wider than one.
        let firsts = (0..=u16::MAX).step_by(usize::from(PORTS_IN_BYTE));
        for (&byte, first) in bytes.iter().zip(firsts) {
            let mut ports =
                (0..PORTS_IN_BYTE).filter(|&bit| byte.unbounded_shr(bit.into()) & 1 == 0);
            let closed = ports.find(|&bit| !granted(machine, subject, first | bit));
            if let Some(bit) = closed {
                return Err(Violation::Port { subject, port: first | bit });
            }
        }
    }
    Ok(())
}

fn granted(machine: &Machine<'_>, subject: SubjectId, port: u16) -> bool {
    let before = machine.ports.partition_point(|grant| grant.last < port);
    let grant = machine.ports.get(before);
    grant.is_some_and(|grant| grant.first <= port && grant.subject == subject)
}
