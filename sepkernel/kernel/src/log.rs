//! What the kernel says, where the policy says `debug`.

use cloister_hardware::console::{self, Topic};
use cloister_hardware::crash::{self, Cause, Report};
use cloister_hardware::exception;
use cloister_hardware::processor::halt;
use cloister_hardware::text::Text as _;
use cloister_model::call::LogLine;
use cloister_model::subject::SubjectId;
use cloister_tables::Tables;

use crate::subjects::Exit;

/// The policy's name for a subject.
pub fn name(tables: &Tables, subject: SubjectId) -> &'static str {
    tables.programs.get(subject.position()).map_or("the kernel", |program| program.name)
}

/// A component's line. Its bytes may be anything, so only printable ASCII is shown.
pub fn component(tables: &Tables, subject: SubjectId, text: &LogLine) {
    if !tables.debug {
        return;
    }
    console::with(|console| {
        console.line(Topic::Component, |line| {
            line.text(name(tables, subject));
            line.text(": ");
            for byte in text.bytes() {
                let printable = [if matches!(byte, b' '..=b'~') { byte } else { b'?' }];
                line.text(str::from_utf8(&printable).unwrap_or_default());
            }
        });
    });
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
    console::with(|console| {
        console.line(Topic::Exception, |line| {
            line.text(exception::name(vector));
            line.text(" while a component ran; the machine is stopped");
        });
    });
    halt()
}

/// A machine check or the like while a world ran: the machine is broken. Records it and stops.
pub fn broken(tables: &Tables, subject: SubjectId) -> ! {
    crash::record(&crash::plain(Cause::Stop, "the machine failed while a world ran"));
    console::with(|console| {
        console.line(Topic::Stop, |line| {
            line.text("the machine failed while a world ran: ");
            line.text(name(tables, subject));
        });
    });
    halt()
}
