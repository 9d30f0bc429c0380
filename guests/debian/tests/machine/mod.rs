//! A plain emulated PC whose serial line the test speaks on.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before the test fails: some twenty times what it takes on a slow
/// machine, so that it ends a hang and judges no speed.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running machine. It is killed when this is dropped, and when the test dies in any other way.
pub struct Machine {
    qemu: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    /// All that came over the serial line.
    seen: String,
    /// Up to where `seen` was waited for.
    read: usize,
}

impl Machine {
    /// Starts a machine with further arguments for QEMU; the serial line is the test's.
    pub fn start(arguments: &[&str]) -> Self {
        // The kernel kills QEMU when the thread that runs the test ends, however it ends.
        let mut qemu = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "qemu-system-x86_64", "-accel", "tcg", "-m", "256"])
            .args(["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("packages util-linux and qemu-system-x86 are installed");
        let input = qemu.stdin.take().unwrap();
        let mut serial = qemu.stdout.take().unwrap();
        let (send, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = serial.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { qemu, input, output, seen: String::new(), read: 0 }
    }

    /// Waits for a text on the serial line, after what was waited for before; gives what came
    /// between them.
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen[self.read..].find(text) {
                let before = self.seen[self.read..self.read + at].to_owned();
                self.read += at + text.len();
                return before;
            }
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                // The guest writes nothing but ASCII.
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout) => panic!("no {text:?} came:\n{}", self.seen),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("QEMU ended before {text:?}:\n{}", self.seen)
                }
            }
        }
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) {
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).unwrap();
    }

    /// Runs a command in the guest's shell and gives what it printed.
    pub fn run(&mut self, command: &str) -> String {
        // The terminal echoes what is typed; only the shell makes these words of it.
        self.type_line(&format!("echo be''gin; {command}; echo e''nd"));
        self.wait_for("begin\r\n");
        self.wait_for("end\r\n").replace('\r', "")
    }

    /// Waits until QEMU ends by itself.
    pub fn wait_for_end(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.qemu.try_wait().unwrap() {
                return status;
            }
            while let Ok(bytes) = self.output.try_recv() {
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
            }
            assert!(Instant::now() < deadline, "QEMU runs on:\n{}", self.seen);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}
