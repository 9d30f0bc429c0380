//! Which worlds are up, as far as the serial line tells: a world that starts with the appliance is
//! announced before the lock, and says by itself when its users can log in.

use std::collections::BTreeMap;

/// The worlds of a run.
#[derive(Clone, Default, Debug)]
pub struct Worlds {
    /// Each announced world, and whether it is up.
    up: BTreeMap<String, bool>,
    locked: bool,
    told: bool,
}

impl Worlds {
    /// Takes a line; returns whether with it the last world came up, or there are none at the lock.
    pub fn observe(&mut self, line: &str) -> bool {
        if let Some(name) = announced(line) {
            self.up.insert(name.to_owned(), false);
        } else if let Some(state) = ready(line).and_then(|name| self.up.get_mut(name)) {
            *state = true;
        } else if line == "milestone: locked" {
            self.locked = true;
        } else {
            return false;
        }
        let all = self.locked && self.up.values().all(|up| *up);
        all && !std::mem::replace(&mut self.told, true)
    }
}

/// The world that the boot program announces.
fn announced(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix("boot: world ")?.split_once(": ")?;
    rest.ends_with("starts with the appliance").then_some(name)
}

/// The world whose guest says that it is ready.
fn ready(line: &str) -> Option<&str> {
    line.strip_prefix("component: ")?.strip_suffix(": world: ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_announced_worlds_must_say_that_they_are_ready_and_once_is_enough() {
        let mut worlds = Worlds::default();
        let mut observe = |line| worlds.observe(line);
        assert!(!observe("boot: world red: 256 MiB memory, starts with the appliance"));
        assert!(!observe("boot: world blue: 256 MiB memory, starts with the appliance"));
        assert!(!observe("boot: world later: 64 MiB memory, starts when it is asked for"));
        assert!(!observe("milestone: locked"));
        assert!(!observe("component: red: world: ready"));
        assert!(!observe("component: other: world: ready"), "it was not announced");
        assert!(observe("component: blue: world: ready"));
        assert!(!observe("component: blue: world: ready"), "it restarted");
    }

    #[test]
    fn without_worlds_they_are_up_at_the_lock() {
        let mut worlds = Worlds::default();
        assert!(!worlds.observe("boot: memory 2047 MiB"));
        assert!(worlds.observe("milestone: locked"));
    }
}
