//! A machine's physical memory, read from outside.

use cloister::machine::Machine;
use serde_json::json;

/// Reads `size` bytes at a physical address.
///
/// # Panics
/// If there is no such memory.
#[must_use]
pub fn read(machine: &mut Machine, address: u64, size: usize) -> Vec<u8> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("memory");
    let arguments = json!({ "val": address, "size": size, "filename": path });
    let qmp = machine.qmp().expect("a control socket");
    qmp.execute("pmemsave", arguments).expect("memory at this address");
    std::fs::read(path).expect("the memory's content")
}
