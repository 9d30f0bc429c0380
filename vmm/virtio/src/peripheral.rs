//! Everything that goes into a slot of a monitor's bus.

use cloister_device::{GuestMemory, Interrupts, Width};

use crate::{
    Environment, Progress,
    assigned::Assigned,
    block::{Block, Disk},
    channel::{Bell, Channel},
    console::Console,
    input::Input,
    network::{Link, Network},
    pci::{Endpoint, Function, HostBridge},
    random::{Entropy, Random},
    transport::Virtio,
};

/// A function of one of the kinds that there are, over a monitor's disks, links, randomness and the
/// bells of its channels.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "slots are static memory; there is no heap to box in"
)]
pub enum Peripheral<D, L, E, B> {
    /// The host bridge, in slot 0.
    HostBridge(HostBridge),
    /// A console.
    Console(Virtio<Console>),
    /// A disk.
    Block(Virtio<Block<D>>),
    /// One end of a link.
    Network(Virtio<Network<L>>),
    /// A source of randomness.
    Random(Virtio<Random<E>>),
    /// A keyboard, mouse or tablet.
    Input(Virtio<Input>),
    /// A channel's memory.
    Channel(Channel<B>),
    /// A function of the machine's.
    Assigned(Assigned),
}

/// Does the same with whichever it is.
macro_rules! each {
    ($peripheral:expr, $function:ident => $do:expr) => {
        match $peripheral {
            Peripheral::HostBridge($function) => $do,
            Peripheral::Console($function) => $do,
            Peripheral::Block($function) => $do,
            Peripheral::Network($function) => $do,
            Peripheral::Random($function) => $do,
            Peripheral::Input($function) => $do,
            Peripheral::Channel($function) => $do,
            Peripheral::Assigned($function) => $do,
        }
    };
}

impl<D: Disk, L: Link, E: Entropy, B: Bell> Function for Peripheral<D, L, E, B> {
    fn endpoint(&self) -> &Endpoint {
        each!(self, function => function.endpoint())
    }

    fn endpoint_mut(&mut self) -> &mut Endpoint {
        each!(self, function => function.endpoint_mut())
    }

    fn read_configuration(&mut self, offset: u8, width: Width) -> u32 {
        each!(self, function => function.read_configuration(offset, width))
    }

    fn write_configuration<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        offset: u8,
        width: Width,
        value: u32,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        each!(self, function => function.write_configuration(offset, width, value, environment))
    }

    fn read(&mut self, bar: usize, offset: u64, width: Width) -> u64 {
        each!(self, function => function.read(bar, offset, width))
    }

    fn write<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        bar: usize,
        offset: u64,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        each!(self, function => function.write(bar, offset, width, value, environment))
    }

    fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        each!(self, function => function.process(environment))
    }
}
