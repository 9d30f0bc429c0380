//! `cloister run`: builds an appliance and runs it in QEMU.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::build::Inputs;
use crate::{
    build::{
        appliance::{Appliance, output_directory},
        disk,
    },
    doctor::{self, requirement::Purpose},
    machine::{
        BootMedia, Machine, Options, display,
        enrolment::Certificates,
        interrupt::Attention,
        options::{Accelerator, Firmware, Iommu, ScreenSize, parse_memory},
        serial::Subject,
    },
    milestone::Milestone,
    outcome::{EXIT_STATUSES, Outcome},
    progress::Step,
    report::{Report, Run as RunRecord},
    watch::Watch,
    workspace,
};

/// Lines of the serial line that are shown when the time was up.
const LAST_LINES: usize = 15;

/// Builds an appliance and runs it in QEMU
///
/// Shows the machine in a window where there is a screen, unless --headless is given, until the
/// window is closed. Without a window it runs until the milestone, and leaves a screenshot and a
/// report under target/cloister.
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
    /// End after this time in any case [default: 300, or none with a window or a debugger]
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

        let (goal, timeout) = self.limits(windowed);
        let attention = Attention::new();
        let mut watch = Watch::new(Machine::start(&options, &media)?);
        if let Some(port) = options.debugger {
            let kernel = workspace::shown(&appliance.programs.kernel);
            println!("The machine waits for a debugger. In another terminal, type");
            println!("    gdb {kernel} -ex 'target remote :{port}' -ex continue");
        }
        let outcome = show(&mut watch, goal, timeout)?;

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
            accelerator: self.accel,
            processors: self.smp,
            memory: self.memory,
            deterministic: self.icount,
            instruction_time: 0,
            tpm,
            screen: self.screen,
            display: wants_window.then(display::window).flatten(),
            debugger: self.gdb,
            variables: self.variables.clone(),
            enrolled: None,
        })
    }

    /// What ends the run.
    fn limits(&self, windowed: bool) -> (Option<Milestone>, Option<Duration>) {
        let open_ended = windowed && self.until.is_none();
        let goal = if open_ended { None } else { Some(self.until.unwrap_or(Milestone::HIGHEST)) };
        let patient = open_ended || self.gdb.is_some();
        let seconds = self.timeout.or_else(|| (!patient).then_some(300));
        (goal, seconds.map(Duration::from_secs))
    }
}

/// The file that stands for what was booted.
fn measured(media: &BootMedia) -> &Path {
    match media {
        BootMedia::Disk(image) | BootMedia::Iso(image) => image,
        BootMedia::Memory { bundle, .. } => bundle,
        BootMedia::Kernel { kernel, .. } => kernel,
    }
}

/// Follows the machine, and shows what Cloister says as it comes.
fn show(watch: &mut Watch, goal: Option<Milestone>, timeout: Option<Duration>) -> Result<Outcome> {
    let step = Step::spinner("Starting the machine");
    let mut started = false;
    watch.until_milestone(goal, timeout, |line| {
        let is_firmware = matches!(Subject::of(&line.text), Subject::Other(_));
        if !is_firmware && !started {
            started = true;
            step.at("");
        }
        // Until Cloister starts, firmware talks; then a line of no kind belongs to the one before.
        if started {
            step.print_line(&format!("{:9.3}  {}", line.seconds, line.text));
        } else {
            step.at(&line.text);
        }
    })
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
