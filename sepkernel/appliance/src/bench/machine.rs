//! The machines that benchmarks run on: a plain one, and one that runs the appliance.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::{
    build::{
        appliance::{Appliance, Request},
        images::ImageFiles,
    },
    machine::{
        BootMedia, Machine, Options,
        options::{Firmware, Iommu},
        serial::Subject,
    },
    progress::Step,
    watch::{Interruption, Line, Watch},
    workspace,
};

/// Begins what the monitor passes on of a world's serial line; the world's name and a colon follow.
const FROM_WORLD: &str = "component: measured: ";
/// Lines of a machine that did not do what was expected.
const LAST_LINES: usize = 8;

/// What benchmarks run with.
#[derive(Debug)]
pub struct Bench {
    images: ImageFiles,
    /// How long one machine may take.
    pub timeout: Duration,
}

/// A machine that runs what is measured.
#[derive(Debug)]
pub struct Measured {
    watch: Watch,
    is_world: bool,
    /// Whether instructions are counted.
    counts: bool,
    timeout: Duration,
    step: Step,
}

/// How a wait for a line ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Waited<T> {
    /// The line came.
    Found(T),
    /// It did not, for this reason. To be said in the row of what could not be measured.
    Missing(String),
}

impl Bench {
    /// Benchmarks whose machines may take `timeout` each.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self { images: ImageFiles::new(Vec::new()), timeout }
    }

    /// Where the image `name` is.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn image(&self, name: &str) -> Result<PathBuf> {
        self.images.path(name)
    }

    /// Starts a plain machine with this kernel.
    ///
    /// # Errors
    /// If it does not start.
    pub fn plain(
        &self,
        kernel: PathBuf,
        initrd: Option<PathBuf>,
        command_line: &str,
    ) -> Result<Measured> {
        let command_line = command_line.to_owned();
        let media = BootMedia::Kernel { kernel, initrd, command_line };
        self.start(&options(256, 0), &media, false)
    }

    /// Builds the appliance of the policy `name`, which has a world `measured`, and starts it.
    ///
    /// # Errors
    /// If it cannot be built or does not start.
    pub fn world(&self, name: &str) -> Result<Measured> {
        self.appliance(name, &options(1024, 0))
    }

    /// The same on a machine whose instructions take 2 to the power of `instruction_time` nanoseconds.
    ///
    /// # Errors
    /// As [`Bench::world`].
    pub fn slow_world(&self, name: &str, instruction_time: u8) -> Result<Measured> {
        self.appliance(name, &options(1024, instruction_time))
    }

    /// The same with two processors, which take turns in executing instructions.
    ///
    /// # Errors
    /// As [`Bench::world`].
    pub fn two_processors(&self, name: &str) -> Result<Measured> {
        self.appliance(name, &Options { processors: 2, ..options(1024, 0) })
    }

    /// The same with two processors at work at the same time, where time is the host's.
    ///
    /// # Errors
    /// As [`Bench::world`].
    pub fn two_at_once(&self, name: &str) -> Result<Measured> {
        let options = options(1024, 0);
        self.appliance(name, &Options { processors: 2, deterministic: false, ..options })
    }

    fn appliance(&self, name: &str, options: &Options) -> Result<Measured> {
        let directory = workspace::root().join("sepkernel/appliance/src/bench/policies");
        let policy = directory.join(name).with_extension("toml");
        let output = workspace::output().join("bench").join(name);
        let appliance = Appliance::build(&Request { policy, ..Request::default() }, &output)?;
        let media = appliance.write(Firmware::Pvh, &output)?;
        self.start(options, &media, true)
    }

    fn start(&self, options: &Options, media: &BootMedia, is_world: bool) -> Result<Measured> {
        let what = if is_world { "Measuring in a world" } else { "Measuring on a plain machine" };
        let step = Step::spinner(what);
        let watch = Watch::new(Machine::start(options, media)?);
        let (counts, timeout) = (options.deterministic, self.timeout);
        Ok(Measured { watch, is_world, counts, timeout, step })
    }
}

/// One processor, deterministic, and nothing that a plain machine has not.
fn options(memory: u32, instruction_time: u8) -> Options {
    Options {
        firmware: Firmware::Pvh,
        iommu: Iommu::None,
        processors: 1,
        memory,
        deterministic: true,
        instruction_time,
        tpm: false,
        ..Options::default()
    }
}

impl Measured {
    /// Waits for a line of what is measured in which `wanted` finds something.
    ///
    /// # Errors
    /// If the system fails or the user wants to end.
    pub fn until<T>(&mut self, mut wanted: impl FnMut(&str) -> Option<T>) -> Result<Waited<T>> {
        let (is_world, step) = (self.is_world, &self.step);
        let found = self.watch.until(Some(self.timeout), |line: &Line| {
            step.at(&line.text);
            if Subject::of(&line.text).is_final() {
                return Some(Err(line.text.clone()));
            }
            let text = if is_world { line.text.strip_prefix(FROM_WORLD)? } else { &line.text };
            wanted(text).map(Ok)
        })?;
        let why = match found {
            Ok(Ok(found)) => return Ok(Waited::Found(found)),
            Ok(Err(last_words)) => last_words,
            Err(Interruption::Requested) => bail!("interrupted"),
            Err(Interruption::TimedOut) => {
                format!("no answer in {} seconds", self.timeout.as_secs())
            }
            Err(Interruption::Reset) => "the machine reset itself".to_owned(),
            Err(Interruption::Ended(said)) => {
                said.unwrap_or_else(|| "the machine ended".to_owned())
            }
        };
        let last = self.watch.last_lines(LAST_LINES);
        last.iter().for_each(|line| self.step.print_line(&format!("    {line}")));
        Ok(Waited::Missing(why))
    }

    /// Waits until the appliance is locked, from where on worlds run.
    ///
    /// # Errors
    /// As [`Measured::until`].
    pub fn until_locked(&mut self) -> Result<bool> {
        self.until_line("milestone: locked")
    }

    /// Waits for a line of the appliance's that begins so; what the machine has executed then, none if the line does
    /// not come.
    ///
    /// # Errors
    /// As [`Measured::until`] and [`Measured::instructions`].
    pub fn count_at(&mut self, begin: &str) -> Result<Option<u64>> {
        if self.until_line(begin)? { self.instructions().map(Some) } else { Ok(None) }
    }

    fn until_line(&mut self, begin: &str) -> Result<bool> {
        let wanted = |line: &Line| line.text.starts_with(begin).then_some(());
        match self.watch.until(Some(self.timeout), wanted)? {
            Ok(()) => Ok(true),
            Err(Interruption::Requested) => bail!("interrupted"),
            Err(_) => Ok(false),
        }
    }

    /// Instructions that the machine has executed, without those that it slept through; 0 where they are
    /// not counted.
    ///
    /// # Errors
    /// If QEMU does not tell.
    pub fn instructions(&mut self) -> Result<u64> {
        if !self.counts {
            return Ok(0);
        }
        let state = self.watch.machine.qmp()?.execute("query-replay", json!({}))?;
        state["icount"].as_u64().context("QEMU does not say how many instructions it executed")
    }

    /// Seconds after the start of the machine at which the last line came.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.watch.lines.last().map_or(0.0, |line| line.seconds)
    }
}
