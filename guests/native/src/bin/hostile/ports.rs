//! I/O ports. Each attempt costs a life, so not all 65,536 are tried but: both sides of each end of
//! the component's own range at every width, those of a PC's controllers, and every 641st.

use core::arch::asm;

use cloister_runtime::log;

use crate::Kind;

/// The range that the test's policy gives.
const OWN: [u16; 2] = [0x3ea, 0x3eb];

/// Ports at the ends of the own range with widths that reach out of it, in bytes.
const ENDS: [(u16, u8); 8] = [
    (0x3e9, 1),
    (0x3e9, 2),
    (0x3e8, 4),
    (0x3e7, 4),
    (0x3ea, 4),
    (0x3eb, 2),
    (0x3ec, 1),
    (0x3eb, 4),
];

/// Interrupt controllers, timers, keyboard controller, speaker, clock, POST code, fast reset, SMI,
/// serial lines, VGA, floppy, QEMU's configuration, PCI configuration and reset, power management;
/// and both ends.
const CONTROLLERS: [u16; 34] = [
    0, 0x20, 0x21, 0x40, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x80, 0x92, 0xa0, 0xa1, 0xb2, 0xb3,
    0x1ce, 0x2f8, 0x3b0, 0x3c0, 0x3d4, 0x3f2, 0x3f8, 0x3fd, 0x4d0, 0x510, 0x511, 0xcf8, 0xcf9,
    0xcfc, 0x600, 0x604, 0xfffe, 0xffff,
];

/// Distance of the others: a prime, so that all places of a byte of the port map are met.
const STRIDE: usize = 641;

const WIDTHS: [u8; 3] = [1, 2, 4];

/// The attacks.
pub const KIND: Kind = Kind {
    count: |_| ENDS.len() * 2 + CONTROLLERS.len() + (1 << 16) / STRIDE + 1,
    attack: |_, number| {
        if number == 0 {
            own_ports_work();
        }
        let (port, width) = place(number);
        let write = number % 2 == 1;
        log!("port {} {port:#x} width {width}", if write { "write" } else { "read" });
        access(port, width, write);
    },
};

/// Which port at which width an attack is on.
fn place(number: usize) -> (u16, u8) {
    if let Some(&end) = ENDS.get(number / 2) {
        return end;
    }
    let number = number - ENDS.len() * 2;
    let width = WIDTHS[number / 2 % WIDTHS.len()];
    let port = match CONTROLLERS.get(number) {
        Some(&port) => port,
        None => ((number - CONTROLLERS.len()) * STRIDE) as u16,
    };
    (port, width)
}

fn own_ports_work() {
    for port in OWN {
        access(port, 1, false);
    }
    access(OWN[0], 2, false);
    log!("own ports work");
}

fn access(port: u16, width: u8, write: bool) {
    // SAFETY: not safe; where the port map does not open the port, the processor must stop it.
    unsafe {
        match (width, write) {
            (1, false) => asm!("in al, dx", in("dx") port, out("al") _),
            (2, false) => asm!("in ax, dx", in("dx") port, out("ax") _),
            (_, false) => asm!("in eax, dx", in("dx") port, out("eax") _),
            (1, true) => asm!("out dx, al", in("dx") port, in("al") 0_u8),
            (2, true) => asm!("out dx, ax", in("dx") port, in("ax") 0_u16),
            (_, true) => asm!("out dx, eax", in("dx") port, in("eax") 0_u32),
        }
    }
}
