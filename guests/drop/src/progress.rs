//! Says how far a file is: a line each time that another tenth of it is there.

use std::io::Write;

/// How far one file was when that was last said.
#[derive(Debug)]
pub struct Progress<W> {
    to: W,
    name: String,
    tenths: u64,
}

impl<W: Write> Progress<W> {
    /// Says it to `to`.
    pub const fn new(to: W) -> Self {
        Self { to, name: String::new(), tenths: 0 }
    }

    /// So many bytes of a file are there.
    pub fn at(&mut self, name: &str, done: u64, size: u64) {
        let tenths = done.saturating_mul(10).checked_div(size).unwrap_or(10);
        if self.name != name {
            name.clone_into(&mut self.name);
            self.tenths = tenths;
        } else if tenths > self.tenths {
            self.tenths = tenths;
            self.say(format_args!("{name}: {}0 % of {size} bytes", tenths));
        } else if tenths < self.tenths {
            self.tenths = tenths;
        }
    }

    /// Says something else. Where nobody can hear it, that is no reason to stop.
    pub fn say(&mut self, what: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.to, "{what}");
        let _ = self.to.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_is_said_once_and_a_new_round_begins_anew() {
        let mut said = Vec::new();
        let mut progress = Progress::new(&mut said);
        for done in (0..=100).chain(0..=20) {
            progress.at("a", done, 100);
        }
        let said = String::from_utf8(said).unwrap();
        assert_eq!(said.lines().count(), 12, "{said}");
        assert!(said.starts_with("a: 10 % of 100 bytes\n"));
    }
}
