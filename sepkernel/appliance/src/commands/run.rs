//! `cloister run`: builds an appliance and runs it in QEMU.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::build::Inputs;
use crate::{
    auditor::{Auditor, free_port},
    build::{
        appliance::{Appliance, Outside, output_directory},
        disk,
    },
    doctor::{self, requirement::Purpose},
    machine::{
        BootMedia, Machine, Options, display,
        enrolment::Certificates,
        interrupt::Attention,
        maker::Maker,
        options::{Accelerator, Firmware, Forward, Iommu, Network, ScreenSize, parse_memory},
        serial::Subject,
    },
    milestone::Milestone,
    outcome::{EXIT_STATUSES, Outcome},
    progress::Step,
    report::{Report, Run as RunRecord},
    story,
    watch::{Line, Watch},
    workspace,
};

/// Lines of the serial line that are shown when the time was up.
const LAST_LINES: usize = 15;

/// Builds an appliance and runs it in QEMU
///
/// Shows the machine in a window where there is a screen, unless --headless is given, until the
/// window is closed. Without a window it runs until the milestone, and leaves a screenshot and a
/// report under target/cloister. Where the policy has an attester on a network, the machine gets a
/// TPM with a certificate and is audited over that network; what the auditor had and found is left
/// under target/cloister, too.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_STATUSES)]
pub struct Run {
    /// The policy file [default: policy/examples/two-worlds.toml]
    policy: Option<PathBuf>,
    /// Without a window, even where there is a screen
    #[arg(long)]
    headless: bool,
    /// End when this milestone is reached [default: the last that this version reaches, or never
    /// with a window]
    #[arg(long, value_name = "MILESTONE")]
    until: Option<Milestone>,
    /// End after this time in any case [default: 400, or none with a window or a debugger]
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Write milestones, serial log, audit events and how it ended to this file, as JSON
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Write what is on the screen at the end to this file, as PNG
    #[arg(long, value_name = "FILE.png")]
    screenshot: Option<PathBuf>,
    /// How the machine starts the appliance
    #[arg(long, value_enum, default_value_t = Firmware::Uefi)]
    firmware: Firmware,
    /// The unit that confines devices
    #[arg(long, value_enum, default_value_t = Iommu::Amd)]
    iommu: Iommu,
    /// A further device, as QEMU's -device has it; may be given several times
    #[arg(long, value_name = "DEVICE")]
    device: Vec<String>,
    /// The port of this machine that leads to the attester's [default: the policy's, or any other that is
    /// free]
    #[arg(long, value_name = "PORT")]
    attester_port: Option<u16>,
    /// What executes instructions
    #[arg(long, value_enum, default_value_t = Accelerator::Tcg)]
    accel: Accelerator,
    /// Number of processors
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=255))]
    smp: u16,
    /// Memory, as 512M or 2G
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = parse_memory)]
    memory: u32,
    /// Pixels of the screen, from 800x600 to 3840x2160
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value_t)]
    screen: ScreenSize,
    /// Count time in instructions: the run is the same each time. Without a TPM, which answers in
    /// the host's time
    #[arg(long)]
    icount: bool,
    /// Without a TPM. PVH machines have none in any case
    #[arg(long)]
    no_tpm: bool,
    /// With Secure Boot: the firmware has the certificate enrolled that the boot program is signed
    /// for, and starts nothing else
    #[arg(long)]
    secure_boot: bool,
    /// Keep UEFI's variables in this file from one run to the next, and with them the newest policy
    /// version that has run [default: each run begins with none]
    #[arg(long, value_name = "FILE")]
    variables: Option<PathBuf>,
    /// Wait for a debugger on this TCP port
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "1234", require_equals = true)]
    gdb: Option<u16>,
    #[command(flatten)]
    inputs: Inputs,
}

impl Run {
    /// Builds, runs, reports.
    ///
    /// # Errors
    /// If something is missing on this machine, or the appliance cannot be built or started. How
    /// the run itself ends is the exit status.
    pub fn run(self) -> Result<ExitCode> {
        let mut options = self.prepare()?;
        let windowed = options.display.is_some();
        let request = self.inputs.clone().request(self.policy.clone());
        let output = output_directory(request.self_test.as_deref());
        let appliance = Appliance::build(&request, &output)?;
        let outside = appliance.outside()?;
        let auditor = self.connect(&mut options, &outside, &output)?;
        if self.until == Some(Milestone::Attested) && auditor.is_none() {
            bail!("nobody can audit this machine: it has no attester on a network, or no TPM");
        }
        let media = appliance.write(options.firmware, &output)?;
        if self.secure_boot {
            let enrolled = output.join("secure-boot.fd");
            Certificates::all(&appliance.certificate).enrol(&enrolled)?;
            options.enrolled = Some(enrolled);
        }
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION"),
            policy: &request.policy,
            sha256: disk::digest(measured(&media))?.to_string(),
            image: measured(&media).to_owned(),
            machine: &options,
        };
        println!("Image    {}  SHA-256 {}", workspace::shown(&record.image), record.sha256);

        let last = if auditor.is_some() { Milestone::Attested } else { Milestone::WorldsUp };
        let attention = Attention::new();
        let mut watch = Watch::new(Machine::start(&options, &media)?);
        if let Some(port) = options.debugger {
            let kernel = workspace::shown(&appliance.programs.kernel);
            println!("The machine waits for a debugger. In another terminal, type");
            println!("    gdb {kernel} -ex 'target remote :{port}' -ex continue");
        }
        let story = Story { tasks: &outside.tasks, auditor, last, output: &output };
        let outcome = self.follow(&mut watch, story, windowed)?;

        // Where no file is named, a headless run still leaves what can be looked at.
        let kept = |named: &Option<PathBuf>, name: &str| {
            named.clone().or_else(|| (!windowed).then(|| output.join(name)))
        };
        let screenshot = kept(&self.screenshot, "screen.png");
        if let Some(path) = &screenshot {
            take_screenshot(&mut watch, path, &outcome);
        }
        let report = kept(&self.report, "report.json");
        if let Some(path) = &report {
            Report::new(record, &watch, &outcome).write(path)?;
            println!("Report   {}", workspace::shown(path));
        }
        if let Outcome::TimedOut { .. } = outcome {
            eprintln!("The last lines of the serial line:");
            watch.last_lines(LAST_LINES).iter().for_each(|line| eprintln!("    {line}"));
        }
        drop(watch);
        drop(attention);
        say_end(&outcome, self.until.is_none() && !windowed);
        Ok(ExitCode::from(outcome.exit_status()))
    }

    /// Chooses the machine, and sees to it that everything it needs is there.
    fn prepare(&self) -> Result<Options> {
        let mut purposes = vec![Purpose::Build, Purpose::Run];
        match self.firmware {
            Firmware::Uefi => purposes.push(Purpose::Uefi),
            _ if self.secure_boot => bail!("Secure Boot is of UEFI: --firmware uefi"),
            Firmware::Bios => purposes.push(Purpose::Bios),
            Firmware::Pvh => {}
        }
        if self.secure_boot {
            purposes.push(Purpose::SecureBoot);
        }
        // QEMU (10.0 at least) puts the bundle over the ACPI tables of a machine with both.
        let in_memory = self.firmware == Firmware::Pvh;
        let tpm = !self.no_tpm && !self.icount && !in_memory;
        if tpm {
            purposes.push(Purpose::Tpm);
        }
        let wants_window = !self.headless && display::screen_is_there();
        doctor::ensure(&purposes)?;
        if wants_window && let Err(error) = doctor::ensure(&[Purpose::Window]) {
            eprintln!("{error:#}\nThis run is without a window.");
        }
        Ok(Options {
            firmware: self.firmware,
            iommu: self.iommu,
            devices: self.device.clone(),
            network: None,
            accelerator: self.accel,
            processors: self.smp,
            memory: self.memory,
            deterministic: self.icount,
            instruction_time: 0,
            tpm,
            tpm_state: None,
            screen: self.screen,
            display: wants_window.then(display::window).flatten(),
            debugger: self.gdb,
            variables: self.variables.clone(),
            enrolled: None,
        })
    }

    /// Connects the machine to a network where the policy has one; returns the auditor who asks the machine
    /// over it, where it has an attester there and a TPM.
    fn connect(
        &self,
        options: &mut Options,
        outside: &Outside,
        output: &Path,
    ) -> Result<Option<Auditor>> {
        if !outside.network {
            return Ok(None);
        }
        let mut network = Network::default();
        let mut auditor = None;
        if let Some(machine) = outside.attester {
            let host = free_port(self.attester_port.unwrap_or(machine))?;
            network.forwards.push(Forward { host, machine });
            println!("Attester 127.0.0.1:{host}, for cloister-attest");
            if options.tpm {
                doctor::ensure(&[Purpose::Endorsement])?;
                let step = Step::spinner("Making a TPM with its maker's certificate");
                let directory = output.join("tpm");
                if directory.exists() {
                    std::fs::remove_dir_all(&directory).context("cannot remove the last TPM")?;
                }
                std::fs::create_dir_all(&directory).context("cannot make a directory")?;
                let maker = Maker::new(&std::path::absolute(&directory)?)?;
                options.tpm_state = Some(maker.make("desk")?);
                drop(step);
                auditor = Some(Auditor::new(output, &maker, host)?);
            }
        }
        options.network = Some(network);
        Ok(auditor)
    }

    /// Follows the machine until what was asked for has come, or what it shows by itself is over.
    fn follow(&self, watch: &mut Watch, story: Story<'_>, windowed: bool) -> Result<Outcome> {
        let Story { tasks, auditor, last, output } = story;
        let patient = windowed && self.until.is_none() || self.gdb.is_some();
        let timeout = self.timeout.or_else(|| (!patient).then_some(400)).map(Duration::from_secs);
        let goal = self.until.unwrap_or(last);
        let mut shown = Shown::new();
        let mut outcome =
            watch.until_milestone(Some(goal.min(Milestone::WorldsUp)), timeout, |line| {
                shown.line(line)
            })?;
        let up = Outcome::Reached(Milestone::WorldsUp);
        if outcome == up && self.until.is_none_or(|until| until > Milestone::WorldsUp) {
            outcome = story::until_done(watch, tasks, timeout, |line| shown.line(line))?;
            if outcome == up && !tasks.is_empty() {
                if !windowed {
                    take_screenshot(watch, &output.join("trusted.png"), &outcome);
                }
                // From the trusted screen to all worlds side by side (docs/desktop.md).
                watch.machine.qmp()?.press(&["ctrl", "alt", "tab"])?;
            }
            if outcome == up
                && let Some(auditor) = auditor
            {
                outcome = audited(watch, auditor, timeout, &mut shown)?;
            }
        }
        if windowed && self.until.is_none() && matches!(outcome, Outcome::Reached(_)) {
            outcome = watch.until_milestone(None, timeout, |line| shown.line(line))?;
        }
        Ok(outcome)
    }
}

/// What is shown of an appliance beyond its start.
struct Story<'a> {
    /// The worlds that say when they are done.
    tasks: &'a [String],
    /// Who asks the machine then.
    auditor: Option<Auditor>,
    /// What that leads to.
    last: Milestone,
    /// Where pictures go.
    output: &'a Path,
}

/// The file that stands for what was booted.
fn measured(media: &BootMedia) -> &Path {
    match media {
        BootMedia::Disk(image) | BootMedia::Iso(image) => image,
        BootMedia::Memory { bundle, .. } => bundle,
        BootMedia::Kernel { kernel, .. } => kernel,
    }
}

/// Lets the auditor ask the machine, and prints what it found.
fn audited(
    watch: &mut Watch,
    auditor: Auditor,
    timeout: Option<Duration>,
    shown: &mut Shown,
) -> Result<Outcome> {
    let cell = std::cell::RefCell::new(shown);
    let verdict = story::audit(
        watch,
        auditor,
        timeout,
        |line| cell.borrow_mut().line(line),
        |step| cell.borrow_mut().step(step),
    )?;
    let shown = cell.into_inner();
    Ok(match verdict {
        Ok(verdict) => {
            verdict.table.lines().for_each(|line| shown.step(line));
            if verdict.is_acceptable {
                shown.line(watch.reached(Milestone::Attested));
                Outcome::Reached(Milestone::Attested)
            } else {
                Outcome::Refused(format!("machine {}, by its auditor", verdict.machine))
            }
        }
        Err(ended) => ended,
    })
}

/// Shows what Cloister says as it comes.
struct Shown {
    progress: Step,
    started: bool,
}

impl Shown {
    fn new() -> Self {
        Self { progress: Step::spinner("Starting the machine"), started: false }
    }

    fn line(&mut self, line: &Line) {
        let is_firmware = matches!(Subject::of(&line.text), Subject::Other(_));
        if !is_firmware && !self.started {
            self.started = true;
            self.progress.at("");
        }
        // Until Cloister starts, firmware talks; then a line of no kind belongs to the one before.
        if self.started {
            self.progress.print_line(&format!("{:9.3}  {}", line.seconds, line.text));
        } else {
            self.progress.at(&line.text);
        }
    }

    /// Says what happens beside the machine.
    fn step(&self, what: &str) {
        self.progress.print_line(what);
    }
}

/// Keeps what is on the screen, if the machine is still there.
fn take_screenshot(watch: &mut Watch, path: &Path, outcome: &Outcome) {
    if matches!(outcome, Outcome::Closed | Outcome::EmulatorEnded(_)) {
        return;
    }
    let taken = watch.machine.qmp().and_then(|qmp| qmp.screenshot(path));
    match taken.with_context(|| format!("no screenshot in {}", path.display())) {
        Ok(()) => println!("Screen   {}", workspace::shown(path)),
        Err(error) => eprintln!("{error:#}"),
    }
}

fn say_end(outcome: &Outcome, by_default: bool) {
    match outcome {
        Outcome::Reached(milestone) if by_default => {
            println!("Done: milestone {milestone} reached, the last that this version reaches.");
        }
        Outcome::Reached(_) | Outcome::Closed => println!("Done: {outcome}."),
        _ => eprintln!("cloister: {outcome}"),
    }
}
