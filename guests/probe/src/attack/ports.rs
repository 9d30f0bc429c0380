//! Every port: read and written, in each width.

use cloister_bare::attempt;
use cloister_bare::identity;
use cloister_bare::{console, say};

use super::{Context, Tally};

/// Ports that end or stop the world's own machine, as guests' debug exit, keyboard controller (reset),
/// fast A20 and reset, system management, reset control, and power off on different boards.
const FATAL: [core::ops::RangeInclusive<u16>; 9] = [
    0x64..=0x64,
    0x92..=0x92,
    0xb2..=0xb3,
    0xf4..=0xf4,
    0x404..=0x405,
    0x501..=0x501,
    0x604..=0x605,
    0xcf9..=0xcf9,
    0xb004..=0xb005,
];

/// Whether one of `width` ports from `port` on is in `range`.
fn touches(range: &core::ops::RangeInclusive<u16>, port: u16, width: u16) -> bool {
    port <= *range.end() && port.saturating_add(width - 1) >= *range.start()
}

pub fn run(context: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    let emulator = identity::is_emulator();
    let own = console::PORT..=console::PORT + 7;
    for port in 0..=u16::MAX {
        for width in [1, 2, 4] {
            // QEMU itself (10.0 at least) ends with an assertion where a serial port is read so.
            if !(emulator && width > 1 && touches(&own, port, width)) {
                read(&mut tally, port, width);
            }
            let fatal = FATAL.iter().any(|range| touches(range, port, width));
            // The serial port is how the attack tells what it does.
            if touches(&own, port, width) || (fatal && !context.all_ports) {
                continue;
            }
            for value in [0, u32::MAX, 0x5a5a_5a5a] {
                write(&mut tally, port, width, value);
            }
        }
        if port & 0x3fff == 0x3fff {
            console::start();
            say!("attack: ports up to {port:#x}");
        }
    }
    tally
}

fn read(tally: &mut Tally, port: u16, width: u16) {
    // SAFETY: reading a port reaches no memory of this program.
    tally.add(unsafe {
        match width {
            1 => attempt!("in al, dx"; in("dx") port, out("eax") _, options(nostack)),
            2 => attempt!("in ax, dx"; in("dx") port, out("eax") _, options(nostack)),
            _ => attempt!("in eax, dx"; in("dx") port, out("eax") _, options(nostack)),
        }
    });
}

fn write(tally: &mut Tally, port: u16, width: u16, value: u32) {
    // SAFETY: not safe: a device may write memory for it. This is an attack, on the world itself first.
    tally.add(unsafe {
        match width {
            1 => attempt!("out dx, al"; in("dx") port, in("eax") value, options(nostack)),
            2 => attempt!("out dx, ax"; in("dx") port, in("eax") value, options(nostack)),
            _ => attempt!("out dx, eax"; in("dx") port, in("eax") value, options(nostack)),
        }
    });
}
