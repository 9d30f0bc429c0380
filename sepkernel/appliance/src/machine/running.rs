//! A running machine: a process with its serial line on standard output.

use std::{
    io::{BufRead as _, BufReader, Read},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::{
    process::Process,
    qmp::{Qmp, QmpEvent},
    run_directory::RunDirectory,
    serial::LineReader,
    tpm::Tpm,
};

/// Something that a machine does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A line came out of the serial line.
    Line {
        /// When, after the start.
        at: Duration,
        /// The line.
        text: String,
    },
    /// QEMU reports something.
    Qmp(QmpEvent),
    /// The machine has ended.
    Ended,
}

/// A running machine. Dropping it ends it.
#[derive(Debug)]
pub struct Machine {
    // In the order in which they are dropped: the machine first, its directory last.
    process: Process,
    _tpm: Option<Tpm>,
    qmp: Option<Qmp>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    partial_line: Arc<Mutex<String>>,
    complaints: Arc<Mutex<Vec<String>>>,
    _directory: RunDirectory,
}

impl Machine {
    /// Starts a machine of any kind that has its serial line on standard output, or in `serial`.
    pub(super) fn spawn(
        mut command: Command,
        directory: RunDirectory,
        tpm: Option<Tpm>,
    ) -> Result<Self> {
        let started = Instant::now();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::spawn("the machine", command)?;
        let (sender, events) = channel();
        let partial_line = Arc::default();
        let complaints = Arc::default();
        if let Some(output) = process.take_stdout() {
            let (sender, partial) = (sender.clone(), Arc::clone(&partial_line));
            std::thread::spawn(move || read_serial(output, started, &sender, &partial));
        }
        if let Some(errors) = process.take_stderr() {
            let complaints = Arc::clone(&complaints);
            std::thread::spawn(move || read_complaints(errors, &complaints));
        }
        Ok(Self {
            process,
            _tpm: tpm,
            qmp: None,
            sender,
            events,
            partial_line,
            complaints,
            _directory: directory,
        })
    }

    /// Connects to QEMU's control socket, as soon as QEMU listens there.
    pub(super) fn connect_qmp(&mut self, socket: &Path, deadline: Instant) -> Result<()> {
        loop {
            let sender = self.sender.clone();
            let on_event = move |event| {
                // Nobody listens any more when the machine is being ended.
                let _ = sender.send(Event::Qmp(event));
            };
            match Qmp::connect(socket, on_event) {
                Ok(qmp) => {
                    self.qmp = Some(qmp);
                    return Ok(());
                }
                Err(error) if Instant::now() > deadline => {
                    return Err(error.context("QEMU does not listen"));
                }
                Err(_) => {
                    if self.process.try_wait()?.is_some() {
                        bail!("QEMU did not start: {}", self.ending()?);
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    /// The next event, or none if there is none in time.
    #[must_use]
    pub fn next_event(&self, patience: Duration) -> Option<Event> {
        self.events.recv_timeout(patience).ok()
    }

    /// What has come of a line on the serial line that is not complete yet.
    #[must_use]
    pub fn partial_line(&self) -> String {
        self.partial_line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// QEMU's control socket.
    ///
    /// # Errors
    /// If the machine is none of QEMU's.
    pub fn qmp(&mut self) -> Result<&mut Qmp> {
        self.qmp.as_mut().context("this machine has no control socket")
    }

    /// Why the machine ended, in words. Waits for the end.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn ending(&mut self) -> Result<String> {
        let status = self.process.wait()?;
        let complaints = self.complaints();
        Ok(if complaints.is_empty() {
            status.to_string()
        } else {
            format!("{status}: {}", complaints.join("; "))
        })
    }

    /// The status with which the machine ended. Waits for the end.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.process.wait()
    }

    /// What the machine's program wrote to standard error.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read_serial(
    mut output: impl Read,
    started: Instant,
    sender: &Sender<Event>,
    partial_line: &Mutex<String>,
) {
    let mut lines = LineReader::default();
    let mut bytes = [0; 4096];
    // An error is the end of the machine, as the end of its output is.
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        let at = started.elapsed();
        for text in lines.push(&bytes[..count]) {
            if sender.send(Event::Line { at, text }).is_err() {
                return;
            }
        }
        *partial_line.lock().unwrap_or_else(PoisonError::into_inner) = lines.partial();
    }
    // Nobody listens any more when the machine is being ended.
    let _ = sender.send(Event::Ended);
}

fn read_complaints(errors: impl Read, complaints: &Mutex<Vec<String>>) {
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        // What emulation lacks of the named processor is known.
        if !line.contains("warning: TCG doesn't support requested feature") {
            complaints.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}
