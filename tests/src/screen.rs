//! What is on a machine's screen.

use cloister::machine::Machine;
use serde_json::json;

/// Number of different colours on the screen.
///
/// # Panics
/// If there is no screen.
#[must_use]
pub fn colors(machine: &mut Machine) -> usize {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("screen.ppm");
    let qmp = machine.qmp().expect("a control socket");
    qmp.execute("screendump", json!({ "filename": path })).expect("a picture");
    let bytes = std::fs::read(path).expect("a picture");
    // Portable pixmap: three lines of head (P6, width and height, 255), then three bytes a pixel.
    let head = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2);
    let pixels = &bytes[head.expect("a portable pixmap").0 + 1..];
    let mut colors: Vec<&[u8]> = pixels.chunks_exact(3).collect();
    colors.sort_unstable();
    colors.dedup();
    colors.len()
}
