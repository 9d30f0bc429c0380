//! The initial RAM disk of a Debian world: busybox, modules, and an `/init` of ours.

use std::collections::{BTreeMap, BTreeSet};

use crate::linux_package::Busybox;
use crate::module::Module;
use crate::root::Root;

/// The modules that a world's devices need. Those that a Debian release has built in are left out;
/// keyboard (atkbd), i8042, serial port and framebuffers are built in everywhere.
pub(crate) const MODULES: [&str; 8] = [
    "virtio_pci",
    "virtio_console",
    "virtio_blk",
    "virtio_net",
    "virtio_input",
    "virtio_rng",
    "evdev",
    "psmouse",
];

const INIT: &str = include_str!("../init.sh");
const PROFILE: &str = include_str!("../profile.sh");
/// No password: who sits at a world's console is decided outside the world.
const PASSWD: &str = "root::0:0:root:/root:/bin/sh\n";
const GROUP: &str = "root:x:0:\n";

/// Directories that `/init` and programs expect.
const DIRECTORIES: [&str; 9] =
    ["dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp", "var/run"];

/// The bytes of the initial RAM disk. They are not compressed: in an emulator the guest would take
/// longer to decompress them than the emulator takes to load the difference (see the README).
///
/// `further` holds the files of further packages, and `over` those that replace all others.
pub(crate) fn assemble(
    release: &str,
    busybox: &Busybox,
    modules: &[Module],
    further: &Root,
    over: &Root,
) -> Vec<u8> {
    let mut root = Root::default();
    for directory in DIRECTORIES {
        root.directory(directory);
    }
    // The kernel opens it for /init, before devtmpfs is there.
    root.character_device("dev/console", 5, 1);

    for applet in &busybox.applets {
        root.link(applet, "/bin/busybox");
    }
    root.program("bin/busybox", busybox.contents.as_slice());
    root.add(further);

    let directory = format!("lib/modules/{release}");
    for module in modules {
        root.file(&format!("{directory}/{}.ko", module.name), module.contents.as_slice());
    }
    root.file(&format!("{directory}/modules.dep"), modules_dep(modules));
    let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    root.file("etc/modules", names.join("\n") + "\n");

    root.program("init", INIT);
    root.file("etc/profile", PROFILE);
    root.file("etc/passwd", PASSWD);
    root.file("etc/group", GROUP);
    root.add(over);
    root.to_bytes()
}

/// The file by which `modprobe` finds a module and all that must be loaded before it; it loads
/// them from the end of the line.
fn modules_dep(modules: &[Module]) -> String {
    let mut needed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut text = String::new();
    for module in modules {
        let mut all: BTreeSet<&str> = BTreeSet::new();
        for dependency in &module.depends {
            // One that is not among the modules is built in.
            if let Some(below) = needed.get(dependency.as_str()) {
                all.extend(below);
                all.insert(dependency);
            }
        }
        let last_first = modules.iter().rev().filter(|other| all.contains(other.name.as_str()));
        let files: String = last_first.map(|other| format!(" {}.ko", other.name)).collect();
        text += &format!("{}.ko:{files}\n", module.name);
        needed.insert(&module.name, all);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, depends: &[&str]) -> Module {
        Module {
            name: name.to_owned(),
            contents: b"ELF".to_vec(),
            depends: depends.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn modules_dep_lists_all_that_is_needed_with_the_first_to_load_last() {
        let modules = [
            module("virtio", &["built_in"]),
            module("virtio_ring", &["virtio"]),
            module("evdev", &[]),
            module("virtio_blk", &["virtio_ring"]),
        ];
        assert_eq!(
            modules_dep(&modules),
            "virtio.ko:\nvirtio_ring.ko: virtio.ko\nevdev.ko:\n\
             virtio_blk.ko: virtio_ring.ko virtio.ko\n"
        );
    }

    #[test]
    fn busybox_is_a_program_though_it_lists_itself_among_its_applets() {
        let busybox = Busybox {
            contents: b"the program".to_vec(),
            applets: vec!["bin/busybox".to_owned(), "bin/sh".to_owned()],
        };
        let bytes = assemble("6.1", &busybox, &[], &Root::default(), &Root::default());
        let found = bytes.windows(11).filter(|window| window == b"the program").count();
        assert_eq!(found, 1);
    }

    #[test]
    fn scripts_are_for_sh() {
        assert!(INIT.starts_with("#!/bin/sh\n"));
        for script in [INIT, PROFILE] {
            assert!(script.is_ascii() && !script.contains('\r') && script.ends_with('\n'));
        }
    }
}
