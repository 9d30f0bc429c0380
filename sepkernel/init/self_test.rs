//! Failures on purpose, so that tests can see how each is reported. Chosen when the program is
//! built, by the environment variable `CLOISTER_SELF_TEST`; a product has none.

use core::ptr::with_exposed_provenance_mut;

use cloister_hardware::svm::ControlBlock;
use x86_64::registers::control::{Cr0, Cr0Flags};

use crate::partition::Built;

/// Fails in the way that was chosen, if one was.
pub fn run() {
    match option_env!("CLOISTER_SELF_TEST") {
        None => {}
        Some("panic") => panic!("self-test"),
        // SAFETY: not safe at all; the page tables must stop it.
        Some("write-code") => unsafe {
            with_exposed_provenance_mut::<u8>(run as *const () as usize).write_volatile(0);
        },
        Some("stack-overflow") => overflow(0),
        Some(name) if name.starts_with("corrupt-") => {}
        Some(name) => crate::stop!("unknown self-test {name}"),
    }
}

/// Damages one entry of the finished tables, which the isolation check must find.
pub fn corrupt(built: &Built) {
    const WRITE: u64 = 1 << 1;
    const USER: u64 = 1 << 2;
    const NO_EXECUTE: u64 = 1 << 63;
    const FRAME: u64 = 0x000f_ffff_ffff_f000;
    let Some(what) =
        option_env!("CLOISTER_SELF_TEST").and_then(|name| name.strip_prefix("corrupt-"))
    else {
        return;
    };
    if what == "register-map" {
        return open_register(built);
    }
    let components = built.tables.programs.iter().filter(|program| program.guest.is_none());
    let mut roots = components.map(|program| program.root).filter(|root| *root != 0);
    let (Some(first), Some(second)) = (roots.next(), roots.next()) else {
        crate::stop!("the self-test needs a policy with two components");
    };
    let writable = |root| leaf(root, |entry| entry & WRITE != 0);
    match what {
        // A frame of one component in another's space.
        "shared-frame" => {
            change(writable(second), |entry| entry & !FRAME | value(writable(first)) & FRAME)
        }
        // A frame of the kernel: the root of its tables.
        "kernel-frame" => change(writable(first), |entry| entry & !FRAME | built.kernel.root()),
        // The kernel's half made another than the kernel's own.
        "kernel-half" => change((first as *mut u64).wrapping_add(511), |entry| entry ^ NO_EXECUTE),
        // Code that can be written.
        "write-execute" => {
            change(leaf(first, |entry| entry & NO_EXECUTE == 0), |entry| entry | WRITE)
        }
        // A page that ring 3 does not reach, in its half.
        "supervisor" => change(writable(first), |entry| entry & !USER),
        // A port that no component has.
        "port" => open_port(built),
        name => crate::stop!("unknown self-test corrupt-{name}"),
    }
}

/// Opens port 0 to the first component that has any.
fn open_port(built: &Built) {
    let Some(map) = built.tables.programs.iter().find_map(|program| program.ports) else {
        crate::stop!("the self-test needs a component with ports");
    };
    let place = map.as_ptr().cast_mut();
    // SAFETY: not safe at all: the kernel's tables are mapped read-only where they are read. One
    // processor runs, and write protection is on again before anything else happens.
    unsafe {
        Cr0::update(|flags| flags.remove(Cr0Flags::WRITE_PROTECT));
        place.write_volatile(place.read_volatile() & !1);
        Cr0::update(|flags| flags.insert(Cr0Flags::WRITE_PROTECT));
    }
}

/// Opens a model-specific register to the first world: APIC_BASE.
fn open_register(built: &Built) {
    const APIC_BASE: u64 = 0x1b;
    let Some((_, block)) = built.worlds.blocks.first() else {
        crate::stop!("the self-test needs a policy with a world");
    };
    // SAFETY: the control block was just made there, where memory is mapped to itself; so was the map.
    unsafe {
        let map = (*(block.start as *const ControlBlock)).control.register_map;
        let byte = (map + APIC_BASE / 4) as *mut u8;
        byte.write_volatile(byte.read_volatile() & !(0b11 << (APIC_BASE % 4 * 2)));
    }
}

/// The first present entry of the lowest tables in the lower half that is as `wanted`.
fn leaf(root: u64, wanted: impl Fn(u64) -> bool + Copy) -> *mut u64 {
    fn search(
        table: u64,
        depth: u8,
        entries: usize,
        wanted: &dyn Fn(u64) -> bool,
    ) -> Option<*mut u64> {
        let places = (0..entries).map(|index| (table as *mut u64).wrapping_add(index));
        places.filter(|place| value(*place) & 1 != 0).find_map(|place| match depth {
            0 => wanted(value(place)).then_some(place),
            _ => search(value(place) & 0x000f_ffff_ffff_f000, depth - 1, 512, wanted),
        })
    }
    search(root, 3, 256, &wanted)
        .unwrap_or_else(|| crate::stop!("the self-test finds no such entry"))
}

fn value(place: *mut u64) -> u64 {
    // SAFETY: an entry of a table that was just built, mapped to itself.
    unsafe { place.read_volatile() }
}

fn change(place: *mut u64, how: impl Fn(u64) -> u64) {
    // SAFETY: as above; that it breaks the tables is the purpose.
    unsafe { place.write_volatile(how(value(place))) }
}

/// Uses the stack up.
#[inline(never)]
fn overflow(depth: u64) {
    let page = core::hint::black_box([depth; 64]);
    if page[0] < u64::MAX {
        overflow(page[0] + 1);
    }
    core::hint::black_box(page);
}
