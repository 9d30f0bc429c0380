//! A TPM for tests: swtpm on a Unix socket, with a state of its own that goes when the test ends.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cloister::doctor::{self, requirement::Purpose};
use cloister_tpm::Transport;
use tempfile::TempDir;

/// A running TPM.
#[derive(Debug)]
pub struct Swtpm {
    stream: UnixStream,
    process: Child,
    _state: Option<TempDir>,
}

impl Swtpm {
    /// Starts a new TPM.
    #[allow(dead_code)]
    pub fn start() -> Self {
        let state = tempfile::tempdir().expect("a directory for the TPM's state");
        let mut tpm = Self::start_in(state.path());
        tpm._state = Some(state);
        tpm
    }

    /// Starts the TPM whose state is in `directory`, and resets it.
    pub fn start_in(directory: &Path) -> Self {
        doctor::ensure(&[Purpose::Tpm]).expect("swtpm");
        let socket = directory.join("commands");
        let _ = std::fs::remove_file(&socket);
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "swtpm", "socket", "--tpm2"])
            .args(["--flags", "not-need-init", "--tpmstate"])
            .arg(format!("dir={}", directory.display()))
            .arg("--server")
            .arg(format!("type=unixio,path={}", socket.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("swtpm starts");
        let deadline = Instant::now() + Duration::from_secs(30);
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > deadline => {
                    let _ = process.kill();
                    panic!("swtpm does not answer: {error}");
                }
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a socket");
        Self { stream, process, _state: None }
    }
}

impl Transport for Swtpm {
    type Error = std::io::Error;

    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> std::io::Result<usize> {
        self.stream.write_all(command)?;
        let (header, _) = response.split_at_mut(6);
        self.stream.read_exact(header)?;
        let size = u32::from_be_bytes([header[2], header[3], header[4], header[5]]) as usize;
        let rest = response.get_mut(6..size).ok_or(std::io::ErrorKind::InvalidData)?;
        self.stream.read_exact(rest)?;
        Ok(size)
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
