//! QEMU's command line for a machine.

use std::{
    ffi::OsString,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    firmware::{BootMedia, with_path},
    options::{Accelerator, Forward, Iommu, Options, ScreenSize},
    process::command,
    run_directory::RunDirectory,
    running::Machine,
    tpm::Tpm,
};

/// QEMU's program.
pub const QEMU: &str = "qemu-system-x86_64";

/// How long QEMU may take until it listens.
const START: Duration = Duration::from_secs(30);

impl Machine {
    /// Starts a machine in QEMU that boots from `media`.
    ///
    /// # Errors
    /// If QEMU or swtpm do not start; the message is what they say.
    pub fn start(options: &Options, media: &BootMedia) -> Result<Self> {
        let directory = RunDirectory::new()?;
        let start = || Tpm::start(directory.path(), options.tpm_state.as_deref());
        let tpm = options.tpm.then(start).transpose()?;
        let socket = directory.path().join("qmp.socket");
        let mut qemu = command(QEMU);
        qemu.env("TMPDIR", directory.path())
            .args(arguments(options))
            .args(media.arguments(directory.path(), options.variables())?)
            .arg("-qmp")
            .arg(with_path("unix:server=on,wait=off,path=", &socket));
        if let Some(tpm) = &tpm {
            qemu.args(tpm_arguments(&tpm.socket));
        }
        let mut machine = Self::spawn(qemu, directory, tpm)?;
        machine.connect_qmp(&socket, Instant::now() + START)?;
        Ok(machine)
    }
}

fn tpm_arguments(socket: &Path) -> [OsString; 6] {
    [
        "-chardev".into(),
        with_path("socket,id=tpm,path=", socket),
        "-tpmdev".into(),
        "emulator,id=tpm,chardev=tpm".into(),
        "-device".into(),
        "tpm-crb,tpmdev=tpm".into(),
    ]
}

/// The arguments for everything but boot media, TPM and control socket.
fn arguments(options: &Options) -> Vec<OsString> {
    let mut arguments = Vec::new();
    let mut add = |option: &str, value: &str| {
        arguments.push(OsString::from(option));
        arguments.push(OsString::from(value));
    };
    add("-name", "cloister");
    // Interrupt remapping asks for interrupt controllers of QEMU's own.
    add("-machine", "q35,kernel-irqchip=off");
    if options.enrolled.is_some() {
        // The firmware alone can write its variables.
        add("-global", "driver=cfi.pflash01,property=secure,value=on");
    }
    add("-smp", &options.processors.to_string());
    add("-m", &options.memory.to_string());
    let ScreenSize { width, height } = options.screen;
    // The firmware takes the first mode of the screen's own description.
    add("-device", &format!("VGA,edid=on,xres={width},yres={height},vgamem_mb=64"));
    add("-chardev", "stdio,id=com1,signal=off");
    add("-serial", "chardev:com1");
    match (options.accelerator, options.deterministic) {
        (Accelerator::Kvm, _) => {
            add("-accel", "kvm");
            add("-cpu", "host");
        }
        (Accelerator::Tcg, false) => {
            add("-accel", "tcg,thread=multi");
            add("-cpu", "EPYC,+umip");
        }
        (Accelerator::Tcg, true) => {
            add("-accel", "tcg,thread=single");
            // Without the random numbers of the host.
            add("-cpu", "EPYC,+umip,-rdrand,-rdseed");
            add("-icount", &format!("shift={},sleep=off", options.instruction_time));
            add("-rtc", "clock=vm,base=2026-01-01T00:00:00");
            add("-seed", "1");
        }
    }
    match options.iommu {
        // The oldest QEMU that is used has shorter addresses unless it is told.
        Iommu::Intel => add("-device", "intel-iommu,intremap=on,aw-bits=48"),
        // QEMU 10.0 and 10.1 let devices pass this unit unless it must not offer that.
        Iommu::Amd => add("-device", "amd-iommu,intremap=on,pt=off"),
        Iommu::None => {}
    }
    for device in &options.devices {
        add("-device", device);
    }
    if let Some(network) = &options.network {
        let forward = |it: &Forward| format!(",hostfwd=tcp:127.0.0.1:{}-:{}", it.host, it.machine);
        let forwards: String = network.forwards.iter().map(forward).collect();
        add("-netdev", &format!("user,id=outside,ipv6=off{forwards}"));
        // Behind the IOMMU, as version 1.0 of virtio has it, without a program for the firmware.
        let ways = "iommu_platform=on,disable-legacy=on,disable-modern=off,romfile=";
        add("-device", &format!("virtio-net-pci,netdev=outside,{ways}"));
    }
    add("-display", options.display.as_deref().unwrap_or("none"));
    if let Some(port) = options.debugger {
        add("-gdb", &format!("tcp:127.0.0.1:{port}"));
        arguments.push("-S".into());
    }
    arguments.extend(["-nodefaults".into(), "-no-user-config".into()]);
    arguments
}

#[cfg(test)]
mod tests {
    use super::super::options::Network;
    use super::*;

    fn line(options: &Options) -> String {
        arguments(options).join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn a_deterministic_run_takes_nothing_from_the_host() {
        let line = line(&Options { deterministic: true, ..Options::default() });
        for part in ["-icount shift=0,sleep=off", "clock=vm", "-seed 1", "-rdrand", "thread=single"]
        {
            assert!(line.contains(part), "{part} is missing in {line}");
        }
    }

    #[test]
    fn a_port_leads_into_the_machine_from_this_machine_only() {
        let forwards = vec![Forward { host: 5000, machine: 4433 }];
        let line = line(&Options { network: Some(Network { forwards }), ..Options::default() });
        assert!(line.contains("hostfwd=tcp:127.0.0.1:5000-:4433 -device virtio-net"), "{line}");
    }

    #[test]
    fn a_debugger_connects_from_this_machine_only() {
        let line = line(&Options { debugger: Some(1234), ..Options::default() });
        assert!(line.contains("-gdb tcp:127.0.0.1:1234 -S"), "{line}");
    }
}
