//! A component has a device that copies memory where it is told (QEMU's `edu`): behind either kind of IOMMU it
//! reaches the component's memory and nothing else, and what it tried is recorded.

use cloister::machine::{
    Options,
    options::{Firmware, Iommu},
};
use cloister_tests::{
    appliance, memory,
    running::{Running, quickest},
};

/// What the component has its device write where it must not (`guests/native/src/bin/dma.rs`).
const PATTERN: u64 = 0x0123_4567_89ab_cdef;

/// The device, with all addresses.
const DEVICE: &str = "edu,dma_mask=0xffffffffffffffff";

const POLICY: &str = include_str!("../../policies/devices.toml");

/// A machine with the device and this IOMMU.
fn start(name: &str, policy: &str, iommu: Iommu) -> Running {
    let options =
        Options { iommu, devices: vec![DEVICE.to_owned()], deterministic: true, ..quickest(1) };
    Running::start_with(&options, &appliance::media_of(name, policy, Firmware::Pvh))
}

/// Lets the component try everything; returns what the log says from lock on.
fn attacked(machine: &mut Running) -> Vec<String> {
    machine.line("end of the attacks", |line| line.ends_with("driver: no attack is left"));
    let log = machine.log();
    let start = log.iter().position(|line| line == "milestone: locked").expect("it was locked");
    log[start..].to_vec()
}

/// The addresses that the component's lines with this word name.
fn addresses(log: &[String], word: &str) -> Vec<u64> {
    let prefix = format!("component: driver: {word} 0x");
    let named = log.iter().filter_map(|line| line.strip_prefix(&prefix));
    named.map(|address| u64::from_str_radix(address, 16).expect("an address")).collect()
}

/// What must be true behind any IOMMU: the component's own memory was reached, nothing was read or written
/// elsewhere, nobody was disturbed.
fn is_confined(machine: &mut Running, log: &[String]) {
    let all = log.join("\n");
    assert!(all.contains("driver: own memory: copied"), "{all}");
    assert!(!all.contains("was read"), "{all}");
    assert!(!all.contains("sensor: missed"), "{all}");
    let written = addresses(log, "write");
    assert!(written.len() > 100, "{all}");
    for address in written.into_iter().filter(|address| *address < 1 << 30) {
        let bytes = memory::read(machine.machine(), address, 8);
        assert_ne!(bytes, PATTERN.to_le_bytes(), "{address:#x} was written");
    }
}

#[test]
fn behind_intel_s_iommu_a_device_reaches_its_owner_s_memory_only_and_each_attempt_is_recorded() {
    let mut machine = start("devices", POLICY, Iommu::Intel);
    let log = attacked(&mut machine);
    is_confined(&mut machine, &log);
    for (position, line) in log.iter().enumerate() {
        let Some(what) = line.strip_prefix("component: driver: ") else { continue };
        let Some(("read" | "write", address)) = what.split_once(' ') else { continue };
        let address = u64::from_str_radix(&address[2..], 16).expect("an address");
        // The unit notes the page.
        let expected = format!(" at {:#018x}", address & !0xfff);
        let until_next =
            log[position + 1..].iter().take_while(|line| !line.starts_with("component: driver: "));
        let recorded: Vec<_> = until_next
            .filter(|line| line.starts_with("audit: refused a device of driver"))
            .collect();
        let all_are = recorded.iter().all(|line| line.ends_with(&expected));
        assert!(recorded.len() == 1 && all_are, "{what}: {recorded:?}");
    }
}

#[test]
fn behind_amd_s_iommu_a_device_reaches_its_owner_s_memory_only() {
    let mut machine = start("devices", POLICY, Iommu::Amd);
    let log = attacked(&mut machine);
    is_confined(&mut machine, &log);
}

#[test]
fn without_an_iommu_a_device_is_given_only_where_the_policy_takes_the_risk_and_then_it_reaches_all()
{
    let mut refused = start("devices", POLICY, Iommu::None);
    let stop = refused
        .line("refusal", |line| line.starts_with("stop: ") || line.starts_with("milestone: "));
    let expected = "stop: device teacher of component driver: it writes memory, and no IOMMU of this machine \
                    confines it";
    assert_eq!(stop, expected);

    let policy = POLICY.replace("strict  = true", "strict  = true\nunsafe-dma = true");
    let mut machine = start("devices-unsafe", &policy, Iommu::None);
    let warning = machine.line("warning", |line| line.starts_with("warning: unsafe-dma"));
    assert_eq!(warning, "warning: unsafe-dma: teacher of component driver can write all memory");
    machine.line("what the attacks are worth", |line| line.ends_with(" was read"));
}
