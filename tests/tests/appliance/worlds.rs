//! Worlds: unmodified Debian kernels, each under its own monitor, each with what the policy gives it.

use cloister::milestone::Milestone;
use cloister_tests::running::Running;

/// Both worlds on one processor.
const ONE: &str = include_str!("../../policies/worlds.toml");

/// Lets both worlds reach their shells; returns the log.
fn booted(mut machine: Running) -> Vec<String> {
    machine.reach(Milestone::WorldsUp);
    machine.log()
}

/// The lines of a world's own serial line.
fn lines<'l>(log: &'l [String], world: &str) -> Vec<&'l str> {
    let prefix = format!("component: {world}: ");
    log.iter().filter_map(|line| line.strip_prefix(&prefix)).collect()
}

/// Each world's kernel has found the machine that the policy describes, and nothing else.
fn check(log: &[String]) {
    let all = log.join("\n");
    for (world, memory_end) in [("left", "0x000000000bffffff"), ("right", "0x000000000fffffff")] {
        let lines = lines(log, world);
        let has = |text: &str| lines.iter().any(|line| line.contains(text));
        let map = format!("BIOS-e820: [mem 0x0000000000100000-{memory_end}] usable");
        assert!(has(&map), "{world} has other memory than its own:\n{all}");
        assert!(has("Hypervisor detected: KVM"), "{world}: {all}");
        assert!(has("world: ready"), "{world}: {all}");
        assert!(!has("Kernel panic") && !has("Call Trace"), "{world}: {all}");
    }
    assert!(!log.iter().any(|line| line.starts_with("audit: ")), "something was refused:\n{all}");
}

#[test]
fn two_debian_worlds_reach_their_shells_on_one_processor() {
    check(&booted(Running::of_policy("worlds-1", ONE, 1)));
}

#[test]
fn two_debian_worlds_reach_their_shells_on_two_processors() {
    let two = ONE
        .replace("cpus   = 1\n", "cpus   = 2\n")
        .replace("cpus    = [0]\n\n[schedule]", "cpus    = [1]\n\n[schedule]")
        .replace(
            "    { subject = \"right\", time = \"10 ms\" },\n]",
            "    { time = \"10 ms\" },\n]\ncpu.1 = [{ subject = \"right\", time = \"20 ms\" }]",
        );
    check(&booted(Running::behind_intel_s_iommu("worlds-2", &two, 2)));
}

#[test]
fn a_world_with_two_processors_uses_both_beside_another_world() {
    let both = ONE
        .replace("cpus   = 1\n", "cpus   = 2\n")
        .replace("cpus    = [0]\n\n[world.right]", "cpus    = [0, 1]\n\n[world.right]")
        .replace(
            "time = \"10 ms\" },\n]",
            "time = \"10 ms\" },\n]\ncpu.1 = [\n    { subject = \"left\", time = \"10 ms\" },\n    { time = \"10 ms\" },\n]",
        );
    let log = booted(Running::of_policy("worlds-smp", &both, 2));
    check(&log);
    let brought_up = |world| lines(&log, world).iter().any(|line| line.contains("1 node, 2 CPUs"));
    assert!(brought_up("left") && !brought_up("right"), "{}", log.join("\n"));
}

#[test]
fn a_world_that_resets_itself_starts_from_the_measured_image_and_the_other_runs_on() {
    // A kernel that finds no first program resets the machine after a second.
    let broken = "[image.broken]\nkernel       = { file = \"debian/vmlinuz\" }\n\
                  initrd       = { file = \"debian/initrd.img\" }\n\
                  command-line = \"console=ttyS0 panic=1 rdinit=/missing\"\n\n";
    let policy = ONE.replacen("[world.left]", &format!("{broken}[world.left]"), 1).replacen(
        "level   = \"low\"\nimage   = \"debian\"",
        "level   = \"low\"\nimage   = \"broken\"",
        1,
    );
    let mut machine = Running::of_policy("worlds-reset", &policy, 1);
    machine.line("second start", |line| line == "audit: started left (2)");
    machine.line("second boot", |line| {
        line.starts_with("component: left: ") && line.contains("Linux version")
    });
    let ready = "component: right: world: ready";
    if !machine.log().iter().any(|line| line == ready) {
        machine.line("other world", |line| line == ready);
    }
    let log = machine.log();
    let disturbed = log.iter().find(|line| line.starts_with("audit: ") && line.contains("right"));
    assert_eq!(disturbed, None, "{}", log.join("\n"));
}

#[test]
fn a_world_forgets_what_it_wrote_on_its_disk_when_it_starts_again() {
    // 1 MiB that begins with a text, where the tool looks for the policy's files.
    let mut content = b"as-measured\n".to_vec();
    content.resize(1 << 20, 0);
    let directory = cloister::workspace::output().join("tests/worlds-disk");
    std::fs::create_dir_all(&directory).expect("a directory for the appliance");
    std::fs::write(directory.join("disk.img"), content).expect("the disk can be written");
    let commands =
        "head -n 1 /dev/vda; echo was-written >/dev/vda; sync; head -n 1 /dev/vda; reboot -f";
    let policy = ONE.replace(
        "command-line = \"console=ttyS0\"",
        &format!(
            "disk         = {{ file = \"disk.img\" }}\n\
             command-line = \"console=ttyS0 cloister.start=\\\"{commands}\\\"\""
        ),
    );
    let mut machine = Running::of_policy("worlds-disk", &policy, 1);
    for (what, text) in [
        ("disk as measured", "as-measured"),
        ("disk as written", "was-written"),
        ("disk as measured again", "as-measured"),
    ] {
        let wanted = format!("component: left: {text}");
        machine.line(what, |line| line == wanted);
    }
}

#[test]
fn a_component_that_may_pauses_resumes_stops_and_starts_a_world() {
    let component = "[component.worker]\nlevel   = \"high\"\nprogram = { file = \"native/steady\" }\n\
                     memory  = \"64 KiB\"\ncpus    = [0]\n";
    let world = "[image.probe]\nkernel       = { file = \"native/probe\" }\ncommand-line = \"record\"\n\n\
                 [world.worker]\nlevel   = \"high\"\nimage   = \"probe\"\nmemory  = \"32 MiB\"\n\
                 cpus    = [0]\n";
    let policy = include_str!("../../policies/control.toml");
    assert!(policy.contains(component), "the policy has the component that the world replaces");
    let mut machine =
        Running::of_policy("worlds-control", &policy.replacen(component, world, 1), 1);
    for note in ["paused worker (0)", "resumed worker (0)", "stopped worker (1)"] {
        machine.line(note, |line| line == format!("audit: {note}"));
    }
    machine.line("start", |line| line.starts_with("audit: started worker ("));
    machine.line("guest's start", |line| line == "component: worker: probe: record");
}

#[test]
fn a_kernel_starts_by_multiboot_and_finds_its_memory_and_the_machines_tables() {
    let mut machine = Running::of_policy("worlds-xen", include_str!("../../policies/xen.toml"), 1);
    machine.line("banner", |line| line.starts_with("component: xen: (XEN) Xen version 4."));
    // What the loader told: its name, the command line, where memory is, a module (without which Xen
    // goes no further), where ACPI's tables begin. The last line needs all of them.
    for wanted in [
        "(XEN) Bootloader: Cloister",
        "(XEN) Command line: com1=115200,8n1 console=com1 noreboot",
        "(XEN) Multiboot-e820 RAM map:",
        "(XEN)  [0000000000100000, 000000000fffffff] (usable)",
        "(XEN) System RAM: 255MB",
        "(XEN) IOAPIC[0]: apic_id 255, version 32, address 0xfec00000, GSI 0-23",
    ] {
        machine.line(wanted, |line| {
            line.strip_prefix("component: xen: ").is_some_and(|said| said.starts_with(wanted))
        });
    }
}
