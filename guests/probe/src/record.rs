//! `record`: a running digest of all that the world sees of the machine and of time.
//!
//! In a strict deterministic run the lines `probe: frame N digest D` are the same whatever other worlds
//! do. All instants count from the first one, and clocks that run from the machine's start (real-time
//! clock, 8254) are left out: how long the machine took to start says nothing about other worlds.

use cloister_bare::StartInformation;
use cloister_bare::console::SCRATCH;
use cloister_bare::fault::read_msr;
use cloister_bare::instructions::{
    cpuid, disable_interrupts, enable_interrupts, halt, input, now, output, read_memory,
};
use cloister_bare::say;
use cloister_bare::timer::Timer;
use cloister_bare::{apic, identity, interrupts, registers};

use crate::digest::Digest;

/// Samples between two lines.
const SAMPLES: u32 = 64;
/// Readings of the clock in a sample.
const READINGS: u32 = 64;
/// Exits of each kind in a sample.
const EXITS: u32 = 4;
/// The timer's delay is at least this many ticks, and less than this many and 2^18.
const LEAST_DELAY: u64 = 20_000;

/// Registers that stay as they are while only this program runs.
const MODEL_SPECIFIC: [u32; 6] = [0x1b, 0xfe, 0x277, 0x2ff, 0xc000_0080, 0xc000_0103];

struct Recorder {
    origin: u64,
    digest: Digest,
    trace: bool,
    /// The state of a generator of delays (Marsaglia's xorshift).
    random: u64,
    timer: Timer,
}

/// Records for ever. With `trace`, says each value too.
pub fn run(information: &StartInformation, trace: bool) -> ! {
    say!("probe: record");
    apic::start();
    apic::use_registers();
    let mut recorder = Recorder {
        origin: now(),
        digest: Digest::EMPTY,
        trace,
        random: 0x9e37_79b9_7f4a_7c15,
        timer: Timer::start(),
    };
    recorder.machine(information);
    say!("probe: machine digest {:016x}", recorder.digest.value());
    let mut frame = 1_u64;
    loop {
        for sample in 0..SAMPLES {
            match sample % 4 {
                0 => recorder.clock(),
                1 => recorder.exits(),
                2 => recorder.interrupt("busy", |before| {
                    enable_interrupts();
                    while interrupts::count() == before {}
                    disable_interrupts();
                }),
                _ => recorder.interrupt("halted", |before| {
                    while interrupts::count() == before {
                        halt();
                    }
                }),
            }
        }
        say!("probe: frame {frame} digest {:016x}", recorder.digest.value());
        frame += 1;
    }
}

impl Recorder {
    fn add(&mut self, what: &str, value: u64) {
        self.digest.add(value);
        if self.trace {
            say!("probe: {what} {value:#x}");
        }
    }

    fn elapsed(&self) -> u64 {
        now().wrapping_sub(self.origin)
    }

    /// What the machine is, and how it was started.
    fn machine(&mut self, information: &StartInformation) {
        for register in registers() {
            self.add("register", register.into());
        }
        for word in information.memory_map().flat_map(|entry| entry.words()) {
            self.add("memory", word);
        }
        for byte in information.command_line().bytes() {
            self.add("command line", byte.into());
        }
        for leaf in identity::leaves() {
            for subleaf in 0..4 {
                let answer = cpuid(leaf, subleaf);
                for register in [answer.eax, answer.ebx, answer.ecx, answer.edx] {
                    self.add("cpuid", register.into());
                }
            }
        }
        for register in MODEL_SPECIFIC {
            self.add("msr", read_msr(register).unwrap_or(u64::MAX));
        }
    }

    /// The clock, again and again.
    fn clock(&mut self) {
        let mut last = self.elapsed();
        for _ in 0..READINGS {
            let time = self.elapsed();
            self.add("clock", time.wrapping_sub(last));
            last = time;
        }
        self.add("instant", last);
    }

    /// What exits answer, and how long they take.
    fn exits(&mut self) {
        for _ in 0..EXITS {
            self.timed("cpuid", || cpuid(0x8000_0008, 0).eax);
            self.timed("port read", || input(SCRATCH).into());
            self.timed("port write", || {
                output(SCRATCH, 0x5a);
                0
            });
            // SAFETY: the I/O APIC's index register, in the first 4 GiB, which are mapped.
            self.timed("memory-mapped read", || unsafe { read_memory(0xfec0_0000) });
        }
    }

    fn timed(&mut self, what: &str, exit: impl Fn() -> u32) {
        let start = now();
        let answer = exit();
        let took = now().wrapping_sub(start);
        self.add(what, took);
        self.add(what, answer.into());
    }

    /// When an interrupt of the timer comes, and before which instruction.
    fn interrupt(&mut self, what: &str, wait: fn(u64)) {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let delay = LEAST_DELAY + (self.random >> 46);
        let before = interrupts::count();
        let instant = self.timer.arm(delay);
        wait(before);
        let arrival = interrupts::last();
        self.add(what, instant.wrapping_sub(self.origin));
        self.add(what, arrival.time.wrapping_sub(self.origin));
        self.add(what, arrival.instruction);
        let resumed = self.elapsed();
        self.add(what, resumed);
    }
}
