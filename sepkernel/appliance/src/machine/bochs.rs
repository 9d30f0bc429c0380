//! A machine in Bochs: another emulator, with other faults, that starts from a BIOS.

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, Result};

use super::{Machine, process::command, run_directory::RunDirectory};

/// Where Debian's packages `bochsbios` and `vgabios` put the machine's firmware.
const BIOS: &str = "/usr/share/bochs/BIOS-bochs-latest";
const VGA_BIOS: &str = "/usr/share/bochs/VGABIOS-lgpl-latest";

impl Machine {
    /// Starts a machine in Bochs, without a window, that boots from an ISO 9660 image.
    ///
    /// # Errors
    /// If Bochs does not start.
    pub fn start_in_bochs(image: &Path) -> Result<Self> {
        let directory = RunDirectory::new()?;
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("bochsrc"), configuration(image, &at("serial"), &at("log")))
            .context("cannot write Bochs's configuration")?;
        // Debian's Bochs has its debugger built in, which waits for the command to continue.
        std::fs::write(at("debugger"), "c\n").context("cannot write Bochs's commands")?;
        make_fifo(&at("serial"))?;
        let mut bochs = command("sh");
        // The serial line goes through a pipe with a name; Bochs's own talk goes nowhere.
        bochs
            .arg("-c")
            .arg("cat \"$1\" & exec bochs -q -f \"$2\" -rc \"$3\" >/dev/null 2>&1")
            .arg("bochs")
            .args([at("serial"), at("bochsrc"), at("debugger")]);
        Self::spawn(bochs, directory, None)
    }
}

fn make_fifo(path: &Path) -> Result<()> {
    let mut mkfifo = command("mkfifo");
    mkfifo.arg(path).stdout(Stdio::null());
    let status = mkfifo.status().context("cannot run mkfifo")?;
    anyhow::ensure!(status.success(), "cannot make the pipe {}", path.display());
    Ok(())
}

/// Bochs's configuration. Its adapter is a plain VGA: with its VESA BIOS extensions Debian 12's GRUB
/// calls a wild pointer when it sets the mode.
fn configuration(image: &Path, serial: &Path, log: &Path) -> String {
    format!(
        "\
megs: 1024
cpu: model=ryzen, count=1, ips=200000000, reset_on_triple_fault=0
romimage: file={BIOS}
vgaromimage: file={VGA_BIOS}
vga: extension=none
ata0-master: type=cdrom, path=\"{}\", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=\"{}\"
log: \"{}\"
panic: action=fatal
display_library: rfb, options=\"timeout=0\"
plugin_ctrl: speaker=0, sb16=0, es1370=0
",
        image.display(),
        serial.display(),
        log.display(),
    )
}
