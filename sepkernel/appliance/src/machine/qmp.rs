//! A client of the QEMU Machine Protocol (QEMU documentation, "QEMU Machine Protocol
//! Specification"): one command at a time, events by a callback.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

/// How long QEMU may take to answer. It answers at once unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something that QEMU reports unasked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QmpEvent {
    /// Its name, as `RESET`.
    pub name: String,
    /// The member `reason` of its data, if it has one.
    pub reason: Option<String>,
}

impl QmpEvent {
    /// Whether the machine was reset from inside, as by a triple fault.
    #[must_use]
    pub fn is_reset_from_inside(&self) -> bool {
        self.name == "RESET" && self.reason.as_deref() == Some("guest-reset")
    }
}

/// A connection to QEMU.
#[derive(Debug)]
pub struct Qmp {
    stream: UnixStream,
    replies: Receiver<Value>,
}

impl Qmp {
    /// Connects to the socket at `path`. Events go to `on_event`, in another thread.
    ///
    /// # Errors
    /// If there is no such socket, or QEMU does not speak the protocol.
    pub fn connect(path: &Path, on_event: impl Fn(QmpEvent) + Send + 'static) -> Result<Self> {
        let stream = UnixStream::connect(path)?;
        let reader = BufReader::new(stream.try_clone()?);
        let (sender, replies) = channel();
        std::thread::spawn(move || {
            // Ends when QEMU does, or says what is not JSON, or nobody listens any more.
            for line in reader.lines() {
                let Some(message) = line.ok().and_then(|line| serde_json::from_str(&line).ok())
                else {
                    return;
                };
                let message: Value = message;
                if let Some(name) = message["event"].as_str() {
                    let reason = message["data"]["reason"].as_str().map(str::to_owned);
                    on_event(QmpEvent { name: name.to_owned(), reason });
                } else if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut client = Self { stream, replies };
        let greeting = client.reply()?;
        if greeting.get("QMP").is_none() {
            bail!("QEMU greets with {greeting}, not as the QEMU Machine Protocol says");
        }
        client.execute("qmp_capabilities", json!({}))?;
        Ok(client)
    }

    /// Executes a command; returns what it gives.
    ///
    /// # Errors
    /// If QEMU refuses (the message is QEMU's), has ended, or does not answer in time.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let request = json!({ "execute": command, "arguments": arguments });
        writeln!(self.stream, "{request}").with_context(|| format!("asking QEMU to {command}"))?;
        let mut reply = self.reply().with_context(|| format!("asking QEMU to {command}"))?;
        match reply["error"]["desc"].as_str() {
            Some(error) => Err(anyhow!("QEMU refuses {command}: {error}")),
            None => Ok(reply["return"].take()),
        }
    }

    /// Executes a command of QEMU's monitor for people; returns what it prints.
    ///
    /// # Errors
    /// As [`Qmp::execute`].
    pub fn human(&mut self, command: &str) -> Result<String> {
        let printed = self.execute("human-monitor-command", json!({ "command-line": command }))?;
        Ok(printed.as_str().unwrap_or_default().to_owned())
    }

    /// Writes the picture on the screen to `path`, as PNG.
    ///
    /// # Errors
    /// As [`Qmp::execute`].
    pub fn screenshot(&mut self, path: &Path) -> Result<()> {
        let path = std::path::absolute(path)?;
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)
                .with_context(|| format!("cannot make {}", directory.display()))?;
        }
        self.execute("screendump", json!({ "filename": path, "format": "png" }))?;
        Ok(())
    }

    /// Presses keys, by QEMU's names for them, together.
    ///
    /// # Errors
    /// As [`Qmp::execute`].
    pub fn press(&mut self, keys: &[&str]) -> Result<()> {
        let keys: Vec<_> = keys.iter().map(|key| json!({ "type": "qcode", "data": key })).collect();
        self.execute("send-key", json!({ "keys": keys }))?;
        Ok(())
    }

    fn reply(&self) -> Result<Value> {
        self.replies.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => anyhow!("QEMU does not answer"),
            RecvTimeoutError::Disconnected => anyhow!("QEMU has ended"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixListener, sync::mpsc};

    use super::*;

    /// A QEMU that answers each request with the next of `answers`; an answer may be several lines.
    fn qemu(answers: &'static [&'static str]) -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("qmp");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            writeln!(stream, r#"{{"QMP": {{}}}}"#).unwrap();
            let mut requests = BufReader::new(stream.try_clone().unwrap()).lines();
            for answer in [&r#"{"return": {}}"#].into_iter().chain(answers) {
                requests.next().unwrap().unwrap();
                writeln!(stream, "{answer}").unwrap();
            }
        });
        (directory, path)
    }

    #[test]
    fn events_between_request_and_reply_are_told_apart() {
        let (_directory, path) = qemu(&[concat!(
            r#"{"event": "RESET", "data": {"guest": true, "reason": "guest-reset"}}"#,
            "\n",
            r#"{"return": "CR0=80010033"}"#
        )]);
        let (sender, events) = mpsc::channel();
        let mut qmp = Qmp::connect(&path, move |event| sender.send(event).unwrap()).unwrap();
        assert_eq!(qmp.human("info registers").unwrap(), "CR0=80010033");
        let event = QmpEvent { name: "RESET".into(), reason: Some("guest-reset".into()) };
        assert_eq!(events.recv().unwrap(), event);
    }

    #[test]
    fn a_refusal_says_why() {
        let (_directory, path) =
            qemu(&[r#"{"error": {"class": "GenericError", "desc": "no screen"}}"#]);
        let mut qmp = Qmp::connect(&path, |_| {}).unwrap();
        let error = qmp.screenshot(Path::new("/tmp/picture.png")).unwrap_err();
        assert_eq!(error.to_string(), "QEMU refuses screendump: no screen");
    }

    #[test]
    fn the_end_of_qemu_is_an_error_not_a_hang() {
        let (_directory, path) = qemu(&[]);
        let mut qmp = Qmp::connect(&path, |_| {}).unwrap();
        assert!(qmp.execute("stop", json!({})).is_err());
    }
}
