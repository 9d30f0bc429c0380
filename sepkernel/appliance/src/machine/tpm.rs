//! A TPM 2.0 for the machine, by swtpm: a new one for each run, or one that was made before.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::process::{Process, command};

/// A running TPM.
#[derive(Debug)]
pub struct Tpm {
    /// The control socket that QEMU connects to.
    pub socket: PathBuf,
    _process: Process,
}

impl Tpm {
    /// Starts a TPM with its socket in `directory`: the one whose state is in `made`, or a new one without a
    /// certificate.
    ///
    /// # Errors
    /// If swtpm does not start; the message is what it says.
    pub fn start(directory: &Path, made: Option<&Path>) -> Result<Self> {
        let state = made.map_or_else(|| directory.join("tpm"), Path::to_owned);
        if made.is_none() {
            std::fs::create_dir(&state).context("cannot make a directory for the TPM's state")?;
        }
        let socket = directory.join("tpm.socket");
        let mut swtpm = command("swtpm");
        swtpm
            .args(["socket", "--tpm2", "--terminate", "--tpmstate"])
            .arg(format!("dir={}", state.display()))
            .arg("--ctrl")
            .arg(format!("type=unixio,path={}", socket.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = Process::spawn("swtpm", swtpm)?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while !socket.exists() {
            if process.try_wait()?.is_some() || Instant::now() > deadline {
                process.kill();
                let mut said = String::new();
                if let Some(mut stderr) = process.take_stderr() {
                    std::io::Read::read_to_string(&mut stderr, &mut said)?;
                }
                bail!("swtpm (the TPM) did not start: {}", said.trim());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Self { socket, _process: process })
    }
}
