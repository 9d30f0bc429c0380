//! The first serial line (COM1): bytes to lines, and what a line is about.
//!
//! Firmware writes there too, with escape sequences for a terminal; Cloister writes lines that
//! begin with what they are about. [`Subject`] lists what.

use crate::milestone::Milestone;

/// Makes lines of text from what comes out of a serial line.
#[derive(Default, Debug)]
pub struct LineReader {
    state: State,
    line: Vec<u8>,
}

#[derive(Default, Debug, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Escape,
    /// Within a control sequence (ECMA-48 section 5.4).
    ControlSequence,
}

impl LineReader {
    /// Takes the next bytes; returns the lines that they complete, without empty ones.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for byte in bytes {
            match (&self.state, byte) {
                (State::Text, 0x1b) => self.state = State::Escape,
                (State::Text, b'\n') => lines.extend(self.take()),
                (State::Text, 0x20..=0x7e | 0x80..) => self.line.push(*byte),
                (State::Text, b'\t') => self.line.push(b' '),
                (State::Text, _) => {}
                (State::Escape, b'[') => self.state = State::ControlSequence,
                (State::Escape, _) => self.state = State::Text,
                (State::ControlSequence, 0x40..=0x7e) => {
                    self.state = State::Text;
                    // Positioning the cursor or erasing the screen begins another line.
                    if matches!(byte, b'H' | b'f' | b'J') {
                        lines.extend(self.take());
                    }
                }
                (State::ControlSequence, _) => {}
            }
        }
        lines
    }

    /// What has come of the line that is not complete yet.
    #[must_use]
    pub fn partial(&self) -> String {
        String::from_utf8_lossy(&self.line).trim_end().to_owned()
    }

    fn take(&mut self) -> Option<String> {
        let line = self.partial();
        self.line.clear();
        (!line.is_empty()).then_some(line)
    }
}

/// What a line is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject<'a> {
    /// The boot program at work.
    Boot(&'a str),
    /// The kernel at work.
    Kernel(&'a str),
    /// Something that the user should know, and that does not stop the appliance.
    Warning(&'a str),
    /// An audit event.
    Audit(&'a str),
    /// A milestone was reached.
    Milestone(Milestone),
    /// The appliance refuses to go on, as it should; the machine halts.
    Stop(&'a str),
    /// A defect was noticed; the machine halts.
    Panic(&'a str),
    /// The processor reported an exception; the machine halts.
    Exception(&'a str),
    /// Anything else: firmware, or further lines of the one before.
    Other(&'a str),
}

impl<'a> Subject<'a> {
    /// Tells what a line is about.
    #[must_use]
    pub fn of(line: &'a str) -> Self {
        let Some((subject, rest)) = line.split_once(": ") else { return Self::Other(line) };
        match subject {
            "boot" => Self::Boot(rest),
            "kernel" => Self::Kernel(rest),
            "warning" => Self::Warning(rest),
            "audit" => Self::Audit(rest),
            "milestone" => Milestone::from_name(rest).map_or(Self::Other(line), Self::Milestone),
            "stop" => Self::Stop(rest),
            "panic" => Self::Panic(rest),
            "exception" => Self::Exception(rest),
            _ => Self::Other(line),
        }
    }

    /// Whether the machine halts after this line.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Stop(_) | Self::Panic(_) | Self::Exception(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_firmware_are_removed() {
        let mut reader = LineReader::default();
        let noise = b"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[0m\x1b[35m\x1b[40mBdsDxe: starting\r\n";
        assert_eq!(reader.push(noise), ["BdsDxe: starting"]);
    }

    #[test]
    fn a_line_that_firmware_did_not_end_does_not_swallow_the_next() {
        let mut reader = LineReader::default();
        assert_eq!(reader.push(b"Booting\x1b[1;1Hboot: Cloister\n"), ["Booting", "boot: Cloister"]);
    }

    #[test]
    fn lines_may_come_in_pieces() {
        let mut reader = LineReader::default();
        assert!(reader.push(b"boot: mem").is_empty());
        assert_eq!(reader.partial(), "boot: mem");
        assert_eq!(reader.push("ory \u{b5}\r\n\nx".as_bytes()), ["boot: memory \u{b5}"]);
        assert_eq!(reader.partial(), "x");
    }

    #[test]
    fn the_subject_is_what_stands_before_the_first_colon() {
        assert_eq!(Subject::of("boot: a: b"), Subject::Boot("a: b"));
        assert_eq!(Subject::of("milestone: worlds-up"), Subject::Milestone(Milestone::WorldsUp));
        assert_eq!(Subject::of("stop: policy.bin missing"), Subject::Stop("policy.bin missing"));
        assert_eq!(Subject::of("milestone: tea"), Subject::Other("milestone: tea"));
        assert_eq!(Subject::of(" boot: x"), Subject::Other(" boot: x"));
        assert_eq!(Subject::of("BdsDxe"), Subject::Other("BdsDxe"));
    }
}
