//! One audit record: eight words, a cache line.

use cloister_abi::AUDIT_RECORD_WORDS;

use crate::subject::SubjectId;

cloister_abi::numbered! {
    /// What happened. The numbers are for ever: old records stay readable.
    Kind {
        /// The kernel took over; the argument is the boot program's verdict.
        Boot = 1,
        /// Configuration can no longer change.
        Lock = 2,
        /// The subject starts from its measured image; the argument is the incarnation.
        Started = 3,
        /// The subject is stopped; the argument is the reason.
        Stopped = 4,
        /// The subject is paused.
        Paused = 5,
        /// The subject is resumed.
        Resumed = 6,
        /// The subject's memory is being brought back to the measured image.
        Restoring = 7,
        /// The subject did what it must not: vector, error code, instruction and fault address.
        Fault = 8,
        /// The subject's world cannot go on; the argument is the exit code.
        GuestStopped = 9,
        /// The subject called for what it may not do: the call's number and first arguments.
        Refused = 10,
        /// The subject ended by itself; the argument is its status.
        Ended = 11,
        /// The kernel entered a frame late, by the argument's ticks.
        FrameLate = 12,
        /// The kernel missed as many frames as the argument says.
        FrameMissed = 13,
        /// The processors did not meet in time at a frame's end.
        BarrierBroken = 14,
        /// An IOMMU refused what a device of the subject wanted: the device address, the device's
        /// number, the unit's reason.
        DeviceRefused = 15,
    }
}

impl Kind {
    /// What happened, before the subject's name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Boot => "booted",
            Self::Lock => "locked",
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Restoring => "restoring",
            Self::Fault => "fault of",
            Self::GuestStopped => "world stopped",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::FrameLate => "frame late",
            Self::FrameMissed => "frames missed",
            Self::BarrierBroken => "barrier broken",
            Self::DeviceRefused => "refused a device of",
        }
    }
}

/// A record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Number since boot on this processor, from 0.
    pub sequence: u64,
    /// Number of the boot.
    pub boot: u64,
    /// Time stamp counter.
    pub time: u64,
    /// Number of a [`Kind`].
    pub kind: u16,
    /// Whom it is about; [`SubjectId::KERNEL`] for the kernel itself.
    pub subject: SubjectId,
    /// The processor that wrote it.
    pub processor: u16,
    /// As the kind says.
    pub arguments: [u64; 4],
}

impl Record {
    /// The record as words.
    #[must_use]
    pub fn to_words(&self) -> [u64; AUDIT_RECORD_WORDS] {
        let about = u64::from(self.kind)
            | u64::from(self.subject.0) << 16
            | u64::from(self.processor) << 32;
        let [first, second, third, fourth] = self.arguments;
        [self.sequence, self.boot, self.time, about, first, second, third, fourth]
    }

    /// The record of these words.
    #[must_use]
    pub fn from_words(words: [u64; AUDIT_RECORD_WORDS]) -> Self {
        let [sequence, boot, time, about, arguments @ ..] = words;
        let [kind_low, kind_high, subject_low, subject_high, cpu_low, cpu_high, ..] =
            about.to_le_bytes();
        Self {
            sequence,
            boot,
            time,
            kind: u16::from_le_bytes([kind_low, kind_high]),
            subject: SubjectId(u16::from_le_bytes([subject_low, subject_high])),
            processor: u16::from_le_bytes([cpu_low, cpu_high]),
            arguments,
        }
    }
}
