//! Writes ACPI machine language: as much of it as describes fixed devices (ACPI 6.5, chapter 20).

mod resource;
#[cfg(test)]
mod tests;

pub(super) use resource::Resources;

/// Machine language in a buffer of fixed size. What no longer fits is left out, and remembered.
pub(super) struct Aml<'a> {
    bytes: &'a mut [u8],
    length: usize,
    overflowed: bool,
}

/// The buffer was too small.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overflow;

const NAME: u8 = 0x08;
const BYTE: u8 = 0x0a;
const WORD: u8 = 0x0b;
const DOUBLE_WORD: u8 = 0x0c;
const STRING: u8 = 0x0d;
const QUAD_WORD: u8 = 0x0e;
const SCOPE: u8 = 0x10;
const BUFFER: u8 = 0x11;
const PACKAGE: u8 = 0x12;
const EXTENDED: u8 = 0x5b;
const DEVICE: u8 = 0x82;
/// The root of the name space, before a name.
const ROOT: u8 = b'\\';

impl<'a> Aml<'a> {
    pub(super) const fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, length: 0, overflowed: false }
    }

    /// How many bytes were written.
    pub(super) const fn finish(self) -> Result<usize, Overflow> {
        if self.overflowed { Err(Overflow) } else { Ok(self.length) }
    }

    /// Bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        match self.bytes.get_mut(self.length..end) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.length = end;
            }
            None => self.overflowed = true,
        }
    }

    /// `Scope (\name) { ... }`.
    pub(super) fn scope(&mut self, name: &[u8; 4], body: impl FnOnce(&mut Self)) {
        self.raw(&[SCOPE]);
        self.sized(|aml| {
            aml.raw(&[ROOT]);
            aml.raw(name);
            body(aml);
        });
    }

    /// `Device (name) { ... }`.
    pub(super) fn device(&mut self, name: &[u8; 4], body: impl FnOnce(&mut Self)) {
        self.raw(&[EXTENDED, DEVICE]);
        self.sized(|aml| {
            aml.raw(name);
            body(aml);
        });
    }

    /// `Name (name, value)`, where `value` writes one object.
    pub(super) fn name(&mut self, name: &[u8; 4], value: impl FnOnce(&mut Self)) {
        self.raw(&[NAME]);
        self.raw(name);
        value(self);
    }

    /// `Name (name, value)` of a number.
    pub(super) fn number(&mut self, name: &[u8; 4], value: u64) {
        self.name(name, |aml| aml.integer(value));
    }

    /// `Name (name, EisaId (...))`.
    pub(super) fn identifier(&mut self, name: &[u8; 4], identifier: &[u8; 7]) {
        self.name(name, |aml| {
            aml.raw(&[DOUBLE_WORD]);
            aml.raw(&eisa_identifier(identifier));
        });
    }

    /// An integer, in its shortest form.
    pub(super) fn integer(&mut self, value: u64) {
        let bytes = value.to_le_bytes();
        let (opcode, length) = match value {
            // `Zero` and `One` are operations of their own.
            0 | 1 => return self.raw(&[value as u8]),
            2..=0xff => (BYTE, 1),
            0x100..=0xffff => (WORD, 2),
            0x1_0000..=0xffff_ffff => (DOUBLE_WORD, 4),
            _ => (QUAD_WORD, 8),
        };
        self.raw(&[opcode]);
        self.raw(bytes.get(..length).unwrap_or(&bytes));
    }

    /// A string of ASCII characters.
    pub(super) fn string(&mut self, text: &[u8]) {
        self.raw(&[STRING]);
        self.raw(text);
        self.raw(&[0]);
    }

    /// `Package () { ... }` of so many elements.
    pub(super) fn package(&mut self, elements: u8, body: impl FnOnce(&mut Self)) {
        self.raw(&[PACKAGE]);
        self.sized(|aml| {
            aml.raw(&[elements]);
            body(aml);
        });
    }

    /// `Buffer () { ... }`, as resources are kept in.
    fn buffer(&mut self, content: &[u8]) {
        self.raw(&[BUFFER]);
        self.sized(|aml| {
            aml.integer(content.len() as u64);
            aml.raw(content);
        });
    }

    /// What a body writes, after its length (section 20.2.4). The length counts itself, so that it is
    /// put in when the body is there.
    fn sized(&mut self, body: impl FnOnce(&mut Self)) {
        let start = self.length;
        body(self);
        let (prefix, count) = package_length(self.length - start);
        let end = self.length.saturating_add(count);
        if self.overflowed || end > self.bytes.len() {
            self.overflowed = true;
            return;
        }
        self.bytes.copy_within(start..self.length, start + count);
        self.length = start;
        self.raw(prefix.get(..count).unwrap_or(&prefix));
        self.length = end;
    }
}

/// The encoding of a length that counts itself, and how many bytes it has. Bodies are shorter than
/// 1 MiB.
const fn package_length(body: usize) -> ([u8; 3], usize) {
    if body + 1 < 1 << 6 {
        ([(body + 1) as u8, 0, 0], 1)
    } else if body + 2 < 1 << 12 {
        let length = body + 2;
        ([1 << 6 | (length & 15) as u8, (length >> 4) as u8, 0], 2)
    } else {
        let length = body + 3;
        ([2 << 6 | (length & 15) as u8, (length >> 4) as u8, (length >> 12) as u8], 3)
    }
}

/// Three letters and four hexadecimal digits, packed (section 19.6.37).
const fn eisa_identifier(text: &[u8; 7]) -> [u8; 4] {
    const fn letter(byte: u8) -> u16 {
        (byte & 0x1f) as u16
    }
    const fn digit(byte: u8) -> u8 {
        if byte >= b'A' { byte - b'A' + 10 } else { byte & 15 }
    }
    let letters = letter(text[0]) << 10 | letter(text[1]) << 5 | letter(text[2]);
    let [high, low] = letters.to_be_bytes();
    [high, low, digit(text[3]) << 4 | digit(text[4]), digit(text[5]) << 4 | digit(text[6])]
}
