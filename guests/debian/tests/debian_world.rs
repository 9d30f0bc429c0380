//! Makes a Debian world's images and boots them on a plain emulated PC.
//!
//! Needs Debian with `apt-get update` done, and QEMU. The first run downloads the packages into the
//! workspace's cache.

use cloister::doctor::{self, requirement::Purpose};
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use cloister_guests::{Images, Progress, Variant, debian_world, default_cache};

mod machine;
use machine::Machine;

/// Tests of this file that use the shared cache run one after another, so that what one sees of
/// its progress is its own.
static CACHE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    CACHE.lock().unwrap_or_else(|broken| broken.into_inner())
}

/// The plain world's images, on a machine that has all that the tests need.
fn images() -> Images {
    images_of(&Variant::plain())
}

fn images_of(variant: &Variant) -> Images {
    doctor::ensure(&[Purpose::Build, Purpose::Run])
        .expect("everything needed is there or can be installed");
    let mut show = |step: Progress| eprintln!("{step}");
    debian_world(&default_cache(), variant, &mut show).unwrap_or_else(|error| panic!("{error}"))
}

/// A plain machine with a world's images, and with further arguments for QEMU.
fn started(images: &Images, command_line: &str, arguments: &[&str]) -> Machine {
    let (kernel, initrd) = (images.kernel.to_str().unwrap(), images.initrd.to_str().unwrap());
    let images = ["-kernel", kernel, "-initrd", initrd, "-append", command_line];
    Machine::start(&[&images, arguments].concat())
}

/// Copies what a build needs from one cache into another.
fn copy_cache(source: &Path, directory: &Path) {
    fs::create_dir_all(directory.join("packages")).unwrap();
    fs::create_dir_all(directory.join("selections")).unwrap();
    let plain = "selections/plain.json";
    fs::copy(source.join(plain), directory.join(plain)).unwrap();
    for entry in fs::read_dir(source.join("packages")).unwrap().flatten() {
        fs::copy(entry.path(), directory.join("packages").join(entry.file_name())).unwrap();
    }
}

#[test]
fn two_builds_give_identical_bytes_and_a_damaged_one_is_made_anew() {
    let _alone = alone();
    images();
    // A cache of its own, as the shared one may have images without their packages.
    let one = tempfile::tempdir().unwrap();
    copy_cache(&default_cache(), one.path());
    let first =
        debian_world(one.path(), &Variant::plain(), &mut |step| eprintln!("{step}")).unwrap();
    let other = tempfile::tempdir().unwrap();
    copy_cache(one.path(), other.path());
    let mut steps = Vec::new();
    let second =
        debian_world(other.path(), &Variant::plain(), &mut |step| steps.push(step)).unwrap();
    assert_ne!(first.initrd, second.initrd);
    assert!(fs::read(&first.initrd).unwrap() == fs::read(&second.initrd).unwrap());
    assert!(fs::read(&first.kernel).unwrap() == fs::read(&second.kernel).unwrap());
    assert!(steps.contains(&Progress::Assembling));
    assert!(!steps.iter().any(|step| matches!(step, Progress::Downloading { .. })), "{steps:?}");

    fs::write(&second.initrd, "damage").unwrap();
    steps.clear();
    let third =
        debian_world(other.path(), &Variant::plain(), &mut |step| steps.push(step)).unwrap();
    assert_eq!(third, second);
    assert!(fs::read(&first.initrd).unwrap() == fs::read(&third.initrd).unwrap());
    assert_eq!(steps[0], Progress::Rebuilding);
    assert_eq!(fs::read_dir(other.path().join("tmp")).unwrap().count(), 0);

    // Once more: nothing is left to do, and nothing is done.
    let fourth =
        debian_world(other.path(), &Variant::plain(), &mut |step| panic!("unexpected: {step}"))
            .unwrap();
    assert_eq!(fourth, third);
}

#[test]
fn several_builders_at_once_agree() {
    let _alone = alone();
    images();
    let cache = tempfile::tempdir().unwrap();
    copy_cache(&default_cache(), cache.path());
    let built = std::thread::scope(|scope| {
        let build = || debian_world(cache.path(), &Variant::plain(), &mut |_| {}).unwrap();
        let builders = [scope.spawn(build), scope.spawn(build), scope.spawn(build)];
        builders.map(|builder| builder.join().unwrap())
    });
    assert_eq!(built[0], built[1]);
    assert_eq!(built[0], built[2]);
}

#[test]
fn world_boots_with_its_devices_and_obeys_its_shell() {
    let images = {
        let _alone = alone();
        images()
    };
    let directory = tempfile::tempdir().unwrap();
    let console = directory.path().join("console");
    let console_device = format!("file,id=console,path={}", console.display());
    let command_line =
        "console=ttyS0 cloister.world=alpha cloister.level=\"TOP SECRET`id`\" panic=-1";
    let mut machine = started(
        &images,
        command_line,
        &[
            "-vga",
            "std",
            "-device",
            "virtio-rng-pci",
            "-netdev",
            "user,id=net,restrict=on",
            "-device",
            "virtio-net-pci,netdev=net,romfile=",
            "-blockdev",
            "null-co,node-name=disk,size=1048576,read-zeroes=on",
            "-device",
            "virtio-blk-pci,drive=disk",
            "-device",
            "virtio-serial-pci",
            "-chardev",
            &console_device,
            "-device",
            "virtconsole,chardev=console",
            "-device",
            "virtio-keyboard-pci",
            "-device",
            "virtio-tablet-pci",
        ],
    );
    let boot = machine.wait_for("world: ready");
    assert!(boot.contains("Debian world alpha, level TOP SECRETid (Linux "), "{boot}");
    assert!(!boot.contains("did not load"), "{boot}");

    assert_eq!(machine.run("echo $((6 * 7))"), "42\n");
    assert_eq!(machine.run("hostname; uname -r; id -u"), format!("alpha\n{}\n0\n", images.release));

    let listed = machine.run("cat /etc/modules");
    let loaded = machine.run("cut -d ' ' -f 1 /proc/modules");
    assert!(listed.lines().any(|line| line == "psmouse"), "{listed}");
    for module in listed.lines() {
        assert!(loaded.lines().any(|line| line == module), "{module} is not loaded: {loaded}");
    }
    // Debian 13 has some drivers built in that are modules in Debian 12.
    let drivers = machine.run("ls -1 /sys/bus/pci/drivers /sys/bus/virtio/drivers");
    let expected =
        ["virtio-pci", "virtio_blk", "virtio_net", "virtio_console", "virtio_input", "virtio_rng"];
    for driver in expected {
        assert!(drivers.lines().any(|line| line == driver), "{driver} is not in {drivers}");
    }

    assert_eq!(machine.run("cat /sys/block/vda/size"), "2048\n");
    assert_eq!(machine.run("ls -1 /sys/class/net"), "eth0\nlo\n");
    assert_eq!(machine.run("head -c 16 /dev/hwrng | wc -c"), "16\n");
    assert_eq!(machine.run("cat /sys/class/misc/hw_random/rng_current"), "virtio_rng.0\n");
    let inputs = machine.run("cat /sys/class/input/event*/device/name");
    for name in ["QEMU Virtio Keyboard", "QEMU Virtio Tablet", "AT Translated Set 2 keyboard"] {
        assert!(inputs.contains(name), "{inputs}");
    }
    let shells = machine.run("cut -d : -f 1 /etc/inittab");
    assert_eq!(shells.split_whitespace().collect::<Vec<_>>(), ["ttyS0", "tty1", "hvc0"]);

    // modules.dep is in order: a module can be found by its name again.
    machine.run("modprobe -r virtio_blk");
    assert_eq!(machine.run("modprobe virtio_blk && cat /sys/block/vda/size"), "2048\n");

    // A shell that ends is started again, and is not the first.
    machine.type_line("exit");
    let second = machine.wait_for("TOP SECRETid (Linux ");
    assert!(!second.contains("world: ready"));
    assert_eq!(machine.run("echo again"), "again\n");

    machine.type_line("poweroff");
    assert!(machine.wait_for_end().success());
    let console = fs::read_to_string(&console).unwrap();
    assert!(console.contains("Debian world alpha"), "{console}");
}

#[test]
fn world_without_devices_boots_and_reboots() {
    let images = {
        let _alone = alone();
        images()
    };
    let mut machine = started(&images, "console=ttyS0 panic=-1", &[]);
    let boot = machine.wait_for("world: ready");
    assert!(boot.contains("Debian world (Linux "), "{boot}");
    assert_eq!(machine.run("cut -d : -f 1 /etc/inittab").split_whitespace().next(), Some("ttyS0"));
    assert_eq!(machine.run("hostname"), "world\n");
    // -no-reboot: QEMU ends where a machine would start again.
    machine.type_line("reboot");
    assert!(machine.wait_for_end().success());
}

#[test]
fn programs_of_a_variant_find_all_that_they_need_in_its_world() {
    let images = {
        let _alone = alone();
        images_of(&Variant::named("desktop").unwrap())
    };
    let mut machine = started(&images, "console=ttyS0 panic=-1", &["-m", "512"]);
    machine.wait_for("world: ready");
    // The dynamic linker of Debian's libc lists what each program or plug-in would be started with.
    let programs = "/usr/bin/fluxbox /usr/bin/xterm /usr/bin/xclock /usr/lib/xorg/Xorg \
                    /usr/lib/xorg/modules/drivers/fbdev_drv.so \
                    /usr/lib/xorg/modules/input/evdev_drv.so";
    let listed = machine.run(&format!(
        "for it in {programs}; do /lib64/ld-linux-x86-64.so.2 --list $it 2>&1; echo; done"
    ));
    assert_eq!(listed.matches("libc.so.6 => ").count(), 6, "{listed}");
    let missing: Vec<_> = listed.lines().filter(|line| line.contains("not found")).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    machine.type_line("poweroff");
    assert!(machine.wait_for_end().success());
}
