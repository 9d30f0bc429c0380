//! The guest's machine: all devices, and where an access goes.

use cloister_device::Width;
use cloister_guest::emulate::{Mmio, Ports};
use cloister_platform::power::Request;
use cloister_platform::{Configuration, MAXIMUM_PROCESSORS, Platform};
use cloister_runtime::abi::{InfoPage, NO_TIMER, WorldPage};
use cloister_runtime::log;
use cloister_virtio::network::Network;
use cloister_virtio::transport::Virtio;
use cloister_virtio::{Environment, Peripheral, Progress};

use crate::channel::Readers;
use crate::clock::Clock;
use crate::console::Console;
use crate::device::Messages;
use crate::input::Input;
use crate::link::Ends;
use crate::memory::MappedMemory;
use crate::peripherals::{self, CONSOLE, FIRST_ADAPTER, PciBus, SLOTS};
use crate::world::WorkingMemory;

/// Virtual processors that a machine has room for.
pub const PROCESSORS: usize = MAXIMUM_PROCESSORS;

/// Writes to where nothing is that are told of: a guest must not fill the log.
const TELLABLE: u8 = 16;

/// The machine.
pub struct Machine {
    /// What is not on PCI.
    pub platform: Platform<PROCESSORS>,
    /// What is on PCI.
    pub bus: PciBus,
    memory: MappedMemory,
    /// The guest's clock.
    pub clock: Clock,
    serial: Console,
    console: Console,
    /// What the user does.
    input: Input,
    /// Events that the first virtual processor waits for, beside the timer's.
    events: u64,
    /// Those of channels that bring frames.
    frame_events: u64,
    /// Channels that the guest reads.
    readers: Readers,
    /// Messages of the machine's functions that the guest has.
    messages: Messages,
    /// Slots of network adapters.
    adapters: core::ops::Range<usize>,
    /// Slots, a bit each, of what is looked after when it has done something: console and adapters.
    followed: u32,
    /// Writes to where nothing is that are still told of.
    tellable: u8,
    /// When the monitor of virtual processor 0 looks after the devices' time.
    first_deadline: u64,
}

impl Machine {
    /// The machine as it is when power comes on.
    pub fn new(info: &'static InfoPage, page: &'static WorldPage, working: WorkingMemory) -> Self {
        let ticks_per_second = info.ticks_per_second;
        let mut machine = Self {
            platform: Platform::new(Configuration {
                ticks_per_second,
                unix_seconds: page.unix_seconds,
                memory_below: page.memory_low,
                memory_above: page.memory_high,
            }),
            bus: peripherals::bus(info, page, working),
            memory: MappedMemory::of(page),
            clock: Clock { ticks_per_second, unix_seconds: page.unix_seconds },
            serial: Console::new(),
            console: Console::new(),
            input: Input::of(info, page),
            events: 0,
            frame_events: 0,
            readers: Readers::of(info, page),
            messages: Messages::of(info, page),
            adapters: FIRST_ADAPTER..SLOTS.min(FIRST_ADAPTER + page.adapter_count as usize),
            followed: 1 << CONSOLE,
            tellable: TELLABLE,
            first_deadline: NO_TIMER,
        };
        for slot in machine.adapters.clone() {
            if let Some(network) = machine.network(slot) {
                machine.frame_events |= network.link().events();
                machine.followed |= 1 << slot;
            }
        }
        let devices = machine.readers.events() | machine.messages.events();
        machine.events = machine.frame_events | devices | machine.input.event();
        machine
    }

    /// The guest's memory.
    pub const fn memory(&self) -> MappedMemory {
        self.memory
    }

    /// Events that the machine waits for, beside the timer's: the first virtual processor looks after
    /// channels.
    pub const fn events(&self, processor: usize) -> u64 {
        if processor == 0 { self.events } else { 0 }
    }

    /// Channels have brought something, or devices have more to do. Returns whether they still have.
    #[inline]
    pub fn work(&mut self, events: u64) -> Progress {
        // Most exits leave nothing to do here.
        let come = events & self.events != 0 || self.input.waits();
        let done = self.bus.take_worked() & self.followed != 0 || self.platform.has_serial_output();
        if !come && !done && !self.bus.is_busy() {
            return Progress::Done;
        }
        self.look_after(events)
    }

    fn look_after(&mut self, events: u64) -> Progress {
        self.readers.work(events, &mut self.bus);
        self.messages.work(events, &mut self.bus);
        if events & self.frame_events != 0 {
            for slot in self.adapters.clone() {
                // That it was asked for makes the bus look after it.
                let _ = self.bus.function(slot);
            }
        }
        if events & self.input.event() != 0 || self.input.waits() {
            self.input.work(&mut self.platform, &mut self.bus);
        }
        let mut environment = Environment { memory: &self.memory, interrupts: &mut self.platform };
        // What is left to do is asked for below.
        let _ = self.bus.process(&mut environment);
        for slot in self.adapters.clone() {
            if let Some(network) = self.network(slot) {
                network.link().tell();
            }
        }
        self.drain_consoles();
        // What they have done until now is seen to.
        let _ = self.bus.take_worked();
        if self.bus.is_busy() { Progress::More } else { Progress::Done }
    }

    /// The virtual processors, a bit each, whose monitors have to look because of what was done for
    /// this one.
    pub fn called(&mut self, processor: usize) -> u32 {
        let mut called = self.platform.take_attention() & !(1 << processor);
        let deadline = self.platform.next_deadline(0).unwrap_or(NO_TIMER);
        if processor != 0 && deadline < self.first_deadline {
            called |= 1;
        }
        self.first_deadline = deadline;
        called
    }

    /// What the guest wants of its machine as a whole.
    pub fn request(&mut self) -> Option<Request> {
        self.platform.take_request()
    }

    /// Sends on what the guest wrote on its consoles, as much as they hold.
    fn drain_consoles(&mut self) {
        let mut bytes = [0; 64];
        loop {
            let count = self.platform.take_serial_output(&mut bytes);
            if count == 0 {
                break;
            }
            bytes.iter().take(count).for_each(|byte| self.serial.put(*byte));
        }
        while let Some(Peripheral::Console(console)) = self.bus.look(CONSOLE) {
            let count = console.device().take_output(&mut bytes);
            if count == 0 {
                break;
            }
            bytes.iter().take(count).for_each(|byte| self.console.put(*byte));
            // There is room again for what did not fit: that it is asked for makes the bus look after it.
            let _ = self.bus.function(CONSOLE);
        }
    }

    fn network(&mut self, slot: usize) -> Option<&mut Network<Ends>> {
        match self.bus.look(slot)? {
            Peripheral::Network(network) => Some(Virtio::device(network)),
            _ => None,
        }
    }

    /// The machine as one of its processors sees it at a time.
    pub fn at(&mut self, processor: usize, now: u64) -> At<'_> {
        At { machine: self, processor, now }
    }
}

/// The machine as one of its processors sees it at a time.
pub struct At<'m> {
    machine: &'m mut Machine,
    processor: usize,
    now: u64,
}

impl Ports for At<'_> {
    fn read_port(&mut self, port: u16, width: Width) -> u64 {
        let Machine { platform, bus, memory, .. } = self.machine;
        if bus.claims_port(port, width) {
            let mut environment = Environment { memory, interrupts: platform };
            return bus.read_port(port, width, &mut environment);
        }
        platform.port_read(port, width, self.now)
    }

    fn write_port(&mut self, port: u16, width: Width, value: u64) {
        let Machine { platform, bus, memory, .. } = self.machine;
        if bus.claims_port(port, width) {
            let mut environment = Environment { memory, interrupts: platform };
            bus.write_port(port, width, value, &mut environment);
        } else {
            platform.port_write(port, width, value, self.now);
        }
    }
}

impl Mmio for At<'_> {
    fn read(&mut self, address: u64, width: Width) -> u64 {
        let Machine { platform, bus, memory, .. } = self.machine;
        if bus.claims(address) {
            let mut environment = Environment { memory, interrupts: platform };
            return bus.read(address, width, &mut environment);
        }
        let value = platform.memory_read(self.processor, address, width, self.now);
        value.unwrap_or(width.open_bus())
    }

    fn write(&mut self, address: u64, width: Width, value: u64) {
        let Machine { platform, bus, memory, .. } = self.machine;
        if bus.claims(address) {
            let mut environment = Environment { memory, interrupts: platform };
            // The bus keeps in mind what is left to do.
            let _ = bus.write(address, width, value, &mut environment);
        } else if !platform.memory_write(self.processor, address, width, value, self.now)
            && self.machine.tellable > 0
        {
            self.machine.tellable -= 1;
            let last = if self.machine.tellable == 0 { "; further ones are not told" } else { "" };
            log!("a write of {value:#x} to {address:#x}, where nothing is{last}");
        }
    }
}
