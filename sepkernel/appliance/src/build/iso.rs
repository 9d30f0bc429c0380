//! A rescue image with GRUB for machines with a BIOS, made by `grub-mkrescue` from Debian's
//! packages: how the Multiboot 2 entry of the boot program is tested.

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::{
    machine::process::{Process, command},
    progress::Step,
};

/// The menu: one entry, started at once. Of GRUB's drivers for screens only the one for VESA's BIOS
/// extensions: the one for QEMU's adapter, which it prefers, gives no 32-bit mode.
const MENU: &str = "\
set timeout=0
insmod vbe
set gfxpayload=1024x768x32
multiboot2 /boot/cloister.elf
module2 /boot/bundle.bin bundle
boot
";

/// Writes a bootable ISO 9660 image with a boot program and a bundle.
///
/// # Errors
/// If a file cannot be copied, or `grub-mkrescue` fails; the message is what it says.
pub fn write(path: &Path, boot_program: &Path, bundle: &Path) -> Result<()> {
    let _step = Step::spinner("Making the BIOS image");
    let tree = tempfile::Builder::new().prefix("cloister-iso-").tempdir()?;
    let boot = tree.path().join("boot");
    std::fs::create_dir_all(boot.join("grub"))?;
    for (from, name) in [(boot_program, "cloister.elf"), (bundle, "bundle.bin")] {
        std::fs::copy(from, boot.join(name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    std::fs::write(boot.join("grub/grub.cfg"), MENU)?;
    let unfinished = path.with_extension("unfinished");
    let mut mkrescue = command("grub-mkrescue");
    mkrescue
        .args(["--directory=/usr/lib/grub/i386-pc", "--locales=", "--fonts=", "--themes=", "-o"])
        .arg(&unfinished)
        .arg(tree.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let (status, said) = Process::spawn("grub-mkrescue", mkrescue)?.wait_with_stderr()?;
    ensure!(status.success(), "grub-mkrescue failed:\n{said}");
    std::fs::rename(&unfinished, path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
