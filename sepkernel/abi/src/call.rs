//! System calls: their numbers and arguments.

numbered! {
    /// Which system call. The table names arguments in register order.
    Number {
        /// `(mask)`: returns those pending events that are in the mask and clears them; if there are
        /// none, waits for one. The mask is not 0.
        Wait = 0,
        /// `(event)`: raises the event with this number of the caller's own table. The answer does
        /// not depend on the receiver.
        Signal = 1,
        /// `(length, bytes…)`: adds up to [`LOG_BYTES`] bytes, packed little-endian into the five
        /// registers after the length, to the caller's line of the log. Fewer bytes end the line.
        Log = 2,
        /// `(right, command)`: asks for a [`Command`] on the subject that this number of the caller's
        /// own table of rights names. Takes effect when that subject's next frame begins; the answer
        /// does not depend on that subject.
        Control = 3,
        /// `(status, again)`: ends the caller. The status goes into the audit record. If `again` is not
        /// 0, the caller starts anew from the measured image, whatever its restart rule says. Does not
        /// return.
        StopSelf = 4,
        /// `(item)`: the value of an [`InfoItem`].
        Info = 5,
        /// `(mask)`: a monitor lets its world run for what is left of the frame; a halted world runs
        /// on. Returns when the world needs its monitor ([`Code::GuestExit`](crate::Code::GuestExit))
        /// or an event of the mask is pending ([`Code::Done`](crate::Code::Done) and the events).
        RunGuest = 6,
        /// `(instant)`: raises [`TIMER_EVENT`] when the time stamp counter has reached the instant and
        /// the caller has the processor to itself; at the latest when its next frame begins. Replaces
        /// the caller's earlier instant; [`NO_TIMER`] takes it back.
        SetTimer = 7,
    }
}

numbered! {
    /// What may be asked of another subject.
    Command {
        /// Starts it from the measured image, if it is stopped.
        Start = 0,
        /// Stops it; its memory is left as it is.
        Stop = 1,
        /// Keeps it from running; it loses nothing but time.
        Pause = 2,
        /// Ends a pause.
        Resume = 3,
        /// Starts it again from the measured image, whatever state it is in.
        Restart = 4,
    }
}

numbered! {
    /// What [`Number::Info`] tells. Nothing here depends on another subject.
    InfoItem {
        /// The caller's subject number.
        Subject = 0,
        /// The caller's pending events, which stay pending.
        PendingEvents = 1,
        /// How often the caller has been started since boot, from 1.
        Incarnation = 2,
        /// Time stamp counter at which the subject of the present frame may run.
        FrameStart = 3,
        /// Time stamp counter at which the present frame ends.
        FrameEnd = 4,
    }
}

/// Bytes that one [`Number::Log`] carries.
pub const LOG_BYTES: usize = 40;

/// Events of a subject that senders can raise: bits 0 to 61.
pub const EVENT_BITS: u8 = 62;

/// The event by which the monitors of one world's virtual processors call each other.
pub const DOORBELL_EVENT: u64 = 1 << (EVENT_BITS - 1);

/// The event that the kernel raises at the instant that the subject has set.
pub const TIMER_EVENT: u64 = 1 << 62;

/// The instant that never comes.
pub const NO_TIMER: u64 = u64::MAX;

/// The event that the kernel raises at a subject when one of its own frames begins.
pub const FRAME_EVENT: u64 = 1 << 63;

/// The registers of a system call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(C)]
pub struct Registers {
    /// RAX: which call.
    pub number: u64,
    /// RDI, RSI, RDX, R10, R8, R9.
    pub arguments: [u64; 6],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_value() {
        for &value in Number::ALL {
            assert_eq!(Number::from_number(value as u64), Some(value));
        }
        for &value in Command::ALL {
            assert_eq!(Command::from_number(value as u64), Some(value));
        }
        for &value in InfoItem::ALL {
            assert_eq!(InfoItem::from_number(value as u64), Some(value));
        }
        assert_eq!(Number::from_number(Number::ALL.len() as u64), None);
        assert_eq!(Number::from_number(1 << 32), None, "all 64 bits count");
    }
}
