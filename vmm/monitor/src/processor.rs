//! A virtual processor: lets the guest run, and sees to what it cannot do by itself.

use cloister_device::Width;
use cloister_guest::cpu::State;
use cloister_guest::emulate::{Emulator, Outcome, Ports as _, port_string};
use cloister_platform::local_apic::TSC_DEADLINE;
use cloister_platform::power::Request;
use cloister_platform::{Event as Attention, Platform};
use cloister_runtime::abi::{
    DOORBELL_EVENT, Event, Exit, ExitReason, InfoPage, MemoryAccess, NO_TIMER, PortAccess,
    TIMER_EVENT, WorldPage,
};
use cloister_runtime::call::{restart, run_guest, set_timer};
use cloister_runtime::{log, now, signal, stop, wait};
use cloister_virtio::Progress;
use spin::Mutex;

use crate::clock::{SYSTEM_TIME, WALL_CLOCK};
use crate::exits::Exits;
use crate::machine::{Machine, PROCESSORS};
use crate::world::Shared;
use crate::{crash, registers};

/// The guest's flag that lets interrupts in.
const INTERRUPT_FLAG: u64 = 1 << 9;

/// `RDMSR` and `WRMSR`, where the processor does not say where the next instruction is.
const REGISTER_INSTRUCTION: u64 = 2;

/// A virtual processor.
pub struct Processor {
    number: usize,
    shared: Shared,
    emulator: Emulator,
    exits: Exits,
    /// Number of the event that calls the monitor of virtual processor 0; none if there is no other.
    doorbells: Option<u32>,
    /// An event that has to be delivered first, because its delivery was begun.
    interrupted: u64,
    /// Whether interrupts are held off for one more instruction.
    shadow: bool,
    /// Whether the guest has started it.
    started: bool,
    /// Whether the guest waits for an interrupt.
    halted: bool,
    /// When the kernel wakes us.
    timer: u64,
}

impl Processor {
    /// A processor that has not started.
    pub fn new(page: &'static WorldPage, info: &'static InfoPage) -> Self {
        // There are 8 at most, and few events.
        let (number, first) = (info.virtual_processor as usize, info.doorbells as u32);
        Self {
            number,
            shared: Shared::of(page, number),
            emulator: Emulator::new(),
            exits: Exits::new(),
            doorbells: (page.processors > 1).then_some(first),
            interrupted: 0,
            shadow: false,
            started: false,
            halted: false,
            timer: NO_TIMER,
        }
    }

    /// Gives it the state in which it begins.
    pub fn start(&mut self, state: &State) {
        *self.shared.general() = state.general;
        *self.shared.system() = state.system;
        self.shared.orders().system_changed = 1;
        self.interrupted = 0;
        self.shadow = false;
        self.started = true;
        self.halted = false;
    }

    /// Runs the guest for ever.
    pub fn run(&mut self, machine: &Mutex<Machine>) -> ! {
        let mut events = 0;
        let mut left = false;
        loop {
            let mut machine = machine.lock();
            if core::mem::take(&mut left) {
                self.handle(&mut machine);
            }
            let called = self.attend(&mut machine, events);
            let mask = TIMER_EVENT | DOORBELL_EVENT | machine.events(self.number);
            drop(machine);
            self.call_others(called);
            if self.halted || !self.started {
                events = wait(mask);
            } else {
                (_, events) = run_guest(mask);
                let exit = self.shared.exit();
                self.interrupted = exit.interrupted;
                self.shadow = exit.interrupt_shadow != 0;
                self.halted = exit.halted != 0;
                left = true;
            }
            if events & TIMER_EVENT != 0 {
                self.timer = NO_TIMER;
            }
        }
    }

    /// Lets devices work and time go on, and orders what is to be delivered to the guest. Returns the
    /// processors, a bit each, whose monitors have to look, too.
    fn attend(&mut self, machine: &mut Machine, events: u64) -> u32 {
        let progress = machine.work(events);
        let now = now();
        machine.platform.advance_processor(self.number, now);
        match machine.request() {
            None => {}
            Some(Request::Reset) => {
                log!("the guest starts again");
                restart(0)
            }
            Some(Request::PowerOff) => {
                log!("the guest switched its machine off");
                stop(0)
            }
            Some(Request::DebugExit(value)) => {
                log!("the guest ended with {value}");
                stop(value.into())
            }
        }
        self.deliver(machine);
        let deadline = match progress {
            Progress::More => now,
            Progress::Done => machine.platform.next_deadline(self.number).unwrap_or(NO_TIMER),
        };
        if deadline != self.timer {
            self.timer = deadline;
            set_timer(deadline);
        }
        if self.doorbells.is_some() { machine.called(self.number) } else { 0 }
    }

    /// Calls the monitors of other virtual processors of the world.
    fn call_others(&self, called: u32) {
        let Some(first) = self.doorbells else { return };
        (0..u32::BITS).filter(|number| called >> number & 1 != 0).for_each(|n| signal(first + n));
    }

    /// Orders what is to be delivered to the guest when it goes on.
    fn deliver(&mut self, machine: &mut Machine) {
        let mut injection = core::mem::take(&mut self.interrupted);
        while let Some(event) = machine.platform.take_event(self.number) {
            match event {
                Attention::Init => {
                    self.started = false;
                    injection = 0;
                }
                Attention::Startup(page) => self.start(&State::start_up(page)),
                Attention::NonMaskable if injection == 0 => {
                    injection = Event::NonMaskable.to_number();
                    self.halted = false;
                }
                Attention::NonMaskable => {}
            }
        }
        let mut window = false;
        if self.started && machine.platform.has_interrupt(self.number) {
            let open = self.shared.general().rflags & INTERRUPT_FLAG != 0 && !self.shadow;
            if injection == 0 && (open || self.halted) {
                if let Some(vector) = machine.platform.take_interrupt(self.number) {
                    injection = Event::Interrupt(vector).to_number();
                    self.halted = false;
                }
                window = machine.platform.has_interrupt(self.number);
            } else {
                window = true;
            }
        }
        let orders = self.shared.orders();
        orders.injection = injection;
        orders.interrupt_window = window.into();
        orders.interrupt_shadow = self.shadow.into();
    }

    fn handle(&mut self, machine: &mut Machine) {
        let &Exit { reason, detail, value, .. } = self.shared.exit();
        self.exits.count(reason);
        match ExitReason::from_number(reason) {
            Some(ExitReason::None | ExitReason::InterruptWindow) => {}
            Some(ExitReason::Port) => self.port(machine),
            Some(ExitReason::Memory) => self.memory(machine),
            Some(ExitReason::ReadRegister) => match self.read_register(machine, detail as u32) {
                Some(value) => {
                    let [rax, _, rdx, ..] = &mut self.shared.general().registers;
                    (*rax, *rdx) = (value & 0xffff_ffff, value >> 32);
                    self.skip(REGISTER_INSTRUCTION);
                }
                None => self.raise(Event::Exception(13, Some(0))),
            },
            Some(ExitReason::WriteRegister) => {
                match self.write_register(machine, detail as u32, value) {
                    Some(()) => self.skip(REGISTER_INSTRUCTION),
                    None => self.raise(Event::Exception(13, Some(0))),
                }
            }
            Some(reason @ (ExitReason::ReadControl | ExitReason::WriteControl)) => {
                self.task_priority(machine, reason == ExitReason::ReadControl);
            }
            Some(ExitReason::Pause) => self.skip(2),
            None => self.give_up(format_args!("it left for an unknown reason, {reason}")),
        }
    }

    fn port(&mut self, machine: &mut Machine) {
        let (exit, general, system) = self.shared.parts();
        let access = PortAccess::from_detail(exit.detail);
        if access.string {
            let memory = machine.memory();
            let mut devices = machine.at(self.number, now());
            let done = port_string(&memory, &mut devices, general, system, access, exit.next_rip);
            return match done {
                Ok(outcome) => self.conclude(outcome),
                Err(error) => self.give_up(format_args!("{error}")),
            };
        }
        let Some(width) = Width::from_bytes(access.bytes.into()) else { return };
        let mut devices = machine.at(self.number, now());
        let [rax, ..] = &mut general.registers;
        if access.read {
            let value = devices.read_port(access.port, width) & width.mask();
            // A 32-bit result clears the upper half; shorter ones leave the rest.
            let kept = if width == Width::Four { 0 } else { *rax & !width.mask() };
            *rax = kept | value;
        } else {
            devices.write_port(access.port, width, *rax & width.mask());
        }
        general.rip = exit.next_rip;
        self.shadow = false;
        if !access.read && machine.platform.take_serial_break() {
            self.exits.tell(exit.exits, now());
        }
    }

    #[inline(never)]
    fn memory(&mut self, machine: &mut Machine) {
        let memory = machine.memory();
        let mut devices = machine.at(self.number, now());
        let (exit, general, system) = self.shared.parts();
        let given = exit.instruction.get(..exit.instruction_bytes as usize).unwrap_or_default();
        let access = MemoryAccess::from_value(exit.value);
        let done = self.emulator.emulate(
            &memory,
            &mut devices,
            general,
            system,
            exit.detail,
            access,
            given,
        );
        match done {
            Ok(outcome) => self.conclude(outcome),
            Err(error) => {
                let rip = general.rip;
                self.give_up(format_args!("{error}, at {rip:#x}"))
            }
        }
    }

    fn conclude(&mut self, outcome: Outcome) {
        self.shadow = false;
        if let Outcome::Exception { event, address } = outcome {
            if let Some(address) = address {
                self.shared.system().cr2 = address;
                self.shared.orders().system_changed = 1;
            }
            self.raise(event);
        }
    }

    fn read_register(&mut self, machine: &mut Machine, register: u32) -> Option<u64> {
        let offset = self.shared.exit().tsc_offset;
        if register == TSC_DEADLINE {
            let value = machine.platform.msr_read(self.number, register, now()).ok()?;
            return Some(if value == 0 { 0 } else { value.wrapping_add(offset) });
        }
        if Platform::<PROCESSORS>::claims_msr(register) {
            return machine.platform.msr_read(self.number, register, now()).ok();
        }
        registers::read(register)
    }

    fn write_register(&mut self, machine: &mut Machine, register: u32, value: u64) -> Option<()> {
        const ENABLE: u64 = 1;
        let memory = machine.memory();
        match register {
            TSC_DEADLINE => {
                // Devices tell time by the machine's counter, the guest by its own.
                let offset = self.shared.exit().tsc_offset;
                let value = if value == 0 { 0 } else { value.wrapping_sub(offset).max(1) };
                machine.platform.msr_write(self.number, register, value, now()).ok()
            }
            SYSTEM_TIME if value & ENABLE != 0 => {
                machine.clock.write_system_time(&memory, value & !ENABLE).ok()
            }
            SYSTEM_TIME => Some(()),
            WALL_CLOCK => machine.clock.write_wall_clock(&memory, value).ok(),
            register if Platform::<PROCESSORS>::claims_msr(register) => {
                machine.platform.msr_write(self.number, register, value, now()).ok()
            }
            register => registers::write_is_ignored(register).then_some(()),
        }
    }

    /// `MOV` from or to CR8, the upper half of the task priority.
    fn task_priority(&mut self, machine: &mut Machine, read: bool) {
        let memory = machine.memory();
        let (exit, general, system) = self.shared.parts();
        let Some(operand) = registers::operand(&memory, general, system, exit) else {
            return self.raise(Event::Exception(6, None));
        };
        match general.registers.get_mut(operand.register) {
            Some(place) if read => {
                *place = u64::from(machine.platform.task_priority(self.number) >> 4);
            }
            Some(place) => {
                let priority = *place as u8 & 0xf;
                machine.platform.set_task_priority(self.number, priority << 4);
            }
            None => {}
        }
        self.skip(operand.length);
    }

    /// Goes on behind the instruction, which is so long if the processor does not say where that is.
    fn skip(&mut self, length: u64) {
        self.shadow = false;
        let (exit, general, _) = self.shared.parts();
        general.rip =
            if exit.next_rip == 0 { general.rip.wrapping_add(length) } else { exit.next_rip };
    }

    fn raise(&mut self, event: Event) {
        self.interrupted = event.to_number();
    }

    /// The guest did what no system that runs does: its world crashes, and may start again.
    fn give_up(&mut self, why: core::fmt::Arguments<'_>) -> ! {
        log!("the guest cannot go on: {why}");
        crash()
    }
}
