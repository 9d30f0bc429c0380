//! One virtio device: its state, and how it works and stops.

use cloister_device::{GuestMemory, Interrupts};

use super::{
    Device, QUEUES,
    layout::{self, MESSAGES_BAR},
    negotiation::{Change, EVENT_INDEX, INDIRECT_DESCRIPTORS, Negotiation},
};
use crate::{
    Environment, Progress,
    pci::{Configuration, Endpoint, Identity},
    queue::{Chain, Malformed, Queue},
};

/// Vendor of virtio devices.
const VENDOR: u16 = 0x1af4;
/// What a modern device's number is above that of its kind.
const FIRST_DEVICE: u16 = 0x1040;
/// Subsystem: any number from 0x40 on says that the device is not transitional.
const SUBSYSTEM: u16 = 0x40;
/// No message for this cause.
pub(super) const NO_VECTOR: u16 = 0xffff;
/// Interrupt status: a queue has used buffers.
const QUEUE_INTERRUPT: u8 = 1;
/// Interrupt status: the configuration changed.
const CONFIGURATION_INTERRUPT: u8 = 2;

/// A virtio device in a slot of a bus.
#[derive(Clone, Debug)]
pub struct Virtio<D> {
    pub(super) endpoint: Endpoint,
    pub(super) device: D,
    pub(super) negotiation: Negotiation,
    pub(super) queues: [Queue; QUEUES],
    pub(super) vectors: [u16; QUEUES],
    pub(super) configuration_vector: u16,
    pub(super) selected: u16,
    pub(super) generation: u8,
    pub(super) interrupt_status: u8,
    /// Offset of the capability for access through configuration space.
    pub(super) access_at: u8,
    /// Queues with something to do, one bit each.
    pending: u8,
    chain: Chain,
    fault: Option<Malformed>,
}

impl<D: Device> Virtio<D> {
    const COUNT: usize = D::QUEUE_SIZES.len();

    /// A device that no driver has touched.
    #[must_use]
    pub fn new(device: D) -> Self {
        const { assert!(D::QUEUE_SIZES.len() <= QUEUES) };
        let mut configuration = Configuration::new(&Identity {
            vendor: VENDOR,
            device: FIRST_DEVICE + D::KIND,
            revision: 1,
            class: device.class(),
            subsystem_vendor: VENDOR,
            subsystem: SUBSYSTEM,
        });
        let access_at = layout::describe(&mut configuration, Self::COUNT as u64, D::CONFIGURATION);
        let mut sizes = D::QUEUE_SIZES.iter();
        Self {
            endpoint: Endpoint::new(configuration, Self::COUNT + 1, MESSAGES_BAR as u8, 0),
            negotiation: Negotiation::new(device.features()),
            device,
            queues: [(); QUEUES].map(|()| Queue::new(sizes.next().copied().unwrap_or(0))),
            vectors: [NO_VECTOR; QUEUES],
            configuration_vector: NO_VECTOR,
            selected: 0,
            generation: 0,
            interrupt_status: 0,
            access_at,
            pending: 0,
            chain: Chain::new(),
            fault: None,
        }
    }

    /// The device itself, to be given something to do.
    pub const fn device(&mut self) -> &mut D {
        &mut self.device
    }

    /// Whether a driver works with it.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.negotiation.is_running()
    }

    /// Why it stopped, once.
    pub const fn take_fault(&mut self) -> Option<Malformed> {
        self.fault.take()
    }

    /// Writes the status.
    pub(super) fn set_status<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        status: u8,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        match self.negotiation.write(status) {
            Change::None => Progress::Done,
            Change::Reset => {
                self.reset();
                Progress::Done
            }
            Change::Started => {
                self.device.start(self.negotiation.accepted_features());
                self.work(environment)
            }
        }
    }

    fn reset(&mut self) {
        self.queues.iter_mut().for_each(Queue::reset);
        self.vectors = [NO_VECTOR; QUEUES];
        self.configuration_vector = NO_VECTOR;
        self.selected = 0;
        self.pending = 0;
        self.acknowledge();
        self.device.reset();
    }

    /// Takes back the interrupt status, and with it the pin.
    pub(super) fn acknowledge(&mut self) -> u8 {
        self.endpoint.assert(false);
        core::mem::take(&mut self.interrupt_status)
    }

    /// Turns the selected queue on.
    pub(super) fn enable<I: Interrupts + ?Sized>(&mut self, interrupts: &mut I) {
        if !self.negotiation.is_agreed() {
            return;
        }
        let event_index = self.negotiation.has(EVENT_INDEX);
        let indirect = self.negotiation.has(INDIRECT_DESCRIPTORS);
        if let Some(queue) = self.queues.get_mut(usize::from(self.selected))
            && let Err(malformed) = queue.enable(event_index, indirect)
        {
            self.stop(malformed, interrupts);
        }
    }

    /// Kicks a queue.
    pub(super) fn notify<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        queue: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        if queue < Self::COUNT as u64 {
            self.pending |= 1 << queue;
        }
        self.go_on(environment)
    }

    /// Looks at all queues.
    pub(super) fn work<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        self.pending = (1 << Self::COUNT) - 1;
        self.go_on(environment)
    }

    fn go_on<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        if !self.negotiation.is_running() || !self.endpoint.configuration().is_bus_master() {
            self.pending = 0;
            return Progress::Done;
        }
        let mut queues = core::mem::take(&mut self.pending);
        while queues != 0 {
            let queue = queues.trailing_zeros() as usize;
            queues &= queues - 1;
            let result =
                self.device.process(queue, &mut self.queues, &mut self.chain, environment.memory);
            // What was given back before a fault is the driver's.
            let interrupt = match self.queues.get_mut(queue) {
                Some(queue) => queue.must_interrupt(environment.memory),
                None => Ok(false),
            };
            if interrupt == Ok(true) {
                self.interrupt(queue, environment.interrupts);
            }
            match (result, interrupt) {
                (Err(malformed), _) | (_, Err(malformed)) => {
                    self.stop(malformed, environment.interrupts);
                    return Progress::Done;
                }
                (Ok(Progress::More), _) => self.pending |= 1 << queue,
                (Ok(Progress::Done), _) => {}
            }
            // Not for the queue itself: if its driver has no buffers, that waits for a kick.
            self.pending |= self.device.woken() & !(1 << queue);
        }
        if self.device.take_change() {
            self.generation = self.generation.wrapping_add(1);
            self.configuration_interrupt(environment.interrupts);
        }
        if self.pending == 0 { Progress::Done } else { Progress::More }
    }

    fn interrupt<I: Interrupts + ?Sized>(&mut self, queue: usize, interrupts: &mut I) {
        if self.endpoint.messages().is_enabled() {
            let vector = self.vectors.get(queue).copied().unwrap_or(NO_VECTOR);
            self.endpoint.raise(vector, interrupts);
        } else {
            self.interrupt_status |= QUEUE_INTERRUPT;
            self.endpoint.assert(true);
        }
    }

    fn configuration_interrupt<I: Interrupts + ?Sized>(&mut self, interrupts: &mut I) {
        if self.endpoint.messages().is_enabled() {
            self.endpoint.raise(self.configuration_vector, interrupts);
        } else {
            self.interrupt_status |= CONFIGURATION_INTERRUPT;
            self.endpoint.assert(true);
        }
    }

    /// Stops until the driver resets it.
    fn stop<I: Interrupts + ?Sized>(&mut self, malformed: Malformed, interrupts: &mut I) {
        self.pending = 0;
        self.fault = Some(malformed);
        if self.negotiation.stop() {
            self.configuration_interrupt(interrupts);
        }
    }
}
