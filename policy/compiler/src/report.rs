//! The policy in prose, to be read aloud among those who approve it.

mod flows;
mod subjects;

use std::fmt::Write as _;

use crate::{
    compile::Outcome,
    date::Day,
    diagnostic::Severity,
    footprint,
    reader::{show_duration, show_size},
    source::Span,
};

/// A report in the making, over what was understood of a policy.
struct Report<'a> {
    outcome: &'a Outcome,
    text: String,
}

/// The whole report. Every sentence names the line of the policy that it comes from.
pub fn report(outcome: &Outcome) -> String {
    let mut report = Report { outcome, text: String::new() };
    report.opening();
    report.levels();
    report.worlds();
    report.components();
    report.flows();
    report.guards();
    report.clipboard();
    report.devices();
    report.time();
    report.people();
    report.files();
    report.warnings();
    report.text
}

/// `one`, `one and two`, or `one, two and three`.
fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

impl Report<'_> {
    fn heading(&mut self, heading: &str) {
        let _ = write!(self.text, "\n{heading}\n\n");
    }

    fn say(&mut self, sentence: impl AsRef<str>) {
        self.text.push_str(sentence.as_ref());
        self.text.push('\n');
    }

    /// `(line 12)`
    fn line(&self, span: Span) -> String {
        format!("(line {})", self.outcome.source.position(span.start).line)
    }

    fn opening(&mut self) {
        let policy = &self.outcome.policy;
        let system = &policy.system;
        let name = system.name.as_ref().map_or("without name", |name| &name.value);
        let version = system.version.map_or(0, |version| version.value);
        self.say(format!("Policy \"{name}\", version {version}"));
        self.text.push('\n');
        let memory = policy.machine.memory.map_or(0, |memory| memory.value);
        let cpus = policy.machine.cpus.map_or(0, |cpus| cpus.value);
        let needed =
            footprint::parts(policy).iter().fold(0u64, |sum, part| sum.saturating_add(part.bytes));
        self.say(format!(
            "It is for a machine with at least {} of memory, of which it uses {}, and {cpus} processor{}.",
            show_size(memory),
            footprint::round(needed),
            if cpus == 1 { "" } else { "s" }
        ));
        self.say(if system.is_strict() {
            "Time that a subject leaves over is burnt."
        } else {
            "Time that a subject leaves over may be given along allowed flows."
        });
        if system.is_debug() {
            self.say("The kernel writes its log to the serial line, and evidence says so.");
        }
        if system.allows_unsafe_dma() {
            self.say("Devices may write all memory if the machine has no IOMMU.");
        }
    }

    fn levels(&mut self) {
        let lattice = &self.outcome.policy.lattice;
        self.heading("LEVELS, the lowest first");
        for name in &lattice.classifications {
            let marking = lattice.markings.iter().find(|it| it.name.value == name.value);
            let text = marking.and_then(|it| it.long.as_ref()).map_or("", |long| &long.value);
            let line = self.line(marking.map_or(name.span, |it| it.name.span));
            self.say(format!("{} is shown as {text} {line}.", name.value));
        }
        if !lattice.compartments.is_empty() {
            let names: Vec<&str> =
                lattice.compartments.iter().map(|name| name.value.as_str()).collect();
            self.say(format!("The compartments are {}.", listed(&names)));
        }
    }

    fn time(&mut self) {
        let policy = &self.outcome.policy;
        self.heading("TIME");
        let major = policy.schedule.major_frame.map_or(0, |major| major.value);
        self.say(format!("The processors repeat a cycle of {}.", show_duration(major)));
        for (cpu, frames) in &policy.schedule.plans {
            // A plan of many slots is a table, which nobody reads aloud.
            const MOST: usize = 12;
            let slots: Vec<String> = frames
                .iter()
                .take(MOST)
                .map(|frame| {
                    let who = frame.subject.as_ref().map_or("nobody", |subject| &subject.name);
                    let time = frame.time.map_or(0, |time| time.value);
                    format!("{who} for {}", show_duration(time))
                })
                .collect();
            let rest = frames.len().saturating_sub(MOST);
            let more = if rest > 0 { format!(", and {rest} slots more") } else { String::new() };
            let line = self.line(cpu.span);
            self.say(format!(
                "Processor {} runs {}{more} {line}.",
                cpu.value.0,
                if rest > 0 { slots.join(", ") } else { listed(&slots) }
            ));
        }
    }

    fn people(&mut self) {
        let policy = &self.outcome.policy;
        self.heading("WHO APPROVES THE NEXT POLICY");
        let officers = &policy.officers;
        let names: Vec<&str> =
            officers.keys.iter().map(|officer| officer.name.value.as_str()).collect();
        let required = officers.required.map_or(0, |required| required.value);
        let line = self.line(officers.span);
        self.say(format!("{required} of {}: {} {line}.", names.len(), listed(&names)));
        if let Some(author) = &officers.author {
            self.say(format!(
                "{} wrote this policy, so somebody else must approve it.",
                author.value
            ));
        }
        if let Some(attestation) = &policy.attestation {
            let who = attestation.component.as_ref().map_or("", |component| &component.name);
            let place = attestation.network.as_ref().map_or_else(
                || "on the trusted screen".to_owned(),
                |network| format!("on network {}", network.name),
            );
            let line = self.line(attestation.span);
            self.say(format!("{who} proves to an auditor what was booted, {place} {line}."));
        }
    }

    fn files(&mut self) {
        self.heading("FILES");
        let mut files: Vec<_> = crate::checks::images::files(&self.outcome.policy).collect();
        files.sort_by_key(|file| &file.file.value);
        files.dedup_by_key(|file| &file.file.value);
        for file in files {
            let digest = file.found.map(|it| it.sha256).or(file.sha256.map(|it| it.value));
            let digest = digest.map_or_else(|| "not looked at".to_owned(), hex::encode);
            self.say(format!("{}: {digest}", file.file.value));
        }
    }

    fn warnings(&mut self) {
        let warnings: Vec<_> =
            self.outcome.diagnostics.iter().filter(|it| it.severity == Severity::Warning).collect();
        if warnings.is_empty() {
            return;
        }
        self.heading("WHAT TO KNOW BEFORE SIGNING");
        for warning in warnings {
            let line = self.line(warning.span);
            self.say(format!("{}: {} {line}.", warning.check.id, warning.message));
        }
    }
}

/// A day in words that can be read aloud.
fn until(day: u32) -> String {
    format!("until {}", Day(day).iso())
}
