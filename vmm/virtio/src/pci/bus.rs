//! The bus: which function an access goes to.

use cloister_device::{GuestMemory, Interrupts, Width};

use super::{
    ADDRESS_PORT, DATA_PORT, ECAM_SIZE, Function, Layout, SLOTS, Window, interrupt_of_slot,
    lines::Lines,
    mechanism::{Mechanism, Place, Port},
};
use crate::{Environment, Progress};

/// Why a function did not go into a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InsertError {
    /// The bus has no such slot, or it is taken.
    Slot,
    /// No room is left in the windows for the function's memory.
    Window,
}

/// Where an access to memory ended the last time.
#[derive(Clone, Copy, Debug)]
struct Recent {
    slot: usize,
    bar: usize,
    base: u64,
    size: u64,
}

/// A bus of the first `COUNT` slots, each with a function or empty.
#[derive(Debug)]
pub struct Bus<F, const COUNT: usize> {
    slots: [Option<F>; COUNT],
    layout: Layout,
    /// What is left of the windows for functions to come.
    low: Window,
    high: Window,
    mechanism: Mechanism,
    lines: Lines,
    recent: Option<Recent>,
    /// Slots whose functions have more to do, one bit each.
    busy: u32,
    /// Slots whose functions may have done something.
    worked: u32,
}

impl<F: Function, const COUNT: usize> Bus<F, COUNT> {
    /// An empty bus.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        const { assert!(COUNT <= SLOTS, "a bus has 32 slots") };
        Self {
            slots: [const { None }; COUNT],
            low: layout.low,
            high: layout.high,
            layout,
            mechanism: Mechanism::default(),
            lines: Lines::default(),
            recent: None,
            busy: 0,
            worked: 0,
        }
    }

    /// Puts a function into a slot and gives its memory addresses: registers in the low window, memory
    /// in the high one.
    ///
    /// # Errors
    /// [`InsertError`] says which is lacking; the bus is as it was, but for addresses that are lost.
    pub fn insert(&mut self, slot: usize, mut function: F) -> Result<(), InsertError> {
        let place = self.slots.get_mut(slot).filter(|place| place.is_none());
        let place = place.ok_or(InsertError::Slot)?;
        let configuration = function.endpoint_mut().configuration_mut();
        for bar in configuration.bars_mut().filter(|bar| bar.is_movable()) {
            let window = if bar.is_wide() { &mut self.high } else { &mut self.low };
            bar.place(window.take(bar.size()).ok_or(InsertError::Window)?);
        }
        if function.endpoint().has_pin() {
            let line = interrupt_of_slot(slot as u8);
            function.endpoint_mut().configuration_mut().set_interrupt(line);
        }
        *place = Some(function);
        Ok(())
    }

    /// Where the guest finds the bus.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The function in a slot, to be given something to do: [`Self::process`] then looks after it.
    pub fn function(&mut self, slot: usize) -> Option<&mut F> {
        let function = self.slots.get_mut(slot)?.as_mut()?;
        self.busy |= 1 << slot;
        Some(function)
    }

    /// The function in a slot, to be looked at.
    pub fn look(&mut self, slot: usize) -> Option<&mut F> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Whether [`Self::process`] has something to do.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.busy != 0
    }

    /// The slots, a bit each, whose functions may have done something since this was last asked: the
    /// guest wrote to them, or [`Self::process`] let them go on.
    #[inline]
    pub const fn take_worked(&mut self) -> u32 {
        core::mem::replace(&mut self.worked, 0)
    }

    /// Lets the functions go on that have more to do, each for a bounded time.
    pub fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        let mut slots = core::mem::take(&mut self.busy);
        self.worked |= slots;
        while slots != 0 {
            let slot = slots.trailing_zeros() as usize;
            slots &= slots - 1;
            self.with(slot, environment, |function, environment| {
                ((), function.process(environment))
            });
        }
        if self.busy == 0 { Progress::Done } else { Progress::More }
    }

    /// Does something with a function, then notes what it has left to do and where its pin is.
    fn with<M: ?Sized, I: Interrupts + ?Sized, T>(
        &mut self,
        slot: usize,
        environment: &mut Environment<'_, M, I>,
        access: impl FnOnce(&mut F, &mut Environment<'_, M, I>) -> (T, Progress),
    ) -> Option<T> {
        let function = self.slots.get_mut(slot)?.as_mut()?;
        let (result, progress) = access(function, environment);
        if progress == Progress::More {
            self.busy |= 1 << slot;
        }
        let asserted = function.endpoint().is_asserted();
        self.lines.set(slot as u8, asserted, environment.interrupts);
        Some(result)
    }

    /// Whether an access to a port is the bus's.
    #[must_use]
    pub fn claims_port(&self, port: u16, width: Width) -> bool {
        self.mechanism.port(port, width).is_some()
    }

    /// Reads a port of [`ADDRESS_PORT`] and [`DATA_PORT`].
    pub fn read_port<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        port: u16,
        width: Width,
        environment: &mut Environment<'_, M, I>,
    ) -> u64 {
        match self.mechanism.port(port, width) {
            Some(Port::Address) => self.mechanism.address().into(),
            Some(Port::Data(place)) => self.read_place(place, width, environment),
            Some(Port::Nowhere) | None => width.open_bus(),
        }
    }

    /// Writes a port of [`ADDRESS_PORT`] and [`DATA_PORT`].
    pub fn write_port<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        port: u16,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) {
        match self.mechanism.port(port, width) {
            Some(Port::Address) => self.mechanism.set_address(value as u32),
            Some(Port::Data(place)) => self.write_place(place, width, value, environment),
            Some(Port::Nowhere) | None => {}
        }
    }

    /// Whether a guest-physical address is the bus's. What is, and nothing decodes, reads as all ones.
    #[must_use]
    pub fn claims(&self, address: u64) -> bool {
        let Layout { ecam, low, high } = &self.layout;
        low.holds(address, 1) || address.wrapping_sub(*ecam) < ECAM_SIZE || high.holds(address, 1)
    }

    /// Reads memory-mapped configuration space or a function's memory.
    pub fn read<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        address: u64,
        width: Width,
        environment: &mut Environment<'_, M, I>,
    ) -> u64 {
        if let Some((slot, bar, offset)) = self.decode(address, width) {
            let value = self.with(slot, environment, |function, _| {
                (function.read(bar, offset, width), Progress::Done)
            });
            return value.unwrap_or(width.open_bus()) & width.mask();
        }
        match self.place(address) {
            Some(place) => self.read_place(place, width, environment),
            None => width.open_bus(),
        }
    }

    /// Writes memory-mapped configuration space or a function's memory. A function that is kicked by it
    /// works at once, for a bounded time; [`Progress::More`] says that [`Self::process`] has
    /// something to do.
    pub fn write<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        address: u64,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        let value = value & width.mask();
        if let Some((slot, bar, offset)) = self.decode(address, width) {
            self.worked |= 1 << slot;
            self.with(slot, environment, |function, environment| {
                ((), function.write(bar, offset, width, value, environment))
            });
        } else if let Some(place) = self.place(address) {
            self.write_place(place, width, value, environment);
        }
        if self.busy == 0 { Progress::Done } else { Progress::More }
    }

    /// The function, base address register and offset in it of a memory access.
    fn decode(&mut self, address: u64, width: Width) -> Option<(usize, usize, u64)> {
        let last = width.bytes() - 1;
        if let Some(recent) = &self.recent {
            let offset = address.wrapping_sub(recent.base);
            if offset < recent.size - last {
                return Some((recent.slot, recent.bar, offset));
            }
        }
        for (slot, function) in self.slots.iter().enumerate() {
            let Some(function) = function else { continue };
            let configuration = function.endpoint().configuration();
            if !configuration.answers() {
                continue;
            }
            for (index, bar) in configuration.bars() {
                let (base, size) = (bar.address(), bar.size());
                let Some(offset) = bar.offset(address) else { continue };
                let inside =
                    self.layout.low.holds(base, size) || self.layout.high.holds(base, size);
                if inside && offset < size - last {
                    self.recent = Some(Recent { slot, bar: index, base, size });
                    return Some((slot, index, offset));
                }
            }
        }
        None
    }

    /// The place in configuration space of an ECAM address. These functions have 256 bytes of it; what
    /// is behind reads as all ones.
    fn place(&self, address: u64) -> Option<Place> {
        let within = address.wrapping_sub(self.layout.ecam);
        if within >= ECAM_SIZE || within & 0x7f00 != 0 {
            return None;
        }
        Some(Place { slot: (within >> 15) as u8, offset: within as u8 })
    }

    fn read_place<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        place: Place,
        width: Width,
        environment: &mut Environment<'_, M, I>,
    ) -> u64 {
        if width == Width::Eight {
            return width.open_bus();
        }
        let value = self.with(place.slot.into(), environment, |function, _| {
            (function.read_configuration(place.offset, width), Progress::Done)
        });
        value.map_or(width.open_bus(), u64::from) & width.mask()
    }

    fn write_place<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        place: Place,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) {
        if width == Width::Eight {
            return;
        }
        // Any of them may move memory.
        self.recent = None;
        self.worked |= 1_u32.checked_shl(place.slot.into()).unwrap_or(0);
        self.with(place.slot.into(), environment, |function, environment| {
            ((), function.write_configuration(place.offset, width, value as u32, environment))
        });
    }
}

// The ports of mechanism 1 lie together, so that a monitor can route the eight of them.
const _: () = assert!(DATA_PORT == ADDRESS_PORT + 4);
