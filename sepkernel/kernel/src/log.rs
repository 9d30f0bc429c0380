//! What the kernel says, where the policy says `debug`.

use cloister_abi::LOG_BYTES;
use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash::{self, Cause, Report};
use cloister_hardware::exception;
use cloister_hardware::processor::halt;
use cloister_hardware::text::Text as _;
use cloister_model::call::LogLine;
use cloister_model::subject::SubjectId;
use cloister_tables::{MAX_SUBJECTS, Tables};

use crate::subjects::Exit;

/// The policy's name for a subject.
pub fn name(tables: &Tables, subject: SubjectId) -> &'static str {
    tables.programs.get(subject.position()).map_or("the kernel", |program| program.name)
}

/// Bytes of a subject's line that are kept until it ends; a longer one is broken.
const LINE: usize = 4 * LOG_BYTES;

/// The line that a subject has not ended yet.
#[derive(Clone, Copy)]
struct Pending {
    bytes: [u8; LINE],
    length: usize,
}

/// Each is used by the processor that owns the subject only.
static mut PENDING: [Pending; MAX_SUBJECTS] =
    [const { Pending { bytes: [0; LINE], length: 0 } }; MAX_SUBJECTS];

/// A piece of a subject's line. Its bytes may be anything, so only printable ASCII is shown.
pub fn component(tables: &Tables, subject: SubjectId, piece: &LogLine) {
    if !tables.debug || subject.position() >= MAX_SUBJECTS {
        return;
    }
    let all = (&raw mut PENDING).cast::<Pending>();
    // SAFETY: the entry exists and is this processor's alone.
    let pending = unsafe { &mut *all.wrapping_add(subject.position()) };
    let places = pending.bytes.get_mut(pending.length..).unwrap_or_default();
    for (place, byte) in places.iter_mut().zip(piece.bytes()) {
        *place = if matches!(byte, b' '..=b'~') { byte } else { b'?' };
    }
    pending.length = pending.length.saturating_add(piece.len()).min(LINE);
    if piece.len() == LOG_BYTES && pending.length < LINE {
        return;
    }
    let text = pending.bytes.get(..pending.length).unwrap_or_default();
    console::line(Topic::Component, |line| {
        line.text(name(tables, subject));
        line.text(": ");
        line.text(str::from_utf8(text).unwrap_or_default());
    });
    pending.length = 0;
}

/// Something that no subject can cause: the machine is broken. Records it and stops.
pub fn fatal(vector: u8, exit: &Exit) -> ! {
    let vector = u64::from(vector);
    crash::record(&Report {
        vector,
        error_code: exit.error_code,
        rip: exit.rip,
        ..crash::plain(Cause::Exception, exception::name(vector))
    });
    console::line(Topic::Exception, |line| {
        line.text(exception::name(vector));
        line.text(" while a component ran; the machine is stopped");
    });
    halt()
}

/// A machine check or the like while a world ran: the machine is broken. Records it and stops.
pub fn broken(tables: &Tables, subject: SubjectId) -> ! {
    crash::record(&crash::plain(Cause::Stop, "the machine failed while a world ran"));
    console::line(Topic::Stop, |line| {
        line.text("the machine failed while a world ran: ");
        line.text(name(tables, subject));
    });
    halt()
}
