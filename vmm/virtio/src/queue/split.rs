//! The rings.

use cloister_device::GuestMemory;

use super::{
    Chain, MAX_SEGMENTS, Malformed, Segment,
    descriptor::{Descriptor, SIZE},
};

/// Available ring, flags: the driver wants no interrupts.
const NO_INTERRUPT: u16 = 1;

/// A queue, seen from the device.
#[derive(Clone, Debug)]
pub struct Queue {
    largest: u16,
    size: u16,
    enabled: bool,
    /// Addresses of the descriptor table, the available ring and the used ring.
    descriptors: u64,
    available: u64,
    used: u64,
    /// Where in the driver's area it says when it wants an interrupt, and where in the device's area
    /// the device says when it wants a kick.
    used_event: u64,
    available_event: u64,
    event_index: bool,
    indirect: bool,
    /// The next entry of the available ring, and how far it was filled when last looked.
    next: u16,
    filled: u16,
    /// The next entry of the used ring, and where it was when the driver was last told.
    next_used: u16,
    told: u16,
}

impl Queue {
    /// A queue that is off, of at most `largest` entries: a power of two.
    #[must_use]
    pub const fn new(largest: u16) -> Self {
        Self {
            largest,
            size: largest,
            enabled: false,
            descriptors: 0,
            available: 0,
            used: 0,
            used_event: 0,
            available_event: 0,
            event_index: false,
            indirect: false,
            next: 0,
            filled: 0,
            next_used: 0,
            told: 0,
        }
    }

    /// Off again, with everything that the driver set forgotten.
    pub fn reset(&mut self) {
        *self = Self::new(self.largest);
    }

    /// How many entries it has.
    #[must_use]
    pub const fn size(&self) -> u16 {
        self.size
    }

    /// Sets how many entries it has; checked by [`Self::enable`].
    pub fn set_size(&mut self, size: u16) {
        if !self.enabled {
            self.size = size;
        }
    }

    /// Addresses of the descriptors, the driver's area and the device's area.
    #[must_use]
    pub const fn areas(&self) -> [u64; 3] {
        [self.descriptors, self.available, self.used]
    }

    /// Sets the addresses of the areas; checked by [`Self::enable`].
    pub fn set_areas(&mut self, areas: [u64; 3]) {
        if !self.enabled {
            [self.descriptors, self.available, self.used] = areas;
        }
    }

    /// Whether it is on.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Turns it on.
    ///
    /// # Errors
    /// [`Malformed::Size`] or [`Malformed::Area`].
    pub fn enable(&mut self, event_index: bool, indirect: bool) -> Result<(), Malformed> {
        if self.enabled {
            return Ok(());
        }
        if !self.size.is_power_of_two() || self.size > self.largest {
            return Err(Malformed::Size);
        }
        let entries = u64::from(self.size);
        let area = |address: u64, alignment: u64, length: u64| {
            let end = address.checked_add(length);
            (address.is_multiple_of(alignment) && end.is_some())
                .then_some(())
                .ok_or(Malformed::Area)
        };
        area(self.descriptors, 16, SIZE * entries)?;
        area(self.available, 2, 6 + 2 * entries)?;
        area(self.used, 4, 6 + 8 * entries)?;
        self.used_event = self.available + 4 + 2 * entries;
        self.available_event = self.used + 4 + 8 * entries;
        self.event_index = event_index;
        self.indirect = indirect;
        self.enabled = true;
        Ok(())
    }

    /// Looks how far the available ring is filled. Reading the index with acquire order makes visible
    /// what the driver wrote before it.
    fn look<M: GuestMemory + ?Sized>(&mut self, memory: &M) -> Result<bool, Malformed> {
        let filled = memory.read_u16(self.available + 2)?;
        if filled.wrapping_sub(self.next) > self.size {
            return Err(Malformed::Index);
        }
        self.filled = filled;
        Ok(filled != self.next)
    }

    /// Whether a chain is there to be taken. If not, the driver is asked to kick when it adds the
    /// next one, and the ring is looked at again for one that came meanwhile (section 2.7.10).
    /// Without event indices drivers kick always.
    ///
    /// # Errors
    /// The ring is not in memory, or its index impossible.
    pub fn is_ready<M: GuestMemory + ?Sized>(&mut self, memory: &M) -> Result<bool, Malformed> {
        if !self.enabled {
            return Ok(false);
        }
        if self.filled != self.next || self.look(memory)? {
            return Ok(true);
        }
        if !self.event_index {
            return Ok(false);
        }
        memory.write_u16(self.available_event, self.next)?;
        memory.fence();
        self.look(memory)
    }

    /// Takes the next chain, if one [is ready](Self::is_ready).
    ///
    /// # Errors
    /// The queue breaks the rules.
    pub fn pop<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        chain: &mut Chain,
    ) -> Result<bool, Malformed> {
        if !self.is_ready(memory)? {
            return Ok(false);
        }
        let place = u64::from(self.next & (self.size - 1));
        let head = memory.read_u16(self.available + 4 + 2 * place)?;
        self.next = self.next.wrapping_add(1);
        self.collect(memory, head, chain)?;
        Ok(true)
    }

    /// Copies the descriptors of a chain, each read once. Loops end at the limit of a chain.
    fn collect<M: GuestMemory + ?Sized>(
        &self,
        memory: &M,
        head: u16,
        chain: &mut Chain,
    ) -> Result<(), Malformed> {
        chain.start(head);
        let (mut table, mut entries, mut nested) = (self.descriptors, u32::from(self.size), false);
        let mut index = head;
        // One more than there may be segments: the descriptor of an indirect table is none.
        for _ in 0..=MAX_SEGMENTS {
            if u32::from(index) >= entries {
                return Err(Malformed::Descriptor);
            }
            let descriptor = Descriptor::read(memory, table, index)?;
            let Descriptor { address, length, .. } = descriptor;
            if descriptor.indirect {
                let whole = length != 0 && u64::from(length).is_multiple_of(SIZE);
                if !self.indirect || nested || descriptor.next.is_some() || !whole {
                    return Err(Malformed::Indirect);
                }
                address.checked_add(length.into()).ok_or(Malformed::Address)?;
                (table, entries, nested, index) = (address, length / SIZE as u32, true, 0);
                continue;
            }
            chain.add(Segment { address, length }, descriptor.writable)?;
            match descriptor.next {
                Some(next) => index = next,
                None => return Ok(()),
            }
        }
        Err(Malformed::Chain)
    }

    /// Leaves the chains that were taken last, so many of them, to be taken again.
    pub const fn leave(&mut self, count: u16) {
        self.next = self.next.wrapping_sub(count);
    }

    /// Gives a chain back, with so many bytes written to its writable buffers. The driver is told by
    /// [`Self::must_interrupt`].
    ///
    /// # Errors
    /// The used ring is not in memory.
    pub fn push<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        head: u16,
        written: u32,
    ) -> Result<(), Malformed> {
        self.push_all(memory, [(head, written)])
    }

    /// The same with several chains, which the driver sees all at once.
    ///
    /// # Errors
    /// The used ring is not in memory.
    pub fn push_all<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
        chains: impl IntoIterator<Item = (u16, u32)>,
    ) -> Result<(), Malformed> {
        let mut next = self.next_used;
        for (head, written) in chains {
            let entry = self.used + 4 + 8 * u64::from(next & (self.size - 1));
            memory.write_u64(entry, u64::from(head) | u64::from(written) << 32)?;
            next = next.wrapping_add(1);
        }
        memory.write_u16(self.used + 2, next)?;
        self.next_used = next;
        Ok(())
    }

    /// Whether chains were given back that the driver wants to be interrupted for (section 2.7.7).
    ///
    /// # Errors
    /// The available ring is not in memory.
    pub fn must_interrupt<M: GuestMemory + ?Sized>(
        &mut self,
        memory: &M,
    ) -> Result<bool, Malformed> {
        if self.next_used == self.told {
            return Ok(false);
        }
        let since = self.next_used.wrapping_sub(self.told);
        self.told = self.next_used;
        memory.fence();
        if self.event_index {
            let event = memory.read_u16(self.used_event)?;
            return Ok(self.next_used.wrapping_sub(event).wrapping_sub(1) < since);
        }
        Ok(memory.read_u16(self.available)? & NO_INTERRUPT == 0)
    }
}
