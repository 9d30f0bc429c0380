//! An appliance with its files, and what its attester answers.

use cloister::{
    build::{
        appliance::{Appliance, Request},
        bundle::Bundle,
        contents, disk, signing,
    },
    doctor::{self, requirement::Purpose},
    machine::{BootMedia, Options},
    progress::Step,
};
use cloister_attest::{Reference, reference::Sources};
use cloister_bundle::Role;
use cloister_evidence::exchange::Answer;
use cloister_tests::running::Running;
use tempfile::TempDir;

/// An appliance with its files.
pub struct Image {
    pub appliance: Appliance,
    pub directory: TempDir,
}

impl Image {
    pub fn build(policy: &str) -> Self {
        let needed = [Purpose::Build, Purpose::Run, Purpose::Uefi, Purpose::Tpm];
        doctor::ensure(&needed).expect("everything needed is there or can be installed");
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("policy.toml");
        std::fs::write(&file, policy).expect("the policy can be written");
        let request = Request { policy: file, ..Request::default() };
        let appliance =
            Appliance::build(&request, directory.path()).expect("the appliance can be built");
        Self { appliance, directory }
    }

    /// A machine that boots it.
    pub fn start(&self, options: &Options) -> Running {
        let media = self.appliance.write(options.firmware, self.directory.path()).expect("media");
        Running::start_with(options, &media)
    }

    /// The same with one bit of the kernel changed, in `text`, and signed by who signed the image.
    pub fn with_kernel_bit(&self, text: &str) -> BootMedia {
        let mut program = self.appliance.programs.efi.clone();
        flip(&mut program, text);
        let signed = signing::sign(&program, None).expect("a signature");
        let path = self.directory.path().join("other-kernel.img");
        disk::write(&path, &signed.program, &self.appliance.bundle).expect("an image");
        BootMedia::Disk(path)
    }

    /// The same with another policy, which the officers sign, and one bit of the file `name` changed, in
    /// `text`.
    pub fn with_policy(&self, policy: &str, changed: Option<(&str, &str)>) -> BootMedia {
        let directory = tempfile::tempdir_in(self.directory.path()).expect("a directory").keep();
        let step = Step::spinner("Copying the image's files");
        for file in &self.appliance.bundle.files {
            if !matches!(file.role, Role::Component | Role::GuestImage) {
                continue;
            }
            let mut bytes = Vec::new();
            file.copy(&mut bytes, &step).expect("the file is there");
            if let Some((_, text)) = changed.filter(|(name, _)| *name == file.name) {
                flip(&mut bytes, text);
            }
            let path = directory.join(&file.name);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            std::fs::write(path, bytes).expect("a file");
        }
        let file = directory.join("policy.toml");
        std::fs::write(&file, policy).expect("the policy can be written");
        let request = Request { policy: file, ..Request::default() };
        let sources = contents::of(&request).expect("the policy holds");
        let bundle = Bundle::new(sources).expect("a bundle");
        let path = directory.join("cloister.img");
        disk::write(&path, &self.appliance.signed.program, &bundle).expect("an image");
        BootMedia::Disk(path)
    }

    /// The reference values of this image.
    pub fn reference(&self) -> Reference {
        let file = |name| std::fs::read(self.directory.path().join(name)).expect(name);
        let sources = Sources {
            manifest: &file("manifest"),
            policy: &file("policy.bin"),
            kernel: &file("kernel.elf"),
            boot_program: Some(&file("BOOTX64.EFI")),
        };
        sources.reference().expect("reference values")
    }
}

/// Changes the lowest bit of the first byte of `text`, which must be there once.
fn flip(bytes: &mut [u8], text: &str) {
    let is_text = |window: &[u8]| window == text.as_bytes();
    let places: Vec<_> =
        bytes.windows(text.len()).enumerate().filter(|(_, it)| is_text(it)).collect();
    let [(place, _)] = places[..] else { panic!("{} times {text:?}", places.len()) };
    bytes[place] ^= 1;
}

/// Waits until `subjects` have written so many of the attester's answers into the log, and does `meanwhile`
/// after each line; returns the answers of all, one after the other.
pub fn answers(
    machine: &mut Running,
    subjects: &[(&str, usize)],
    mut meanwhile: impl FnMut(&mut Running),
) -> Vec<Vec<u8>> {
    let prefix = |subject: &str| format!("component: {subject}: answer ");
    let mut missing: Vec<_> = subjects.iter().map(|(name, count)| (prefix(name), *count)).collect();
    while missing.iter().any(|(_, count)| *count > 0) {
        let line = machine.line("answer", |_| true);
        for (prefix, count) in &mut missing {
            let is_last = line.starts_with(&*prefix) && line.ends_with(" bytes is whole");
            *count = count.saturating_sub(usize::from(is_last));
        }
        meanwhile(machine);
    }
    let log = machine.log();
    let said_by = |(subject, count): &(&str, usize)| {
        let prefix = prefix(subject);
        let said = log.iter().filter_map(|line| line.strip_prefix(&prefix));
        let lines: Vec<_> = said.map(|said| hex::decode(said).ok()).collect();
        // A line that is no bytes ends an answer.
        let answers = lines.split(Option::is_none).take(*count);
        let whole = answers.map(|lines| lines.iter().flatten().flatten().copied().collect());
        whole.collect::<Vec<_>>()
    };
    subjects.iter().flat_map(said_by).collect()
}

pub fn evidence_of(answer: &[u8]) -> &[u8] {
    match Answer::parse(answer) {
        Ok(Answer::Evidence(evidence)) => evidence,
        other => panic!("no evidence, but {other:?}"),
    }
}
