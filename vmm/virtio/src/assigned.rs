//! A PCI function of the machine's that the policy gives to the world.
//!
//! Its registers are the guest's by the nested page tables, its requests are confined by the IOMMU, and its messages
//! come as events of the kernel. So the configuration space here is a picture of the machine's: what the guest
//! writes reaches no hardware. It finds
//!
//! - who the function is, and its base addresses, where it finds their sizes and can move nothing;
//! - messages, either MSI-X or MSI, as the function has them, of which the guest says where they go. The table of
//!   MSI-X lies in a page of the registers that the guest does not have, so that accesses to it come here;
//! - capabilities of the vendor, as they were at boot. All others are hidden, as are ports and the pin.

mod capabilities;
#[cfg(test)]
mod tests;

use cloister_device::{GuestMemory, Interrupts, Width};

use self::capabilities::{MSI, MSI_X, Picture, VENDOR_SPECIFIC};
use crate::{
    Environment, Progress,
    pci::{Bar, Configuration, Endpoint, Function, Identity, MsiX, VECTORS, Window},
};

/// Message control of MSI: messages are used.
const MSI_ENABLE: u32 = 1 << 0;
/// Message control of MSI: addresses have 64 bits.
const MSI_WIDE: u16 = 1 << 7;

/// What is known of a function of the machine's.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// The first 256 bytes of its configuration space, as they were at boot.
    pub configuration: &'a [u32; 64],
    /// Where the guest sees the registers of each base address; sizes are 0 where there are none.
    pub memory: [Window; 6],
    /// Messages that come as events, from the first one on.
    pub messages: usize,
}

/// How it interrupts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Messages {
    /// Not at all.
    None,
    /// By one message, whose capability is here.
    Msi(u8),
    /// By a table behind this base address, from this offset on.
    MsiX { bar: usize, table: u64 },
}

/// A function of the machine's.
#[derive(Clone, Debug)]
pub struct Assigned {
    endpoint: Endpoint,
    messages: Messages,
    /// Messages that are due, a bit each.
    signalled: u32,
}

impl Assigned {
    /// The function that is described so.
    #[must_use]
    pub fn new(description: &Description<'_>) -> Self {
        let picture = Picture(description.configuration);
        let mut configuration = Configuration::new(&identity(&picture));
        for (index, memory) in description.memory.iter().enumerate() {
            if memory.size > 0 {
                let register = picture.base_address(index);
                let bar = Bar::fixed_like(register, index, memory.base, memory.size);
                configuration.set_bar(index, bar);
            }
        }
        for at in picture.capabilities(VENDOR_SPECIFIC) {
            let (bytes, length) = picture.vendor_specific(at);
            // What has no room is hidden.
            let _ = configuration.add_capability(
                VENDOR_SPECIFIC,
                bytes.get(..length).unwrap_or_default(),
                &[],
            );
        }
        let count = description.messages.min(VECTORS);
        let (endpoint, messages) = with_messages(configuration, &picture, count);
        Self { endpoint, messages, signalled: 0 }
    }

    /// The function sent a message: the guest gets it by the next [`Function::process`].
    pub fn signal(&mut self, message: u32) {
        self.signalled |= 1_u32.checked_shl(message).unwrap_or(0);
    }

    /// Sends the only message, if the guest wants it.
    fn send<I: Interrupts + ?Sized>(&self, at: u8, interrupts: &mut I) {
        let configuration = self.endpoint.configuration();
        let read = |offset: u8| configuration.read(at.wrapping_add(offset), Width::Four);
        if read(0) >> 16 & MSI_ENABLE != 0 && configuration.is_bus_master() {
            let address = u64::from(read(4)) | u64::from(read(8)) << 32;
            interrupts.message(address, read(12) & 0xffff);
        }
    }

    /// Where in the table of messages an access is.
    fn in_table(&self, bar: usize, offset: u64) -> Option<u64> {
        let Messages::MsiX { bar: own, table } = self.messages else { return None };
        offset.checked_sub(table).filter(|within| bar == own && *within < MsiX::SIZE)
    }
}

fn identity(picture: &Picture<'_>) -> Identity {
    let halves = |register| {
        let word = picture.word(register);
        (word as u16, (word >> 16) as u16)
    };
    let ((vendor, device), (subsystem_vendor, subsystem)) = (halves(0x00), halves(0x2c));
    let class = picture.word(0x08);
    Identity {
        vendor,
        device,
        revision: class as u8,
        class: class >> 8,
        subsystem_vendor,
        subsystem,
    }
}

/// Adds the capability for so many messages, of the kind that the function has.
fn with_messages(
    mut configuration: Configuration,
    picture: &Picture<'_>,
    count: usize,
) -> (Endpoint, Messages) {
    if count == 0 {
        return (Endpoint::silent(configuration), Messages::None);
    }
    if let Some(at) = picture.capabilities(MSI_X).next() {
        let (bar, table, entries) = picture.table(at);
        let count = count.min(entries);
        let endpoint = Endpoint::new(configuration, count, bar, table).without_pin();
        return (endpoint, Messages::MsiX { bar: bar.into(), table: table.into() });
    }
    let mut body = [0; 12];
    let mut writable = [0xff; 12];
    [body[0], body[1]] = MSI_WIDE.to_le_bytes();
    [writable[0], writable[1], writable[2]] = [MSI_ENABLE as u8, 0, 0xfc];
    let at = match picture.capabilities(MSI).next() {
        Some(_) => configuration.add_capability(MSI, &body, &writable),
        None => None,
    };
    (Endpoint::silent(configuration), at.map_or(Messages::None, Messages::Msi))
}

impl Function for Assigned {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn endpoint_mut(&mut self) -> &mut Endpoint {
        &mut self.endpoint
    }

    /// The page of the table only: all else never comes here.
    fn read(&mut self, bar: usize, offset: u64, width: Width) -> u64 {
        self.in_table(bar, offset).map_or(0, |offset| self.endpoint.messages().read(offset, width))
    }

    fn write<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        bar: usize,
        offset: u64,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        if let Some(offset) = self.in_table(bar, offset) {
            self.endpoint.write_messages(offset, width, value, environment.interrupts);
        }
        Progress::Done
    }

    fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        let signalled = core::mem::take(&mut self.signalled);
        match self.messages {
            Messages::None => {}
            Messages::Msi(at) if signalled & 1 != 0 => self.send(at, environment.interrupts),
            Messages::Msi(_) => {}
            Messages::MsiX { .. } => (0..VECTORS as u16)
                .filter(|message| signalled >> message & 1 != 0)
                .for_each(|message| self.endpoint.raise(message, environment.interrupts)),
        }
        Progress::Done
    }
}
