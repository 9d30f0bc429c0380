//! Has QEMU's teaching device (`edu`), which copies between memory and a buffer of its own: first within the
//! component's memory, which works, then from and to everything else.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU64, Ordering};

use cloister_runtime::abi::{Command, FRAME_EVENT, InfoPage};
use cloister_runtime::device::{Device, DeviceRegisters, shared_memory};
use cloister_runtime::{component, control, log, wait};

/// Registers of the device (QEMU, `docs/specs/edu.rst`).
const INTERRUPT: u64 = 0x60;
const ACKNOWLEDGE: u64 = 0x64;
const SOURCE: u64 = 0x80;
const DESTINATION: u64 = 0x88;
const COUNT: u64 = 0x90;
const COMMAND: u64 = 0x98;
const START: u32 = 1;
const TO_MEMORY: u32 = 2;
/// Where the device sees its own buffer.
const BUFFER: u64 = 0x4_0000;

/// What is in the component's memory, and must be nowhere else.
const PATTERN: u64 = 0x0123_4567_89ab_cdef;

/// Physical memory that is tried, and in what steps: all that a machine of 1 GiB has, and the end, where
/// kernel and tables are, more closely.
const MEMORY: [(u64, u64, usize); 2] =
    [(0, 0x4000_0000, 0x200_0000), (0x3600_0000, 0x4000_0000, 0x28_1000)];

/// Where interrupt messages are written (Intel SDM volume 3, section 12.11). The lowest bit makes them remappable
/// for IOMMUs of Intel (VT-d specification 4.1, section 5.1.2.2) and means nothing to others. QEMU lets messages
/// without it pass, which the specification forbids.
const MESSAGES: u64 = 0xfee0_0010;

/// Messages: fixed, system management, not maskable, and one that resets the processor.
const DATA: [u32; 4] = [0xff, 0x200, 0x400, 0x500];

/// The registers of IOMMUs (Intel's, AMD's) and of the I/O APIC, configuration space, the end of all addresses.
const REGISTERS: [u64; 6] =
    [0xfed9_0018, 0xfed8_0018, 0xfec0_0000, 0xb000_0000, 0xe000_0000, 0xffff_ffff_ffff_f000];

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let device = Device::named(info, "teacher").expect("the policy gives it");
    let registers = device.registers(0).expect("it has registers");
    let memory = shared_memory(info);
    let attacker = Attacker { registers, window: device.info.window, memory };
    attacker.own_memory();
    if device.events() != 0 {
        registers.write(INTERRUPT, 1);
        wait(device.events());
        registers.write(ACKNOWLEDGE, 1);
        log!("the device interrupts");
    }
    for (start, end, step) in MEMORY {
        for address in (start..end).step_by(step) {
            let own = attacker.window..attacker.window + info.memory_size;
            if !own.contains(&address) {
                attacker.try_at(address);
            }
        }
    }
    attacker.try_at(attacker.window - 8);
    attacker.try_at(attacker.window + info.memory_size);
    REGISTERS.into_iter().for_each(|address| attacker.try_at(address));
    for data in DATA {
        log!("message {data:#x}");
        memory[0].store(data.into(), Ordering::Relaxed);
        attacker.copy(attacker.window, BUFFER, 4, 0);
        attacker.copy(BUFFER, MESSAGES, 4, TO_MEMORY);
    }
    log!("no attack is left");
    if let Some((next, _)) = info.right("attacker") {
        let started = control(next, Command::Start);
        log!("the next attacker {}", if started { "starts" } else { "does not start" });
    }
    loop {
        wait(FRAME_EVENT);
    }
}

/// What it attacks with.
struct Attacker {
    registers: DeviceRegisters,
    window: u64,
    memory: &'static [AtomicU64],
}

impl Attacker {
    /// Copies within the component's memory.
    fn own_memory(&self) {
        self.memory[0].store(PATTERN, Ordering::Relaxed);
        self.copy(self.window, BUFFER, 8, 0);
        self.copy(BUFFER, self.window + 64, 8, TO_MEMORY);
        let copied = self.memory[8].load(Ordering::Relaxed) == PATTERN;
        log!("own memory {}", if copied { "copied" } else { "not reached" });
    }

    /// Reads from an address, and says if anything came; then writes there.
    fn try_at(&self, address: u64) {
        log!("read {address:#x}");
        self.copy(self.window, BUFFER, 8, 0);
        self.copy(address, BUFFER, 8, 0);
        self.copy(BUFFER, self.window + 64, 8, TO_MEMORY);
        // The buffer keeps what it has, or has zeros, if nothing came.
        let found = self.memory[8].load(Ordering::Relaxed);
        if found != PATTERN && found != 0 {
            log!("{address:#x} was read");
        }
        log!("write {address:#x}");
        self.copy(BUFFER, address, 8, TO_MEMORY);
    }

    /// Lets the device copy and waits until it says that it has.
    fn copy(&self, from: u64, to: u64, count: u64, direction: u32) {
        self.registers.write_wide(SOURCE, from);
        self.registers.write_wide(DESTINATION, to);
        self.registers.write_wide(COUNT, count);
        self.registers.write(COMMAND, START | direction);
        while self.registers.read(COMMAND).is_some_and(|command| command & START != 0) {
            wait(FRAME_EVENT);
        }
        // The kernel takes a note at the beginning of a frame.
        wait(FRAME_EVENT);
    }
}
