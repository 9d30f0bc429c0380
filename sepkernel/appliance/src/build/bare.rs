//! Compiles the programs that run on the bare machine: the resident kernel, and the boot program
//! that carries it.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};

use super::{elf::Program, pe};
use crate::{
    machine::process::{Process, command},
    progress::Step,
    workspace,
};

pub(super) const TARGET: &str = "x86_64-unknown-linux-gnu";
const PROFILE: &str = "bare";

/// The programs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The kernel's ELF file, with symbols, for debuggers.
    pub kernel: PathBuf,
    /// The boot program's ELF file: what Multiboot 2 and PVH loaders start.
    pub boot: PathBuf,
    /// The boot program as an EFI application, not signed yet.
    pub efi: Vec<u8>,
}

/// A program for the bare machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Package {
    Kernel,
    Init,
    /// The components that run in ring 3.
    Native,
    /// The worlds' monitor. It keeps the guest's vector registers while it runs, so that it, too, must
    /// use none.
    Monitor,
    /// The trusted GUI.
    Gui,
    /// The attester.
    Attester,
    /// The driver of outside networks.
    Driver,
    /// The world that measures, records and attacks. It has no vector registers to save, either.
    Probe,
    /// The world that serves a page about itself; in the same way.
    Network,
}

impl Package {
    const ALL: [Self; 9] = [
        Self::Kernel,
        Self::Init,
        Self::Native,
        Self::Monitor,
        Self::Gui,
        Self::Attester,
        Self::Driver,
        Self::Probe,
        Self::Network,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Kernel => "cloister-kernel",
            Self::Init => "cloister-init",
            Self::Native => "cloister-native",
            Self::Monitor => "cloister-monitor",
            Self::Gui => "cloister-gui",
            Self::Attester => "cloister-attestation",
            Self::Driver => "cloister-network-driver",
            Self::Probe => "cloister-probe",
            Self::Network => "cloister-network",
        }
    }

    /// Where cargo leaves what it built of this package in `target`.
    fn results(self, target: &Path) -> PathBuf {
        target.join(self.name()).join(TARGET).join(PROFILE)
    }

    /// The program itself.
    fn result(self, target: &Path) -> PathBuf {
        self.results(target).join(self.name())
    }

    /// How it is linked: the kernel for its one address, the boot program for any.
    fn link_flags(self) -> &'static [&'static str] {
        // Linker scripts are named relative to the workspace, where rustc runs: an absolute path
        // would become part of every symbol's hash.
        match self {
            Self::Kernel => &[
                "-Crelocation-model=static",
                "-Ccode-model=kernel",
                "-Clink-arg=-static",
                "-Clink-arg=-Tsepkernel/kernel/kernel.ld",
            ],
            Self::Init => &[
                "-Crelocation-model=pie",
                "-Clink-arg=-static-pie",
                // Loaders other than EFI load it where it is linked and relocate nothing.
                "-Clink-arg=-Wl,--apply-dynamic-relocs",
                "-Clink-arg=-Tsepkernel/init/init.ld",
            ],
            Self::Native | Self::Monitor | Self::Gui | Self::Attester | Self::Driver => &[
                "-Crelocation-model=static",
                "-Clink-arg=-static",
                "-Clink-arg=-Tsepkernel/runtime/component.ld",
            ],
            Self::Probe | Self::Network => &[
                "-Crelocation-model=static",
                "-Clink-arg=-static",
                "-Clink-arg=-Tguests/bare/guest.ld",
            ],
        }
    }
}

/// The compiler flags of a program. No vector registers, because the kernel does not save them;
/// no red zone, because interrupts use the stack; no path of this machine in the result.
fn flags(package: Package, root: &Path, cargo_home: &Path) -> Vec<String> {
    let common = [
        "-Ctarget-feature=-sse,-sse2,-sse3,-ssse3,-sse4.1,-sse4.2,-avx,-avx2",
        "--cfg",
        "sha2_backend=\"soft\"",
        "--cfg",
        "curve25519_dalek_backend=\"serial\"",
        "-Cpanic=abort",
        "-Cno-redzone=yes",
        "-Clink-arg=-nostartfiles",
        "-Clink-arg=-nostdlib",
    ];
    let mut flags: Vec<String> =
        common.iter().chain(package.link_flags()).map(|flag| (*flag).to_owned()).collect();
    flags.extend(without_paths(root, cargo_home));
    flags
}

/// The flags that keep paths of this machine out of a program.
pub(super) fn without_paths(root: &Path, cargo_home: &Path) -> [String; 2] {
    let remap = |from: &Path, to| format!("--remap-path-prefix={}={to}", from.display());
    [remap(cargo_home, "/cargo"), remap(root, "/cloister")]
}

/// Where cargo keeps sources.
pub(super) fn cargo_home() -> Result<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("neither CARGO_HOME nor HOME is set")
}

/// The environment and arguments after the subcommand that cargo needs for the boot program's and
/// the kernel's sources, whatever is done with them: `.ci/run` runs clippy with these.
fn cargo(
    subcommand: &str,
    package: Package,
    root: &Path,
    target_directory: &Path,
) -> Result<std::process::Command> {
    let flags = flags(package, root, &cargo_home()?).join("\u{1f}");
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut cargo = command(program);
    cargo
        .current_dir(root)
        .args([subcommand, "--package", package.name(), "--profile", PROFILE])
        .args(["--target", TARGET, "--target-dir"])
        // Each program has flags of its own; in one directory they would undo each other's work.
        .arg(target_directory.join(package.name()))
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .env_remove("RUSTFLAGS")
        .env_remove("CLOISTER_KERNEL_IMAGE")
        .env_remove("CLOISTER_SELF_TEST");
    Ok(cargo)
}

/// Builds both programs from the sources at `root` into `output`. With `self_test`, the boot program ends in the failure of
/// that name instead of booting, to show how failures are reported.
///
/// # Errors
/// If the compiler refuses (the message is the compiler's), or the boot program is not of the form
/// that can become an EFI application.
pub fn build(root: &Path, output: &Path, self_test: Option<&str>) -> Result<Programs> {
    let target = root.join("target").join(match self_test {
        None => "bare",
        Some(_) => "bare-self-test",
    });
    // Another process must not build another variant between compiling and copying.
    let lock = target.join("lock");
    std::fs::create_dir_all(&target)
        .with_context(|| format!("cannot make {}", target.display()))?;
    let lock = File::create(&lock).with_context(|| format!("cannot make {}", lock.display()))?;
    lock.lock().context("cannot lock the directory of the bare programs")?;
    run(cargo("build", Package::Kernel, root, &target)?, "Compiling the kernel")?;
    let kernel = Package::Kernel.result(&target);
    let mut init = cargo("build", Package::Init, root, &target)?;
    init.env("CLOISTER_KERNEL_IMAGE", &kernel);
    if let Some(name) = self_test {
        init.args(["--features", "self-test"]).env("CLOISTER_SELF_TEST", name);
    }
    run(init, "Compiling the boot program")?;

    let copy = |from: PathBuf, name: &str| {
        let to = output.join(name);
        let bytes =
            std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
        super::write_whole(&to, |file| Ok(std::io::Write::write_all(file, &bytes)?))?;
        Ok::<_, anyhow::Error>((to, bytes))
    };
    let (kernel, _) = copy(kernel, "kernel.elf")?;
    let (boot, bytes) = copy(Package::Init.result(&target), "boot.elf")?;
    let efi = Program::read(&bytes, "efi_main")
        .map_err(anyhow::Error::from)
        .and_then(|program| Ok(pe::write(&program)?))
        .with_context(|| format!("{} cannot become an EFI application", boot.display()))?;
    Ok(Programs { kernel, boot, efi })
}

/// The programs for ring 3 and for worlds.
#[derive(Clone, Debug)]
pub struct Components {
    directory: PathBuf,
    /// The worlds' monitor.
    pub monitor: PathBuf,
    /// The trusted GUI.
    pub gui: PathBuf,
    /// The attester.
    pub attester: PathBuf,
    /// The driver of outside networks.
    pub driver: PathBuf,
    /// The world that measures, records and attacks.
    pub probe: PathBuf,
    /// The world that serves a page about itself.
    pub network: PathBuf,
}

impl Components {
    /// The program with this name.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        match name {
            "monitor" => self.monitor.clone(),
            "trusted-gui" => self.gui.clone(),
            "attester" => self.attester.clone(),
            "network-driver" => self.driver.clone(),
            "probe" => self.probe.clone(),
            "network" => self.network.clone(),
            _ => self.directory.join(name),
        }
    }
}

/// Builds the programs for ring 3 and for worlds.
///
/// # Errors
/// If the compiler refuses; the message is the compiler's.
pub fn components(root: &Path) -> Result<Components> {
    let target = root.join("target/bare");
    run(cargo("build", Package::Native, root, &target)?, "Compiling the components")?;
    run(cargo("build", Package::Monitor, root, &target)?, "Compiling the monitor")?;
    run(cargo("build", Package::Gui, root, &target)?, "Compiling the trusted GUI")?;
    run(cargo("build", Package::Attester, root, &target)?, "Compiling the attester")?;
    run(cargo("build", Package::Driver, root, &target)?, "Compiling the network driver")?;
    run(cargo("build", Package::Probe, root, &target)?, "Compiling the probe")?;
    run(cargo("build", Package::Network, root, &target)?, "Compiling the network world")?;
    Ok(Components {
        directory: Package::Native.results(&target),
        monitor: Package::Monitor.result(&target),
        gui: Package::Gui.result(&target),
        attester: Package::Attester.result(&target),
        driver: Package::Driver.result(&target),
        probe: Package::Probe.result(&target),
        network: Package::Network.result(&target),
    })
}

/// Runs clippy on all these programs, with warnings denied.
///
/// # Errors
/// If clippy finds something; its words are the message.
pub fn clippy() -> Result<()> {
    let root = workspace::root();
    let target = root.join("target/bare-clippy");
    // A program to embed is asked for; any file will do to check the source.
    let stand_in = root.join("Cargo.toml");
    for package in Package::ALL {
        let mut check = cargo("clippy", package, &root, &target)?;
        check.env("CLOISTER_KERNEL_IMAGE", &stand_in).args([
            "--all-features",
            "--",
            "-D",
            "warnings",
        ]);
        run(check, &format!("Checking {}", package.name()))?;
    }
    Ok(())
}

/// Runs cargo, and shows what it says only if it fails.
pub(super) fn run(mut cargo: std::process::Command, what: &str) -> Result<()> {
    let step = Step::spinner(what);
    cargo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = Process::spawn("cargo", cargo)?;
    let mut said = String::new();
    if let Some(stderr) = process.take_stderr() {
        for line in BufReader::new(stderr).lines() {
            let line = line?;
            if let Some(package) = line.trim().strip_prefix("Compiling ") {
                step.at(package.split(" (").next().unwrap_or(package));
            }
            said.push_str(&line);
            said.push('\n');
        }
    }
    let status = process.wait()?;
    drop(step);
    ensure!(status.success(), "{what} failed:\n{said}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flag_but_the_remapping_holds_a_path_of_this_machine() {
        for package in Package::ALL {
            let flags = flags(package, Path::new("/checkout"), Path::new("/home/.cargo"));
            for flag in flags.iter().filter(|flag| !flag.starts_with("--remap-path-prefix=")) {
                assert!(!flag.contains("/checkout") && !flag.contains("/home"), "{flag}");
            }
        }
    }
}
