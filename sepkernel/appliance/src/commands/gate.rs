//! `cloister gate`: what `.ci/run` checks of the programs for the bare machine.

use anyhow::{Context as _, Result, bail};

use crate::{
    build::{appliance::output_directory, bare, vector_gate},
    doctor::{self, requirement::Purpose},
    progress, workspace,
};

/// Checks the programs for the bare machine: clippy, and no vector instructions
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Gate {}

impl Gate {
    /// Checks, and prints sizes.
    ///
    /// # Errors
    /// If a check fails; the message says what was found.
    pub fn run(self) -> Result<()> {
        doctor::ensure(&[Purpose::Build])?;
        let programs = bare::build(&workspace::root(), &output_directory(None), None)?;
        let mut violations = Vec::new();
        for path in [&programs.kernel, &programs.boot] {
            let bytes =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let finding = vector_gate::inspect(&bytes)?;
            let name = path.file_name().unwrap_or_default().display();
            println!(
                "{name}: {} in the file, {} of code, {} instructions, {} with vector registers",
                progress::size(bytes.len() as u64),
                progress::size(finding.code),
                finding.instructions,
                finding.violations.len()
            );
            violations.extend(finding.violations);
        }
        println!("BOOTX64.EFI: {}", progress::size(programs.efi.len() as u64));
        if violations.is_empty() {
            return bare::clippy();
        }
        let shown: Vec<_> = violations.iter().take(20).map(ToString::to_string).collect();
        bail!("vector or floating-point registers are used:\n{}", shown.join("\n"))
    }
}
