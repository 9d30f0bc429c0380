//! A machine for tests: a TPM of swtpm, measured as firmware and boot program will, and an attester
//! made of the same code that the appliance runs.

#![allow(dead_code, reason = "each test uses some of it")]

#[path = "../../../tpm/testing/swtpm.rs"]
pub mod swtpm;

pub mod attester;
pub mod certified;
pub mod firmware_log;

use std::path::Path;

use cloister_attest::{
    Reference, State,
    reference::{Expected, Kind},
    state::{Accepted, Endorsement, Machine},
};
use cloister_evidence::{
    BootLog, Claims, Digest, Event, Head, Heads, Measurer, PolicyClaim, Record, Switches,
    TpmEvidence, Verdict, token,
};
use cloister_tpm::{PcrBank, Quote, Selection, Tpm, command::LoadedKey};
use ed25519_dalek::SigningKey;
use firmware_log::FirmwareLog;
use swtpm::Swtpm;

/// The digest of a test's file.
pub fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// How far the records of processors are chained: records, lost ones, what the last link is made of.
pub fn heads(all: &[(u64, u64, &str)]) -> Heads {
    let mut heads = Heads::NONE;
    for &(records, lost, text) in all {
        assert!(heads.push(Head { records, lost, digest: digest(text).0 }));
    }
    heads
}

/// The image that the auditor expects.
pub fn reference() -> Reference {
    let expected = |kind, text| Expected { kind, sha256: digest(text) };
    let version = 7;
    let switches = Switches::default();
    Reference {
        name: "two desks".to_owned(),
        boot_program: Some(digest("boot program")),
        secure_boot: false,
        events: vec![
            expected(Kind::Kernel, "kernel"),
            expected(Kind::TrustAnchors, "anchors"),
            expected(Kind::Manifest, "manifest"),
            expected(Kind::Policy { version, switches }, "policy"),
            expected(Kind::PolicySignature, "signature"),
            expected(Kind::Component("native/attester".to_owned()), "attester"),
            expected(Kind::GuestImage("debian/vmlinuz".to_owned()), "vmlinuz"),
            expected(Kind::GuestImage("debian/initrd.img".to_owned()), "initrd"),
            expected(Kind::CommandLine("low".to_owned()), "quiet"),
        ],
    }
}

/// How a machine boots.
pub struct Boot {
    /// What is booted.
    pub image: Vec<Expected>,
    /// What firmware measures.
    pub firmware: FirmwareLog,
    /// Who reaches what.
    pub resource_map: Digest,
    /// What the isolation check finds.
    pub isolation: Verdict,
    /// Whether anything is measured.
    pub measured: bool,
    /// How often the machine was booted.
    pub boot_count: u64,
}

impl Default for Boot {
    fn default() -> Self {
        Self {
            image: reference().events,
            firmware: FirmwareLog::usual(&digest("boot program")),
            resource_map: digest("resource map"),
            isolation: Verdict::Passed,
            measured: true,
            boot_count: 3,
        }
    }
}

/// A log of these events, as the boot program writes it.
pub fn log_of(events: &[Event<'_>]) -> BootLog<8192> {
    let mut log = BootLog::new();
    for event in events {
        let by = Measurer::BootProgram;
        log.push(&Record { by, event: *event }).unwrap();
    }
    log
}

/// A machine that has booted.
pub struct Desk {
    pub tpm: Tpm<Swtpm>,
    pub key: LoadedKey,
    pub log: BootLog<8192>,
    pub firmware: Vec<u8>,
    pub resets: u32,
    boot: Boot,
    seed: [u8; 32],
}

/// What evidence is made of, for tests to damage.
pub struct Parts<'a> {
    pub claims: Claims<'a>,
    pub selection: Selection,
    pub attest: Vec<u8>,
    pub signature: Vec<u8>,
    pub attestation_key: Vec<u8>,
    pub values: Vec<[u8; 32]>,
}

/// The PCRs that a quote covers.
pub fn pcrs() -> Selection {
    Selection::of(&cloister_attest::appraisal::PCRS)
}

impl Desk {
    /// Boots the usual image on a new machine.
    pub fn new() -> Self {
        Self::boot(Boot::default())
    }

    /// Boots on a new machine.
    pub fn boot(boot: Boot) -> Self {
        Self::boot_on(Swtpm::start(), boot)
    }

    /// Boots on the machine with this TPM.
    pub fn boot_on(tpm: Swtpm, boot: Boot) -> Self {
        let mut tpm = Tpm::new(tpm);
        tpm.startup().unwrap();
        let mut events: Vec<_> = boot.image.iter().map(Expected::event).collect();
        events.extend([
            Event::ResourceMap(boot.resource_map),
            Event::Isolation(boot.isolation),
            Event::Lock,
        ]);
        if boot.measured {
            for (pcr, digest) in boot.firmware.extensions() {
                tpm.pcr_extend(*pcr, digest).unwrap();
            }
        }
        let mut log = BootLog::new();
        for event in events {
            let extension = log.push(&Record { by: Measurer::BootProgram, event }).unwrap();
            if boot.measured {
                tpm.pcr_extend(extension.pcr, &extension.digest.0).unwrap();
            }
        }
        let key = tpm.create_attestation_key().unwrap();
        let firmware = boot.firmware.bytes().to_vec();
        let quoted = tpm.quote(key.handle, &[0; 32], pcrs()).unwrap();
        let resets = Quote::parse(quoted.attest).unwrap().reset_count;
        Self { tpm, key, log, firmware, resets, boot, seed: [3; 32] }
    }

    /// Who the machine is.
    pub fn identity(&self) -> Digest {
        Claims::machine_of(&self.key.public)
    }

    /// Makes the machine known without a certificate, as one whose firmware and map are known.
    pub fn enrol(&mut self, state: &State) -> Machine {
        let bank = self.tpm.pcr_read(pcrs()).unwrap();
        let firmware = [0, 2, 3, 7].map(|pcr| (pcr, hex::encode(bank.get(pcr).unwrap())));
        let machine = Machine {
            format: 1,
            identity: self.identity().0,
            name: "desk-7".to_owned(),
            attestation_key: self.key.public.to_vec(),
            endorsement: Endorsement {
                certificate: [0; 32],
                issuer: "the test".to_owned(),
                serial: "01".to_owned(),
            },
            enrolled: 0,
            firmware: Some(firmware.into()),
            resource_map: Some(digest("resource map").to_string()),
            accepted: Accepted { policy_version: 7, boot_count: 3, ..Accepted::default() },
        };
        state.keep_machine(&machine).unwrap();
        machine
    }

    /// Evidence for a nonce.
    pub fn evidence(&mut self, nonce: &[u8]) -> Vec<u8> {
        self.altered(nonce, |_| {}, |_| {})
    }

    /// Evidence that something was done to before the TPM has signed, or after.
    pub fn altered(
        &mut self,
        nonce: &[u8],
        before: impl for<'a> FnOnce(&mut Claims<'a>),
        after: impl for<'a> FnOnce(&mut Parts<'a>),
    ) -> Vec<u8> {
        let log = self.log.clone();
        self.with_log(&log, nonce, before, after)
    }

    /// As [`Self::altered`], with another boot log than the machine's.
    pub fn with_log(
        &mut self,
        log: &BootLog<8192>,
        nonce: &[u8],
        before: impl for<'a> FnOnce(&mut Claims<'a>),
        after: impl for<'a> FnOnce(&mut Parts<'a>),
    ) -> Vec<u8> {
        let firmware = self.firmware.clone();
        let mut claims = self.claims(log, &firmware, nonce);
        before(&mut claims);
        let bank = self.tpm.pcr_read(pcrs()).unwrap();
        let quoted = self.tpm.quote(self.key.handle, &claims.qualifying_data(), pcrs()).unwrap();
        let mut parts = Parts {
            selection: pcrs(),
            attest: quoted.attest.to_vec(),
            signature: quoted.signature.to_vec(),
            attestation_key: self.key.public.to_vec(),
            values: values(&bank, pcrs()),
            claims,
        };
        after(&mut parts);
        parts.sign(&self.seed)
    }

    /// Evidence of the same machine if it had no TPM.
    pub fn without_tpm(&self, nonce: &[u8]) -> Vec<u8> {
        let mut claims = self.claims(&self.log, &self.firmware, nonce);
        claims.machine = None;
        claims.reset_count = 0;
        let mut buffer = vec![0; 64 << 10];
        token::sign(&claims, None, &self.seed, &mut buffer).unwrap().to_vec()
    }

    /// What the machine says.
    pub fn claims<'a>(
        &self,
        log: &'a BootLog<8192>,
        firmware: &'a [u8],
        nonce: &'a [u8],
    ) -> Claims<'a> {
        let boot_log = log.view().unwrap();
        let mut claims = Claims {
            evidence_key: SigningKey::from_bytes(&self.seed).verifying_key().to_bytes(),
            nonce,
            machine: Some(self.identity()),
            version: "0.1.0",
            boot_count: self.boot.boot_count,
            reset_count: self.resets,
            boot_log,
            policy: PolicyClaim {
                version: 0,
                sha256: Digest([0; 32]),
                switches: Switches::default(),
            },
            resource_map: Digest([0; 32]),
            isolation: Verdict::NotRun,
            audit: Some(heads(&[(12, 0, "processor 0"), (30, 0, "processor 1")])),
            firmware_log: Some(firmware),
        };
        for logged in boot_log.events() {
            match logged.record.event {
                Event::Policy { sha256, version, switches } => {
                    claims.policy = PolicyClaim { version, sha256, switches };
                }
                Event::ResourceMap(sha256) => claims.resource_map = sha256,
                Event::Isolation(verdict) => claims.isolation = verdict,
                _ => {}
            }
        }
        claims
    }
}

/// The values of the selected PCRs.
pub fn values(bank: &PcrBank, selection: Selection) -> Vec<[u8; 32]> {
    selection.indices().map(|index| *bank.get(index).unwrap()).collect()
}

impl Parts<'_> {
    /// Signs the evidence.
    pub fn sign(&self, seed: &[u8; 32]) -> Vec<u8> {
        let tpm = TpmEvidence {
            attest: &self.attest,
            signature: &self.signature,
            attestation_key: &self.attestation_key,
            selection: self.selection.indices().fold(0, |mask, index| mask | 1 << index),
            values: &self.values,
        };
        let mut buffer = vec![0; 64 << 10];
        token::sign(&self.claims, Some(&tpm), seed, &mut buffer).unwrap().to_vec()
    }
}

/// Compares a text with a fixture; with `BLESS` set, writes it.
pub fn assert_fixture(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name}");
}
