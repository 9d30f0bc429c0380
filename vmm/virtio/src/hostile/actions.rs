//! What the guest, and the monitor beside it, can do.

use cloister_device::{GuestMemory, Width};

use super::{
    machine::{
        ENTRIES, FIRST, LAST, MEMORY, Machine, SLOTS, area, configuration, features, registers,
    },
    script::Script,
};
use crate::{
    Peripheral, Progress, console::OUTPUT, input::Axis, pci::ADDRESS_PORT, transport::NOTIFY,
};

/// Does the next thing.
pub(super) fn act(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    match script.byte() % 16 {
        0 => start(machine, script),
        1 => port(machine, script),
        2 => configure(machine, script),
        3 | 4 => register(machine, script),
        5 => write_memory(machine, script),
        6..=8 => descriptor(machine, script),
        9 | 10 => offer(machine, script),
        11 | 12 => kick(machine, script),
        13 => process(machine),
        _ => monitor(machine, script),
    }
}

fn width(script: &mut Script<'_>) -> Width {
    Width::ALL[script.below(4) as usize]
}

fn device(script: &mut Script<'_>) -> u64 {
    FIRST + script.below(LAST - FIRST + 1)
}

fn start(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let slot = device(script);
    machine.start(slot, features(script.byte()));
}

fn port(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let port = ADDRESS_PORT.wrapping_add(script.below(9) as u16);
    let (width, write) = (width(script), script.byte() & 1 != 0);
    let value = 0x8000_0000 | script.below(SLOTS + 1) << 11 | u64::from(script.two() & 0x7ff);
    machine.call(1, |bus, environment| {
        if write {
            bus.write_port(port, width, value, environment);
        } else {
            let _ = bus.read_port(port, width, environment);
        }
    });
}

fn configure(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let address = configuration(script.below(SLOTS + 1)) + u64::from(script.byte());
    let width = width(script);
    match script.byte() % 4 {
        0 => drop(machine.read(address, width)),
        1 => machine.write(address, width, u64::MAX),
        2 => machine.write(address, width, script.below(SLOTS) << 14 | 0xc000_0000),
        _ => machine.write(address, width, script.four().into()),
    }
}

fn register(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let slot = device(script);
    let offset = match script.byte() % 4 {
        0 => script.below(0x40),
        1 => 0x2000 + script.below(0x90),
        2 => 0x4000 + script.below(0x50),
        _ => u64::from(script.two()) & 0x7fff,
    };
    let width = width(script);
    match script.byte() % 4 {
        0 => drop(machine.read(registers(slot) + offset, width)),
        1 => machine.write(registers(slot) + offset, width, script.byte().into()),
        2 => machine.write(registers(slot) + offset, width, script.four().into()),
        _ => machine.write(registers(slot) + offset, width, script.eight()),
    }
}

fn write_memory(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let address = u64::from(script.four()) % (MEMORY - 8);
    let value = script.eight();
    machine.memory.plain.write_u64(address, value).expect("inside");
}

/// Where a guest's buffers are: among each other, on the queues, or nowhere.
fn address(script: &mut Script<'_>) -> u64 {
    match script.byte() % 8 {
        0 => area(script.below(SLOTS), script.below(2)) + 8 * u64::from(script.byte()),
        1 => MEMORY - u64::from(script.byte()),
        2 => script.eight(),
        _ => 0x4_0000 + u64::from(script.two()),
    }
}

fn descriptor(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    // In the table of a queue, or where an indirect one may be.
    let place = script.below(u64::from(ENTRIES));
    let table = match script.byte() % 3 {
        0 => 0x4_0000,
        _ => area(device(script), script.below(2)),
    };
    let at = table + 16 * place;
    let flags = match script.byte() {
        indirect @ 0xe0.. => 4 | indirect & 3,
        flags => flags & 3,
    };
    let (address, length, next) = (address(script), script.length(), script.below(18));
    let rest = u64::from(length) | u64::from(flags) << 32 | next << 48;
    machine.memory.plain.write_u64(at, address).expect("inside");
    machine.memory.plain.write_u64(at + 8, rest).expect("inside");
}

/// A header of a block request, some heads, and a new index.
fn offer(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let ring = area(device(script), script.below(2)) + 0x400;
    let count = script.below(20) as u16;
    let index = machine.memory.plain.read_u16(ring + 2).expect("inside");
    for step in 0..count.min(ENTRIES) {
        let place = u64::from(index.wrapping_add(step) % ENTRIES);
        machine
            .memory
            .plain
            .write_u16(ring + 4 + 2 * place, script.below(17) as u16)
            .expect("inside");
    }
    let index = if script.byte() == 0xff { script.two() } else { index.wrapping_add(count) };
    machine.memory.plain.write_u16(ring + 2, index).expect("inside");
    let request = u64::from(script.byte() % 12);
    machine.memory.plain.write_u64(0x4_0000 + u64::from(script.byte()), request).expect("inside");
}

fn kick(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let slot = device(script);
    let queue = script.below(3);
    machine.write(registers(slot) + NOTIFY + 4 * queue, Width::Two, queue);
}

/// Devices do not go on for ever, however they are fed.
fn process(machine: &mut Machine<'_>) {
    for _ in 0..1000 {
        if machine.process() == Progress::Done {
            return;
        }
    }
    panic!("devices do not end");
}

/// What the monitor does meanwhile.
fn monitor(machine: &mut Machine<'_>, script: &mut Script<'_>) {
    let slot = script.below(SLOTS) as usize;
    let (first, second) = (script.two(), script.byte());
    match machine.bus.function(slot) {
        Some(Peripheral::Console(console)) => {
            let console = console.device();
            console.put_input(&first.to_le_bytes());
            console.take_output(&mut [0; OUTPUT / 4]);
            console.resize(first, u16::from(second) % 2);
        }
        Some(Peripheral::Network(network)) => {
            let network = network.device();
            network.set_up(!second.is_multiple_of(8));
            if network.link().frames.len() < 8 {
                network.link().frames.push(std::vec![second; usize::from(first % 2000)]);
            }
        }
        Some(Peripheral::Input(input)) => {
            let input = input.device();
            input.key(first % 0x310, second & 1 != 0);
            input.absolute(Axis::X, first.into());
            input.relative(Axis::Wheel, i32::from(second) - 128);
            if second & 2 != 0 {
                input.report();
            }
        }
        Some(Peripheral::Channel(channel)) => channel.signal(),
        _ => {}
    }
    let _ = machine.process();
}
