//! Devices that copy memory where they are told (QEMU's `edu`), one of a component and one of a world: behind either kind of
//! IOMMU they reach their owner's memory and nothing else, and what they tried is recorded. Beside them a real system has a
//! device of the machine's that its own driver works with.

use std::ops::Range;

use cloister::machine::{
    Options,
    options::{Firmware, Iommu},
};
use cloister_tests::{
    appliance, memory,
    running::{Running, quickest},
};

/// What the attackers have their devices write where they must not (`guests/native/src/bin/dma.rs`,
/// `guests/probe/src/dma.rs`).
const PATTERN: u64 = 0x0123_4567_89ab_cdef;

/// The attackers' devices, with all addresses.
const DEVICES: [&str; 2] =
    ["edu,dma_mask=0xffffffffffffffff,addr=0x10", "edu,dma_mask=0xffffffffffffffff,addr=0x11"];
/// The real system's.
const ENTROPY: &str = "virtio-rng-pci,disable-legacy=on,iommu_platform=on";
/// The same behind a bridge, where it can be reset.
const BEHIND_BRIDGE: [&str; 2] = [
    "pcie-root-port,id=bridge0,chassis=1,addr=0x12",
    "virtio-rng-pci,disable-legacy=on,iommu_platform=on,bus=bridge0",
];

const POLICY: &str = include_str!("../../policies/devices.toml");

/// The attackers, as their lines begin.
const ATTACKERS: [(&str, &str); 2] =
    [("driver", "component: driver: "), ("attacker", "component: attacker: dma: ")];

/// A machine with the devices and this IOMMU.
fn start(name: &str, policy: &str, iommu: Iommu) -> Running {
    // QEMU's AMD IOMMU takes a device behind a bridge for one of the first bus.
    let entropy = if iommu == Iommu::Intel { &BEHIND_BRIDGE[..] } else { &[ENTROPY] };
    let devices = DEVICES.iter().chain(entropy).map(|device| (*device).to_owned()).collect();
    // With its AMD IOMMU and three processors, QEMU 10 sometimes hardly goes on where it counts instructions.
    let deterministic = iommu != Iommu::Amd;
    let options = Options { iommu, devices, deterministic, ..quickest(3) };
    Running::start_with(&options, &appliance::media_of(name, policy, Firmware::Pvh))
}

/// Lets the attackers try everything; returns what the log says.
fn attacked(machine: &mut Running) -> Vec<String> {
    for (who, prefix) in ATTACKERS {
        let last = format!("{prefix}no attack is left");
        let what = format!("attack of the {who}");
        while machine.line(&what, |line| line.starts_with(prefix)) != last {}
    }
    machine.log()
}

/// What the lines with this prefix and word name, as `write 0x1000`.
fn addresses(log: &[String], prefix: &str, word: &str) -> Vec<u64> {
    let prefix = format!("{prefix}{word} 0x");
    let named = log.iter().filter_map(|line| line.strip_prefix(&prefix));
    named.map(|address| u64::from_str_radix(address, 16).expect("an address")).collect()
}

/// The memory that a line of the resource map says somebody reaches, by devices or not: `map 0x1000 to 0x2000: attacker,
/// read, write`.
fn mapped(line: &str, owner: &str, by_devices: bool) -> Option<Range<u64>> {
    let (range, rest) = line.strip_prefix("boot: map ")?.split_once(": ")?;
    let (start, end) = range.split_once(" to ")?;
    let number = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    let own = rest.strip_prefix(owner)?.starts_with(',');
    (own && rest.ends_with(", by devices") == by_devices).then_some(number(start)?..number(end)?)
}

/// What must be true behind any IOMMU: each attacker's own memory was reached, nothing was read or written elsewhere. What
/// was tried is memory of the kernel, of another world and of the attacking world's own monitor: what of its memory its
/// device does not share.
fn is_confined(machine: &mut Running, log: &[String]) {
    let all = log.join("\n");
    assert!(!all.contains("was read"), "{all}");
    for (who, prefix) in ATTACKERS {
        for worked in ["own memory copied", "the device interrupts"] {
            assert!(all.contains(&format!("{prefix}{worked}")), "{who}: {all}");
        }
        let written = addresses(log, prefix, "write");
        assert!(written.len() > 80, "{who}: {all}");
        for owner in ["kernel", "laboratory", "attacker"] {
            let shared: Vec<_> = log.iter().filter_map(|line| mapped(line, owner, true)).collect();
            let mut memory = log.iter().filter_map(|line| mapped(line, owner, false));
            let is_tried = memory.any(|range| {
                let own = owner == who && shared.contains(&range);
                !own && written.iter().any(|at| range.contains(at))
            });
            assert!(is_tried, "{who} tried no memory of {owner}: {all}");
        }
        for address in written.into_iter().filter(|address| *address < 1 << 30) {
            let bytes = memory::read(machine.machine(), address, 8);
            assert_ne!(bytes, PATTERN.to_le_bytes(), "{address:#x} was written");
        }
    }
}

/// The unmodified system's own driver works with the device of the machine's: its requests reach the system's memory, and its
/// messages interrupt the system.
fn has_a_driver_that_works(log: &[String]) {
    let said = |what: &str| {
        log.iter().find(|line| {
            line.strip_prefix("component: laboratory: ").is_some_and(|line| line.contains(what))
        })
    };
    let all = log.join("\n");
    assert!(said("driver: virtio_rng.0").is_some(), "{all}");
    assert!(said("read: 4096 bytes").is_some(), "{all}");
    let interrupts = said("virtio0-input").unwrap_or_else(|| panic!("{all}"));
    let count = interrupts.split_whitespace().find_map(|word| word.parse::<u32>().ok());
    assert!(count.is_some_and(|count| count > 0), "{interrupts}");
}

/// Each attempt of these lines was recorded, once, as one of their subject's devices. The unit notes the page.
fn each_is_recorded(log: &[String], who: &str, prefix: &str) {
    for (position, line) in log.iter().enumerate() {
        let Some(what) = line.strip_prefix(prefix) else { continue };
        let Some(("read" | "write", address)) = what.split_once(' ') else { continue };
        let address = u64::from_str_radix(&address[2..], 16).expect("an address");
        let expected = format!(" at {:#018x}", address & !0xfff);
        let until_next = log[position + 1..].iter().take_while(|line| !line.starts_with(prefix));
        let refused = format!("audit: refused a device of {who}");
        let recorded: Vec<_> = until_next.filter(|line| line.starts_with(&refused)).collect();
        let all_are = recorded.iter().all(|line| line.ends_with(&expected));
        assert!(recorded.len() == 1 && all_are, "{who}: {what}: {recorded:?}");
    }
}

#[test]
fn behind_intel_s_iommu_devices_reach_their_owners_memory_only_and_each_attempt_is_recorded() {
    let mut machine = start("devices", POLICY, Iommu::Intel);
    let log = attacked(&mut machine);
    is_confined(&mut machine, &log);
    // Nobody was disturbed, as far as frames tell.
    assert!(
        !log.iter().any(|line| line.starts_with("component: sensor: missed")),
        "{}",
        log.join("\n")
    );
    for (who, prefix) in ATTACKERS {
        each_is_recorded(&log, who, prefix);
    }
    let reset = "boot: laboratory: 01:00.0 1af4:1044 class 00:ff, reset, 2 messages";
    assert!(log.iter().any(|line| line == reset), "{}", log.join("\n"));
    has_a_driver_that_works(&log);
}

#[test]
fn behind_amd_s_iommu_devices_reach_their_owners_memory_only() {
    let mut machine = start("devices", POLICY, Iommu::Amd);
    let log = attacked(&mut machine);
    is_confined(&mut machine, &log);
    has_a_driver_that_works(&log);
}

#[test]
fn without_an_iommu_a_device_is_given_only_where_the_policy_takes_the_risk_and_then_it_reaches_all()
{
    let (before, rest) = POLICY.split_once("[device.pupil]").expect("a device of a world");
    let (_, after) = rest.split_once("[schedule]").expect("a schedule behind the devices");
    let component = format!("{before}[schedule]{after}");
    let unsafe_dma =
        |policy: &str| policy.replace("strict  = true", "strict  = true\nunsafe-dma = true");
    // A world's device is refused whatever the policy says: nothing would tell it where the guest's memory is.
    for (name, policy, refused) in [
        ("devices-component", component.clone(), "teacher of component driver"),
        ("devices-unsafe-world", unsafe_dma(POLICY), "entropy of world laboratory"),
    ] {
        let mut machine = start(name, &policy, Iommu::None);
        let is_end = |line: &str| line.starts_with("stop: ") || line.starts_with("milestone: ");
        let stop = machine.line("refusal", is_end);
        let why = "it writes memory, and no IOMMU of this machine confines it";
        assert_eq!(stop, format!("stop: device {refused}: {why}"));
    }

    let mut machine = start("devices-unsafe", &unsafe_dma(&component), Iommu::None);
    let warning = machine.line("warning", |line| line.starts_with("warning: unsafe-dma"));
    assert_eq!(warning, "warning: unsafe-dma: teacher of component driver can write all memory");
    machine.line("what the attacks are worth", |line| line.ends_with(" was read"));
}
