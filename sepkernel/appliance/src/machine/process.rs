//! Child processes that do not outlive this program, whichever way it ends.
//!
//! Each child is started through `setpriv --pdeathsig KILL` (util-linux): if this program is killed
//! without a chance to clean up, the kernel kills the child. On every other path the child's whole
//! process group is killed: when its [`Process`] is dropped, by [`kill_all`] on a signal, and by
//! the panic hook.

use std::{
    ffi::OsStr,
    io::Read as _,
    os::unix::process::CommandExt as _,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// Process groups that are alive. Written when a child is started and when it has been waited for.
static ALIVE: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn alive() -> std::sync::MutexGuard<'static, Vec<Pid>> {
    ALIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every child and what it started. For the end of this program.
pub fn kill_all() {
    for group in alive().iter() {
        // It may have ended by itself; then there is nothing to kill.
        let _ = kill_process_group(*group, Signal::KILL);
    }
}

/// A command for [`Process::spawn`].
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// A child process.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    group: Option<Pid>,
}

impl Process {
    /// Starts `command`, which is from [`command`], in a process group of its own.
    ///
    /// # Errors
    /// If it cannot be started; the message gives `name`.
    pub fn spawn(name: &'static str, mut command: Command) -> Result<Self> {
        // Under the lock, so that a signal finds the child in the list.
        let mut alive = alive();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} (through setpriv of util-linux)"))?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        alive.extend(group);
        Ok(Self { name, child, group })
    }

    /// The child's standard input, if it is a pipe and was not taken yet.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The child's standard output, if it is a pipe and was not taken yet.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The child's standard error, if it is a pipe and was not taken yet.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// The status, if the child has ended.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.child.try_wait().with_context(|| format!("waiting for {}", self.name))?;
        if status.is_some() {
            self.forget();
        }
        Ok(status)
    }

    /// Waits until the child ends.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().with_context(|| format!("waiting for {}", self.name))?;
        self.forget();
        Ok(status)
    }

    /// Reads standard error, which is a pipe, to its end, and waits until the child ends.
    ///
    /// # Errors
    /// If reading fails or the system does not tell.
    pub fn wait_with_stderr(mut self) -> Result<(ExitStatus, String)> {
        let mut said = Vec::new();
        if let Some(mut stderr) = self.take_stderr() {
            stderr.read_to_end(&mut said)?;
        }
        Ok((self.wait()?, String::from_utf8_lossy(&said).into_owned()))
    }

    /// Ends the child, and what it started, at once.
    pub fn kill(&mut self) {
        if let Some(group) = self.group {
            // It may have ended by itself; then there is nothing to kill.
            let _ = kill_process_group(group, Signal::KILL);
            let _ = self.wait();
        }
    }

    /// Takes a child that was waited for off the list: its number may soon be another's.
    fn forget(&mut self) {
        if let Some(group) = self.group.take() {
            alive().retain(|other| *other != group);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_dropped_process_is_gone_with_what_it_started() {
        let mut shell = command("sh");
        shell.args(["-c", "sleep 1000 & echo $!; wait"]).stdout(Stdio::piped());
        let mut process = Process::spawn("sh", shell).unwrap();
        let mut output = std::io::BufReader::new(process.take_stdout().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        let sleeper = format!("/proc/{}/stat", line.trim());
        assert!(std::fs::read_to_string(&sleeper).is_ok());
        drop(process);
        let ended = || match std::fs::read_to_string(&sleeper) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        while !ended() {
            std::thread::yield_now();
        }
    }
}
