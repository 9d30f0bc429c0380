//! A user at the trusted GUI: types on the machine's keyboard and moves its mouse.

use std::{thread::sleep, time::Duration};

use cloister::machine::Machine;
use serde_json::{Value, json};

/// How often the keyboard controller is looked at until all has been taken from it.
const LOOKS: usize = 2000;

/// Between two keys. Nobody types faster, and a world that redraws its console for each of them takes so long.
const PACE_MILLISECONDS: u64 = 40;

/// Status port of the keyboard controller, and the bit that says that something waits to be taken.
const STATUS: &str = "i /b 0x64";
const WAITING: u8 = 1;

/// Presses keys together, by QEMU's names for them, and lets them go.
///
/// # Panics
/// If there is no keyboard, or nobody takes what it says.
pub fn press(machine: &mut Machine, keys: &[&str]) {
    let down = keys.iter().map(|key| key_event(key, true));
    let up = keys.iter().rev().map(|key| key_event(key, false));
    send(machine, down.chain(up).collect());
    taken(machine);
    sleep(Duration::from_millis(PACE_MILLISECONDS));
}

fn key_event(name: &str, down: bool) -> Value {
    json!({ "type": "key", "data": { "down": down, "key": { "type": "qcode", "data": name } } })
}

/// Makes things happen to keyboard and mouse.
fn send(machine: &mut Machine, events: Vec<Value>) {
    let qmp = machine.qmp().expect("a control socket");
    qmp.execute("input-send-event", json!({ "events": events })).expect("keyboard and mouse");
}

/// Waits until the trusted GUI has taken all that keyboard and mouse said. They keep few bytes, so that
/// more would be lost on a slow machine.
fn taken(machine: &mut Machine) {
    for _ in 0..LOOKS {
        let printed = machine.qmp().expect("a control socket").human(STATUS);
        // A machine that this switched off is gone.
        let Ok(printed) = printed else { return };
        let status = printed.rsplit_once("0x").expect("a number").1.trim();
        if u8::from_str_radix(status, 16).expect("a number") & WAITING == 0 {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("nobody takes what the user does");
}

/// Presses keys one after another, again and again, without waiting: more than the keyboard keeps, so that
/// some are lost. In the end there is room for the next one.
///
/// # Panics
/// If there is no keyboard, or nobody takes what it says.
pub fn flood(machine: &mut Machine, keys: &[&str], times: usize) {
    for _ in 0..times {
        let strokes = keys.iter().flat_map(|key| [key_event(key, true), key_event(key, false)]);
        send(machine, strokes.collect());
    }
    taken(machine);
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
        '?' => (true, "slash"),
        '_' => (true, "minus"),
        '"' => (true, "apostrophe"),
        _ => panic!("no key for {character:?}"),
    };
    (shift, name.to_owned())
}

/// Moves the mouse by so many steps to the right and down.
///
/// # Panics
/// If there is no mouse, or nobody takes what it says.
pub fn move_mouse(machine: &mut Machine, right: i32, down: i32) {
    let axis =
        |name: &str, value: i32| json!({ "type": "rel", "data": { "axis": name, "value": value } });
    send(machine, vec![axis("x", right), axis("y", down)]);
    taken(machine);
}

/// Presses the left mouse button, or lets it go.
///
/// # Panics
/// As [`move_mouse`].
pub fn button(machine: &mut Machine, down: bool) {
    send(machine, vec![json!({ "type": "btn", "data": { "button": "left", "down": down } })]);
    taken(machine);
}

/// Presses the left mouse button and lets it go.
///
/// # Panics
/// As [`move_mouse`].
pub fn click(machine: &mut Machine) {
    button(machine, true);
    button(machine, false);
}
