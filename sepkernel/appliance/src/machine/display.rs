//! Whether and how the machine gets a window on the host's screen.

use std::process::{Command, Stdio};

use super::qemu::QEMU;

/// Displays of QEMU that are windows, best first.
const WINDOWS: [&str; 2] = ["gtk", "sdl"];

/// Whether this program runs where there is a screen.
#[must_use]
pub fn screen_is_there() -> bool {
    ["WAYLAND_DISPLAY", "DISPLAY"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The display of QEMU that is a window, if QEMU has one.
#[must_use]
pub fn window() -> Option<String> {
    let output =
        Command::new(QEMU).args(["-display", "help"]).stdin(Stdio::null()).output().ok()?;
    let offered = String::from_utf8_lossy(&output.stdout);
    WINDOWS
        .into_iter()
        .find(|window| offered.lines().any(|line| line.trim() == *window))
        .map(str::to_owned)
}
