//! `dma`: has QEMU's teaching device (`edu`), which copies between memory and a buffer of its own, copy within the guest's
//! memory and interrupt, which works, then from and to everything else.

use cloister_bare::instructions::{halt, read_memory, write_memory};
use cloister_bare::interrupts::SELF;
use cloister_bare::pci::Function;
use cloister_bare::timer::Timer;
use cloister_bare::{StartInformation, apic, idle, interrupts, say};

/// Vendor and device.
const IDENTITY: u32 = 0x11e8_1234;

/// Registers of the device (QEMU, `docs/specs/edu.rst`).
const INTERRUPT: u64 = 0x60;
const ACKNOWLEDGE: u64 = 0x64;
const SOURCE: u64 = 0x80;
const DESTINATION: u64 = 0x88;
const COUNT: u64 = 0x90;
const COMMAND: u64 = 0x98;
const START: u32 = 1;
const TO_MEMORY: u32 = 2;
/// The copy's end interrupts.
const INTERRUPTING: u32 = 4;
/// Where the device sees its own buffer.
const BUFFER: u64 = 0x4_0000;

/// What is in the guest's memory, and must be nowhere else.
const PATTERN: [u32; 2] = [0x89ab_cdef, 0x0123_4567];
/// Memory of the guest that the program does not use, below all that is attacked: words to copy from, and to.
const FROM: u64 = 0x180_0000;
const TO: u64 = FROM + 64;

/// Addresses that are tried, and in what steps: memory that a machine of 1 GiB has behind the guest's own, with its end, where
/// kernel and tables are, more closely.
const MEMORY: [(u64, u64, usize); 2] =
    [(0x200_0000, 0x4000_0000, 0x200_0000), (0x3580_0000, 0x4000_0000, 0x28_1000)];
/// The registers of IOMMUs (Intel's, AMD's) and of the I/O APIC, configuration space, registers of devices as the guest sees
/// them, the end of all addresses.
const REGISTERS: [u64; 6] =
    [0xfed9_0018, 0xfed8_0018, 0xfec0_0000, 0xb000_0000, 0xc800_0000, 0xffff_ffff_ffff_f000];
/// Where interrupt messages are written; the lowest bits make them remappable for IOMMUs of Intel, and name entries of their
/// table: two of other devices, and one that is not there.
const MESSAGES: [u64; 3] = [0xfee0_0030, 0xfee0_0050, 0xfee0_1ff0];
/// Messages: fixed, system management, not maskable, and one that resets the processor.
const DATA: [u32; 4] = [0xff, 0x200, 0x400, 0x500];

/// Ticks between two looks at the device.
const PAUSE: u64 = 20_000_000;

/// Attacks and says what came of it.
pub fn run(_: &StartInformation) -> ! {
    apic::start();
    let timer = Timer::start();
    let devices = (0..32).map(|device| Function { bus: 0, device, function: 0 });
    let Some(function) = devices.into_iter().find(|function| function.read(0) == IDENTITY) else {
        say!("dma: there is no device");
        idle()
    };
    let registers = u64::from(function.read(0x10) & !0xf);
    function.write(0x04, 0b110);
    let device = Device { registers, timer };
    device.messages(function);
    device.own_memory();
    for (start, end, step) in MEMORY {
        (start..end).step_by(step).for_each(|address| device.try_at(address));
    }
    REGISTERS.into_iter().for_each(|address| device.try_at(address));
    for (address, data) in MESSAGES.into_iter().flat_map(|at| DATA.map(|data| (at, data))) {
        say!("dma: message {data:#x} to {address:#x}");
        write(FROM, data);
        device.copy(FROM, BUFFER, 4, 0);
        device.copy(BUFFER, address, 4, TO_MEMORY);
    }
    say!("dma: no attack is left");
    idle()
}

/// What it attacks with.
struct Device {
    registers: u64,
    timer: Timer,
}

impl Device {
    /// Lets the device interrupt by messages.
    fn messages(&self, function: Function) {
        const MSI: u32 = 5;
        let mut at = function.read(0x34) as u8;
        while at != 0 && function.read(at) & 0xff != MSI {
            at = (function.read(at) >> 8) as u8;
        }
        if at != 0 {
            function.write(at + 4, apic::MEMORY as u32);
            function.write(at + 8, 0);
            function.write(at + 12, SELF.into());
            function.write(at, 1 << 16);
        }
        let before = interrupts::count();
        write(self.registers + INTERRUPT, 1);
        wait_from(before);
        write(self.registers + ACKNOWLEDGE, 1);
        say!("dma: the device interrupts");
    }

    /// Copies within the guest's memory.
    fn own_memory(&self) {
        set_pattern();
        self.copy(FROM, BUFFER, 8, 0);
        self.copy(BUFFER, TO, 8, TO_MEMORY);
        say!("dma: own memory {}", if found() == PATTERN { "copied" } else { "not reached" });
    }

    /// Reads from an address, and says if anything came; then writes there.
    fn try_at(&self, address: u64) {
        say!("dma: read {address:#x}");
        set_pattern();
        self.copy(FROM, BUFFER, 8, 0);
        self.copy(address, BUFFER, 8, 0);
        self.copy(BUFFER, TO, 8, TO_MEMORY);
        // The buffer keeps what it has, or has zeros, if nothing came.
        if found() != PATTERN && found() != [0, 0] {
            say!("dma: {address:#x} was read");
        }
        self.copy(FROM, BUFFER, 8, 0);
        say!("dma: write {address:#x}");
        self.copy(BUFFER, address, 8, TO_MEMORY);
    }

    /// Lets the device copy, waits until it interrupts and says that it has, and a little longer: the kernel takes a note
    /// of what was refused at the beginning of a frame.
    fn copy(&self, from: u64, to: u64, count: u32, direction: u32) {
        for (register, value) in [(SOURCE, from), (DESTINATION, to), (COUNT, count.into())] {
            let place = (self.registers + register) as *mut u64;
            // SAFETY: as for `write`.
            unsafe { place.write_volatile(value) };
        }
        let before = interrupts::count();
        write(self.registers + COMMAND, START | direction | INTERRUPTING);
        wait_from(before);
        write(self.registers + ACKNOWLEDGE, u32::MAX);
        let before = interrupts::count();
        self.timer.arm(PAUSE);
        wait_from(before);
    }
}

/// Waits until there were more interrupts than before.
fn wait_from(before: u64) {
    while interrupts::count() == before {
        halt();
    }
}

fn set_pattern() {
    for (word, value) in (0..).zip(PATTERN) {
        write(FROM + word * 4, value);
        write(TO + word * 4, 0);
    }
}

fn found() -> [u32; 2] {
    [read(TO), read(TO + 4)]
}

fn read(address: u64) -> u32 {
    // SAFETY: the first 4 GiB are mapped; reading memory or registers of the device harms nobody.
    unsafe { read_memory(address) }
}

fn write(address: u64, value: u32) {
    // SAFETY: the first 4 GiB are mapped; these are registers of the device, or memory that the program does not use.
    unsafe { write_memory(address, value) }
}
