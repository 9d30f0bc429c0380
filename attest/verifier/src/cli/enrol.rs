//! `enrol`: makes a machine known.

use std::{io::Write, path::PathBuf, time::Duration};

use crate::{
    AttestError, State,
    enrolment::{self, Trust},
    network::Client,
    output_file::{self, Audience},
    state::Machine,
    time,
};
use clap::{ArgGroup, Args};
use cloister_bundle::Digest;
use cloister_evidence::exchange::{HEADER, MAX_REQUEST, Request};

use super::{Answer, Result};

/// Make a machine known, if its TPM proves that its key is its own
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("way").required(true).args(["host", "identity", "activated"]))]
#[command(
    after_help = "By files: `enrol --identity FILE --request FILE` first, then, with what the \
    machine answers to the request, `enrol --activated FILE --machine ID`."
)]
pub struct EnrolArgs {
    /// The machine: a name or address, with a port if it is not 4433
    host: Option<String>,
    /// What to call it
    #[arg(long, required_unless_present = "activated")]
    name: Option<String>,
    /// The certificate of a maker of TPMs; can be given several times
    #[arg(long, value_name = "FILE", required_unless_present = "activated")]
    root: Vec<PathBuf>,
    /// A certificate between a root and TPMs; can be given several times
    #[arg(long, value_name = "FILE")]
    intermediate: Vec<PathBuf>,
    /// First step by files: the machine's identity
    #[arg(long, value_name = "FILE", requires = "request")]
    identity: Option<PathBuf>,
    /// First step by files: where the request for the machine goes
    #[arg(long, value_name = "FILE", requires = "identity")]
    request: Option<PathBuf>,
    /// Second step by files: what the machine answered to the request
    #[arg(long, value_name = "FILE", requires = "machine")]
    activated: Option<PathBuf>,
    /// Second step by files: the machine, as the first step called it
    #[arg(long, value_name = "ID", requires = "activated", value_parser = digest)]
    machine: Option<Digest>,
    /// Seconds that the machine may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
}

fn digest(text: &str) -> std::result::Result<Digest, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "64 hexadecimal digits".to_owned())?;
    Ok(Digest(bytes))
}

impl EnrolArgs {
    pub fn run(&self, state: &State, out: &mut dyn Write) -> Result {
        if let (Some(path), Some(identity)) = (&self.activated, self.machine) {
            let machine = enrolment::finish(state, identity, &output_file::read(path)?)?;
            return enrolled(&machine, out);
        }
        let trust = Trust::read(&self.root, &self.intermediate)?;
        let name = self.name.as_deref().unwrap_or_default();
        if let Some(host) = &self.host {
            let client = Client::new(host, Duration::from_secs(self.patience.max(1)));
            return enrolled(&enrolment::over_network(state, &client, name, &trust)?, out);
        }
        let Some(path) = &self.identity else {
            return Err(AttestError::Enrolment("no machine was named".to_owned()));
        };
        let message = output_file::read(path)?;
        let (identity, credential) = enrolment::begin(state, &message, name, &trust, time::now())?;
        let request =
            Request::Activate { credential_blob: &credential.blob, secret: &credential.secret };
        let mut buffer = [0; HEADER + MAX_REQUEST];
        let message =
            request.write(&mut buffer).map_err(|fault| AttestError::Encoding(fault.to_string()))?;
        if let Some(path) = &self.request {
            output_file::write(path, message, Audience::Everyone)?;
            writeln!(out, "{}: for the machine to answer", path.display())?;
        }
        writeln!(out, "Then: cloister-attest enrol --machine {identity} --activated FILE")?;
        Ok(Answer::Yes)
    }
}

fn enrolled(machine: &Machine, out: &mut dyn Write) -> Result {
    writeln!(out, "Enrolled: \"{}\", {}", machine.name, hex::encode(machine.identity))?;
    let endorsement = &machine.endorsement;
    writeln!(
        out,
        "Its TPM was certified by {}, number {}",
        endorsement.issuer, endorsement.serial
    )?;
    Ok(Answer::Yes)
}
