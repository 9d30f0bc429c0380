//! The crash record: a page of memory at a fixed address that a warm reset leaves alone, so that
//! the next boot can say how the last one ended.
//!
//! The boot program finds it, reports what it says and begins a new record; whoever stops the
//! machine later completes it. A page whose checksum is wrong holds no record: after power-on, or
//! where the firmware used the memory.

pub mod tail;

use core::sync::atomic::{AtomicU64, Ordering};

use crate::text::{Buffer, Text as _};

/// Physical address of the page: in memory that QEMU's firmwares and GRUB leave alone.
pub const PHYSICAL_ADDRESS: u64 = 0x03ff_f000;

const MAGIC: u64 = u64::from_le_bytes(*b"CLCRASH1");

/// Bytes of the message.
pub const MESSAGE: usize = 256;

/// How a boot ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Cause {
    /// It did not end by itself: the machine was reset while it ran.
    Running = 1,
    /// The appliance refused to go on.
    Stop = 2,
    /// A defect was found in our own code.
    Panic = 3,
    /// The processor reported an exception in our own code.
    Exception = 4,
}

/// What is known of an end.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// How.
    pub cause: Cause,
    /// Vector of the exception, else 0.
    pub vector: u64,
    /// Its error code, else 0.
    pub error_code: u64,
    /// Instruction pointer, else 0.
    pub rip: u64,
    /// Stack pointer, else 0.
    pub rsp: u64,
    /// CR2, else 0.
    pub fault_address: u64,
    /// In words; cut off at [`MESSAGE`] bytes.
    pub message: &'a str,
}

/// The page's content: all words, so that it has no padding and any content of memory is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Record {
    magic: u64,
    /// Number of this boot since power-on, from 1.
    pub boot: u64,
    cause: u64,
    /// As in [`Report`].
    pub vector: u64,
    /// As in [`Report`].
    pub error_code: u64,
    /// As in [`Report`].
    pub rip: u64,
    /// As in [`Report`].
    pub rsp: u64,
    /// As in [`Report`].
    pub fault_address: u64,
    message: [u8; MESSAGE],
    checksum: u64,
}

impl Record {
    /// A record of boot number `boot`.
    #[must_use]
    pub fn new(boot: u64, report: &Report<'_>) -> Self {
        let mut message = Buffer::<MESSAGE>::new();
        message.text(report.message);
        let mut record = Self {
            magic: MAGIC,
            boot,
            cause: report.cause as u64,
            vector: report.vector,
            error_code: report.error_code,
            rip: report.rip,
            rsp: report.rsp,
            fault_address: report.fault_address,
            message: *message.bytes(),
            checksum: 0,
        };
        record.checksum = record.expected_checksum();
        record
    }

    /// Whether this is a record and not what memory happened to hold.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.magic == MAGIC && self.checksum == self.expected_checksum() && self.cause().is_some()
    }

    /// How the boot ended.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        [Cause::Running, Cause::Stop, Cause::Panic, Cause::Exception]
            .into_iter()
            .find(|cause| *cause as u64 == self.cause)
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        let text = self.message.split(|byte| *byte == 0).next().unwrap_or_default();
        str::from_utf8(text).unwrap_or_default()
    }

    /// FNV-1a over all fields but the checksum: it detects memory that was used for something
    /// else, which is all that is asked of it.
    fn expected_checksum(&self) -> u64 {
        const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let words = [
            self.magic,
            self.boot,
            self.cause,
            self.vector,
            self.error_code,
            self.rip,
            self.rsp,
            self.fault_address,
        ];
        let bytes = words.into_iter().flat_map(u64::to_le_bytes).chain(self.message);
        bytes.fold(OFFSET_BASIS, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(PRIME))
    }
}

/// Address at which this program sees the page, or 0 while there is none. Written once, when the
/// program starts.
static PAGE: AtomicU64 = AtomicU64::new(0);

/// Uses the page at `address` from now on.
///
/// # Safety
/// The page must be mapped for reading and writing at `address` from now on, and nothing else may
/// use it.
pub unsafe fn attach(address: u64) {
    PAGE.store(address, Ordering::Relaxed);
}

/// What the page holds, if it is a record.
#[must_use]
pub fn read() -> Option<Record> {
    let page = PAGE.load(Ordering::Relaxed) as *const Record;
    if page.is_null() {
        return None;
    }
    // SAFETY: `attach` was promised that the page is mapped and ours; any content is a `Record`.
    Some(unsafe { page.read_volatile() }).filter(Record::is_valid)
}

/// Begins the record of a boot. Returns its number and the previous boot's record.
pub fn begin() -> (u64, Option<Record>) {
    let previous = read();
    let boot = previous.map_or(0, |record| record.boot).wrapping_add(1);
    write(&Record::new(boot, &Report { cause: Cause::Running, ..NOTHING }));
    (boot, previous)
}

/// Completes the record of this boot.
pub fn record(report: &Report<'_>) {
    let boot = read().map_or(0, |record| record.boot);
    write(&Record::new(boot, report));
}

/// A report that says nothing but its cause and a message.
#[must_use]
pub const fn plain(cause: Cause, message: &str) -> Report<'_> {
    Report { cause, message, ..NOTHING }
}

const NOTHING: Report<'static> = Report {
    cause: Cause::Running,
    vector: 0,
    error_code: 0,
    rip: 0,
    rsp: 0,
    fault_address: 0,
    message: "",
};

fn write(record: &Record) {
    let page = PAGE.load(Ordering::Relaxed) as *mut Record;
    if !page.is_null() {
        // SAFETY: `attach` was promised that the page is mapped and ours.
        unsafe { page.write_volatile(*record) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record::new(3, &Report { vector: 14, ..plain(Cause::Exception, "page fault") })
    }

    #[test]
    fn a_record_says_what_was_reported() {
        let record = record();
        assert!(record.is_valid());
        assert_eq!((record.boot, record.vector, record.cause()), (3, 14, Some(Cause::Exception)));
        assert_eq!(record.message(), "page fault");
    }

    #[test]
    fn a_record_with_any_word_changed_is_none() {
        let words = size_of::<Record>() / 8;
        for word in 0..words {
            let mut changed = record();
            // SAFETY: `Record` is made of words and has no padding.
            unsafe { *(&raw mut changed).cast::<u64>().add(word) ^= 1 << (word % 64) };
            assert!(!changed.is_valid(), "word {word}");
        }
    }

    #[test]
    fn a_long_message_is_cut_off() {
        let long = std::string::String::from_utf8(std::vec![b'x'; 1_000]).unwrap();
        assert_eq!(Record::new(1, &plain(Cause::Panic, &long)).message().len(), MESSAGE);
    }
}
