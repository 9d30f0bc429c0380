//! A user at the trusted GUI: types on the machine's keyboard, moves its mouse, looks at its screen.

use std::{collections::BTreeSet, path::Path, thread::sleep, time::Duration};

use cloister::machine::Machine;
use serde_json::{Value, json};

/// How long each key is held. A PS/2 keyboard keeps 16 bytes, so nobody may type much faster than the
/// slowest machine takes them.
const HOLD_MILLISECONDS: u64 = 30;

/// Presses keys together, by QEMU's names for them, and lets them go.
///
/// # Panics
/// If there is no keyboard.
pub fn press(machine: &mut Machine, keys: &[&str]) {
    let keys: Vec<Value> = keys.iter().map(|key| json!({ "type": "qcode", "data": key })).collect();
    let arguments = json!({ "keys": keys, "hold-time": HOLD_MILLISECONDS });
    machine.qmp().expect("a control socket").execute("send-key", arguments).expect("a keyboard");
    sleep(Duration::from_millis(2 * HOLD_MILLISECONDS));
}

/// Types a line on a keyboard with the US layout.
///
/// # Panics
/// If there is no keyboard, or the text has a character that this function does not know.
pub fn type_line(machine: &mut Machine, text: &str) {
    for character in text.chars() {
        let (shift, key) = key(character);
        if shift { press(machine, &["shift", &key]) } else { press(machine, &[&key]) }
    }
    press(machine, &["ret"]);
}

/// QEMU's name of the key for a character, and whether shift is held.
fn key(character: char) -> (bool, String) {
    let shifted = "!@#$%^&*()".find(character);
    let (shift, name) = match character {
        'a'..='z' | '0'..='9' => return (false, character.to_string()),
        'A'..='Z' => return (true, character.to_ascii_lowercase().to_string()),
        _ if shifted.is_some() => {
            let digit = (shifted.unwrap_or_default() + 1) % 10;
            return (true, digit.to_string());
        }
        ' ' => (false, "spc"),
        '-' => (false, "minus"),
        '=' => (false, "equal"),
        '+' => (true, "equal"),
        '/' => (false, "slash"),
        '.' => (false, "dot"),
        ',' => (false, "comma"),
        ';' => (false, "semicolon"),
        ':' => (true, "semicolon"),
        '\'' => (false, "apostrophe"),
        '\\' => (false, "backslash"),
        '|' => (true, "backslash"),
        '<' => (true, "comma"),
        '>' => (true, "dot"),
        _ => panic!("no key for {character:?}"),
    };
    (shift, name.to_owned())
}

/// Moves the mouse by so many steps to the right and down.
///
/// # Panics
/// If there is no mouse.
pub fn move_mouse(machine: &mut Machine, right: i32, down: i32) {
    let axis =
        |name: &str, value: i32| json!({ "type": "rel", "data": { "axis": name, "value": value } });
    let events = json!({ "events": [axis("x", right), axis("y", down)] });
    machine.qmp().expect("a control socket").execute("input-send-event", events).expect("a mouse");
}

/// Presses the left mouse button and lets it go.
///
/// # Panics
/// If there is no mouse.
pub fn click(machine: &mut Machine) {
    for down in [true, false] {
        let button = json!({ "type": "btn", "data": { "button": "left", "down": down } });
        let events = json!({ "events": [button] });
        let qmp = machine.qmp().expect("a control socket");
        qmp.execute("input-send-event", events).expect("a mouse");
        sleep(Duration::from_millis(2 * HOLD_MILLISECONDS));
    }
}

/// What is on the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// All pixels, row by row, as `0x00RRGGBB`.
    pub pixels: Vec<u32>,
}

impl Picture {
    /// Takes a picture of the screen.
    ///
    /// # Panics
    /// If there is no screen.
    #[must_use]
    pub fn take(machine: &mut Machine) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("screen.ppm");
        let qmp = machine.qmp().expect("a control socket");
        qmp.execute("screendump", json!({ "filename": path })).expect("a picture");
        Self::read(&path)
    }

    /// Reads a portable pixmap: three lines of head (P6, width and height, 255), then three bytes a pixel.
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("a picture");
        let head = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2);
        let (head, pixels) = bytes.split_at(head.expect("a portable pixmap").0 + 1);
        let head = String::from_utf8_lossy(head);
        let mut sides = head.split_whitespace().skip(1).map(|side| side.parse().expect("a side"));
        let (width, height) = (sides.next().expect("a width"), sides.next().expect("a height"));
        let pixels =
            pixels.chunks_exact(3).map(|rgb| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]]));
        Self { width, height, pixels: pixels.collect() }
    }

    /// Number of different colours.
    #[must_use]
    pub fn colors(&self) -> usize {
        self.pixels.iter().collect::<BTreeSet<_>>().len()
    }

    /// Some rows.
    #[must_use]
    pub fn rows(&self, rows: std::ops::Range<usize>) -> &[u32] {
        &self.pixels[rows.start * self.width..rows.end * self.width]
    }
}
