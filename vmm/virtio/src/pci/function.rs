//! What a bus asks of the functions in its slots.

use cloister_device::{GuestMemory, Interrupts, Width};

use super::Endpoint;
use crate::{Environment, Progress};

/// A function in a slot of a [`super::Bus`].
pub trait Function {
    /// Its PCI side.
    fn endpoint(&self) -> &Endpoint;

    /// Its PCI side.
    fn endpoint_mut(&mut self) -> &mut Endpoint;

    /// Reads configuration space.
    fn read_configuration(&mut self, offset: u8, width: Width) -> u32 {
        self.endpoint().configuration().read(offset, width)
    }

    /// Writes configuration space.
    fn write_configuration<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        offset: u8,
        width: Width,
        value: u32,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        self.endpoint_mut().write(offset, width, value, environment.interrupts);
        Progress::Done
    }

    /// Reads the memory behind a base address register.
    fn read(&mut self, bar: usize, offset: u64, width: Width) -> u64;

    /// Writes the memory behind a base address register.
    fn write<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        bar: usize,
        offset: u64,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress;

    /// Goes on with what it has to do, for a bounded time.
    fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress;
}
