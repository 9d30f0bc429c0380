//! A machine under test.

use std::{path::Path, thread::sleep, time::Duration};

use cloister::{
    machine::{
        BootMedia, Machine, Options,
        options::{Firmware, Iommu},
        serial::Subject,
    },
    milestone::Milestone,
    outcome::Outcome,
    watch::{Interruption, Line, Watch},
};

use crate::{appliance, slot::Slot};

/// How long a machine may take for what a test waits for: ten times what it takes on a quiet
/// machine with two processors.
const PATIENCE: Duration = Duration::from_secs(180);
/// Lines of a failed machine that are shown.
const LAST_LINES: usize = 40;
/// How often it is seen where a failed machine's processors are.
const LOOKS_AT_PROCESSORS: usize = 10;

/// What most tests boot with: the quickest way to start, and no more devices than needed.
#[must_use]
pub fn quickest(processors: u16) -> Options {
    Options { firmware: Firmware::Pvh, tpm: false, memory: 1024, processors, ..Options::default() }
}

/// A machine under test. Ends with the test.
#[derive(Debug)]
pub struct Running {
    // In the order in which they are dropped: the machine first.
    watch: Watch,
    _slot: Slot,
}

impl Running {
    /// Starts a machine with two processors and the policy that most tests boot with.
    #[must_use]
    pub fn start(firmware: Firmware) -> Self {
        let options = Options { firmware, ..quickest(2) };
        Self::start_with(&options, &appliance::media(firmware, None))
    }

    /// Starts a machine with the policy whose text is `policy`; `name` tells it from those of other
    /// tests.
    #[must_use]
    pub fn of_policy(name: &str, policy: &str, processors: u16) -> Self {
        Self::start_with(&quickest(processors), &appliance::media_of(name, policy, Firmware::Pvh))
    }

    /// The same behind Intel's IOMMU, where the others are behind AMD's.
    #[must_use]
    pub fn behind_intel_s_iommu(name: &str, policy: &str, processors: u16) -> Self {
        let options = Options { iommu: Iommu::Intel, ..quickest(processors) };
        Self::start_with(&options, &appliance::media_of(name, policy, Firmware::Pvh))
    }

    /// The same with a clock that counts instructions, so that every run is the same.
    #[must_use]
    pub fn deterministic(name: &str, policy: &str, processors: u16) -> Self {
        let options = Options { deterministic: true, ..quickest(processors) };
        Self::start_with(&options, &appliance::media_of(name, policy, Firmware::Pvh))
    }

    /// Starts a machine.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_with(options: &Options, media: &BootMedia) -> Self {
        let slot = Slot::take();
        let machine = Machine::start(options, media).expect("the machine starts");
        Self { watch: Watch::new(machine), _slot: slot }
    }

    /// Starts a machine in Bochs.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_in_bochs(image: &Path) -> Self {
        let slot = Slot::take();
        let machine = Machine::start_in_bochs(image).expect("the machine starts");
        Self { watch: Watch::new(machine), _slot: slot }
    }

    /// Waits for a milestone.
    ///
    /// # Panics
    /// If the machine does anything else, with its last lines.
    pub fn reach(&mut self, milestone: Milestone) {
        let outcome = self.outcome(Some(milestone));
        assert!(outcome == Outcome::Reached(milestone), "{}", self.failure(&outcome.to_string()));
    }

    /// Waits until the machine halts, with all that it says then.
    ///
    /// # Panics
    /// If waiting itself fails.
    pub fn outcome(&mut self, goal: Option<Milestone>) -> Outcome {
        self.watch.until_milestone(goal, Some(PATIENCE), |_| {}).expect("the machine is watched")
    }

    /// Waits for a line.
    ///
    /// # Panics
    /// If the machine ends before, or it takes too long, with its last lines.
    pub fn line(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let find = |line: &Line| wanted(&line.text).then(|| line.text.clone());
        match self.watch.until(Some(PATIENCE), find).expect("the machine is watched") {
            Ok(line) => line,
            Err(Interruption::TimedOut) => panic!("{}", self.failure(&format!("no {what}"))),
            Err(other) => panic!("{}", self.failure(&format!("no {what}, but {other:?}"))),
        }
    }

    /// The lines so far that are Cloister's, from the first one on.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        let firmware = |line: &&Line| matches!(Subject::of(&line.text), Subject::Other(_));
        let texts = self.watch.lines.iter().skip_while(firmware);
        texts.map(|line| line.text.clone()).collect()
    }

    /// What a subject says until `last` is all that it says in a line.
    ///
    /// # Panics
    /// As [`Self::line`].
    pub fn said_until(&mut self, subject: &str, last: &str) -> Vec<String> {
        let prefix = format!("component: {subject}: ");
        self.line(last, |line| line.strip_prefix(&prefix) == Some(last));
        let mut log = self.log();
        log.retain(|line| line.starts_with(&prefix));
        log
    }

    /// The machine, to look into it.
    #[must_use]
    pub fn machine(&mut self) -> &mut Machine {
        &mut self.watch.machine
    }

    /// What did not happen, with all that may tell why.
    #[must_use]
    pub fn failure(&mut self, what: &str) -> String {
        let lines = self.watch.last_lines(LAST_LINES).join("\n    ");
        let said = self.watch.machine.complaints().join("\n    ");
        let at = self.places().join("\n    ");
        format!(
            "{what}\n  the serial line's last lines:\n    {lines}\n  the emulator:\n    {said}\n  its \
             processors, now and then:\n    {at}"
        )
    }

    /// Where the processors are, and whether they halt, several times: a hang shows itself.
    fn places(&mut self) -> Vec<String> {
        let mut places = Vec::new();
        for _ in 0..LOOKS_AT_PROCESSORS {
            let registers = self.machine().qmp().and_then(|qmp| qmp.human("info registers -a"));
            let registers = registers.unwrap_or_else(|error| format!("RIP unknown: {error:#}"));
            let at = registers.lines().filter(|line| line.starts_with("RIP"));
            places.push(at.map(str::trim).collect::<Vec<_>>().join("  "));
            sleep(Duration::from_millis(50));
        }
        places
    }
}
