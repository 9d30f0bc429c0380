//! What is asked of the attester, and how its answer is written into the log.

use cloister_runtime::log;

/// A challenge (`docs/evidence.md`): header, then an array with a nonce of 32 bytes, each 0x5a.
pub const CHALLENGE: [u8; 47] = {
    let mut message = [0x5a; 47];
    let head = *b"CLAT\x01\x01\0\0\0\0\0\x23\x81\x58\x20";
    let mut index = 0;
    while index < head.len() {
        message[index] = head[index];
        index += 1;
    }
    message
};

/// Asks who the machine is: header, then an empty array.
pub const IDENTITY: [u8; 13] = *b"CLAT\x01\x02\0\0\0\0\0\x01\x80";

/// Bytes on a line of the log.
const LINE: usize = 64;

/// Writes an answer into the log.
pub fn log_answer(answer: &[u8]) {
    for line in answer.chunks(LINE) {
        log!("answer {}", Hex(line));
    }
    log!("answer of {} bytes is whole", answer.len());
}

/// Bytes in hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, text: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
    }
}
