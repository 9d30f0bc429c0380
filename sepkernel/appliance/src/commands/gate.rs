//! `cloister gate`: what `.ci/run` checks of the programs for the bare machine.

use anyhow::{Context as _, Result, bail};

use crate::{
    build::{
        appliance::output_directory,
        bare,
        line_count::{ALL_LIMIT, Lines, RESIDENT_LIMIT},
        panic_gate,
        stack_depth::{self, Depth},
        vector_gate,
    },
    doctor::{self, requirement::Purpose},
    progress, workspace,
};

/// Bytes of the stacks that the boot program gives the kernel (`sepkernel/hardware/src/layout.rs`).
const KERNEL_STACK: u64 = 64 * 1024;
const EXCEPTION_STACK: u64 = 8 * 1024;

/// Checks the programs for the bare machine: clippy, no vector instructions, no panic in the kernel
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
        let components = bare::components(&workspace::root())?;
        let guests = [&components.probe, &components.network];
        let all = [&programs.kernel, &programs.boot, &components.monitor];
        for path in all.into_iter().chain(guests) {
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
        let kernel = std::fs::read(&programs.kernel)
            .with_context(|| format!("cannot read {}", programs.kernel.display()))?;
        let panics = panic_gate::inspect(&kernel)?;
        println!("kernel.elf: {} functions of the panic machinery", panics.len());
        if !panics.is_empty() {
            bail!("the resident kernel can panic, as it holds\n{}", panics.join("\n"));
        }
        for (what, start, room) in [
            ("the kernel", "kernel_start", KERNEL_STACK),
            ("an exception", "9exception5fatal", EXCEPTION_STACK),
        ] {
            let Depth { bytes, chain } = stack_depth::of(&kernel, start)?;
            println!("kernel.elf: {what} uses {bytes} bytes of its stack of {room} at most");
            if bytes > room {
                bail!("the stack of {what} is too small for\n{}", chain.join("\n"));
            }
        }
        let lines = Lines::count(&workspace::root()).context("cannot count sepkernel's lines")?;
        println!(
            "sepkernel: {} lines stay mapped (at most {RESIDENT_LIMIT}), {} in all (at most {ALL_LIMIT})",
            lines.resident, lines.all
        );
        if lines.resident > RESIDENT_LIMIT || lines.all > ALL_LIMIT {
            bail!("sepkernel is larger than it may be");
        }
        println!("BOOTX64.EFI: {}", progress::size(programs.efi.len() as u64));
        if violations.is_empty() {
            return bare::clippy();
        }
        let shown: Vec<_> = violations.iter().take(20).map(ToString::to_string).collect();
        bail!("vector or floating-point registers are used:\n{}", shown.join("\n"))
    }
}
