//! An auditor of the machine that `cloister run` starts, as one far away would be: it has reference values made from
//! the image and the certificate of the TPM's maker, and asks over the network.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use cloister_attest::{
    Allowances, AttestError, Reference, State, appraise,
    enrolment::{self, Trust},
    key::SecretKey,
    network::Client,
    output_file::{self, Audience},
    reference::Sources,
    table, time,
};
use cloister_bundle::Digest;

use crate::machine::maker::Maker;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a machine may not answer at all: its attester may still ask for an address.
const START: Duration = Duration::from_secs(120);

/// An auditor who knows no machine yet.
#[derive(Debug)]
pub struct Auditor {
    state: State,
    reference: Reference,
    trust: Trust,
    client: Client,
    output: PathBuf,
}

/// What came of an audit.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The table of claims.
    pub table: String,
    /// Whether the machine is what it should be.
    pub is_acceptable: bool,
    /// The machine's identity.
    pub machine: Digest,
}

impl Auditor {
    /// An auditor of the machine whose attester answers at `port` of this machine, and whose TPM is of `maker`.
    /// The image's parts are in `output`, where what it finds goes, too.
    ///
    /// # Errors
    /// If the parts are not there.
    pub fn new(output: &Path, maker: &Maker, port: u16) -> Result<Self> {
        let read = |name: &str| {
            let path = output.join(name);
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let (manifest, policy) = (read("manifest")?, read("policy.bin")?);
        let (kernel, boot_program) = (read("kernel.elf")?, read("BOOTX64.EFI")?);
        let sources = Sources {
            manifest: &manifest,
            policy: &policy,
            kernel: &kernel,
            boot_program: Some(&boot_program),
        };
        let signed = sources.reference()?.to_corim(&SecretKey::development())?;
        output_file::write(&output.join("reference.corim"), &signed, Audience::Everyone)?;
        let directory = output.join("auditor");
        if directory.exists() {
            fs::remove_dir_all(&directory).context("cannot forget what was audited before")?;
        }
        Ok(Self {
            state: State::open(&directory)?,
            reference: Reference::of_corim(&signed, &SecretKey::development().public())?,
            trust: Trust::read(&[maker.root()], &[maker.intermediate()])?,
            client: Client::new(&format!("127.0.0.1:{port}"), PATIENCE),
            output: output.to_owned(),
        })
    }

    /// Enrols the machine, lets it tell once what firmware and resource map it has, then challenges it: from
    /// here on nothing is taken on its word. `at` is told each step.
    ///
    /// # Errors
    /// If the machine cannot be asked, or proves not to be who it says.
    pub fn audit(&self, at: &dyn Fn(&str)) -> Result<Verdict> {
        at("Auditor: enrols the machine by its TPM");
        let start = Instant::now();
        let machine = loop {
            match enrolment::over_network(&self.state, &self.client, "desk", &self.trust) {
                Ok(machine) => break machine,
                Err(error) if error.is_refusal() || start.elapsed() > START => {
                    return Err(error.into());
                }
                Err(_) => std::thread::sleep(Duration::from_secs(1)),
            }
        };
        at("Auditor: learns its firmware and resource map");
        self.challenge(true)?;
        at("Auditor: challenges it");
        let (table, is_acceptable) = self.challenge(false)?;
        Ok(Verdict { table, is_acceptable, machine: Digest(machine.identity) })
    }

    /// Challenges the machine; returns the table, and whether it passed.
    fn challenge(&self, learn: bool) -> Result<(String, bool), AttestError> {
        let nonce = self.state.issue_nonce(time::now(), PATIENCE.as_secs() * 2)?;
        let evidence = self.client.challenge(&nonce)?;
        output_file::write(&self.output.join("evidence.cose"), &evidence, Audience::Everyone)?;
        // The policy lets the kernel talk on a serial line, so that this program can follow it.
        let allowances = Allowances { debug: true, learn, ..Allowances::default() };
        let references = std::slice::from_ref(&self.reference);
        let appraisal = appraise(&evidence, &self.state, references, allowances, time::now())?;
        let passed =
            appraisal.is_acceptable() && appraisal.nonce.as_deref() == Some(nonce.as_slice());
        if let Some(machine) = appraisal.machine.as_ref().filter(|_| passed) {
            self.state.keep_machine(machine)?;
        }
        let result = format!("{:#}\n", appraisal.to_json());
        let path = self.output.join("result.json");
        output_file::write(&path, result.as_bytes(), Audience::Everyone)?;
        Ok((table::render(&appraisal), passed))
    }
}

/// A free TCP port of this machine: `wanted`, or another one.
///
/// # Errors
/// If there is none.
pub fn free_port(wanted: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", wanted))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
        .context("this machine has no free TCP port")?;
    Ok(listener.local_addr()?.port())
}
