//! What every function has: configuration space, messages, and the interrupt pin.

use cloister_device::{Interrupts, Width};

use super::{Configuration, MsiX, configuration::COMMAND, msix};

/// The PCI side of a function.
#[derive(Clone, Debug)]
pub struct Endpoint {
    configuration: Configuration,
    messages: MsiX,
    /// Offset of the MSI-X capability; 0 without one.
    messages_at: u8,
    /// Whether it has an interrupt pin.
    has_pin: bool,
    /// Whether the device wants its pin asserted.
    asserted: bool,
}

impl Endpoint {
    /// A function without pin and without a table of messages.
    #[must_use]
    pub fn silent(configuration: Configuration) -> Self {
        let messages = MsiX::new(0);
        Self { configuration, messages, messages_at: 0, has_pin: false, asserted: false }
    }

    /// A function with so many messages, whose table lies at an offset of a base address register.
    #[must_use]
    pub fn new(mut configuration: Configuration, vectors: usize, bar: u8, offset: u32) -> Self {
        let messages = MsiX::new(vectors);
        let writable = msix::CONTROL_WRITABLE.to_le_bytes();
        let body = messages.capability(bar, offset);
        let messages_at = configuration.add_capability(msix::CAPABILITY, &body, &writable);
        let messages_at = messages_at.unwrap_or(0);
        Self { configuration, messages, messages_at, has_pin: true, asserted: false }
    }

    /// The same without a pin: it interrupts by messages only.
    #[must_use]
    pub fn without_pin(self) -> Self {
        Self { has_pin: false, ..self }
    }

    /// Whether it has an interrupt pin.
    #[must_use]
    pub const fn has_pin(&self) -> bool {
        self.has_pin
    }

    /// Its configuration space.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    pub(crate) const fn configuration_mut(&mut self) -> &mut Configuration {
        &mut self.configuration
    }

    /// Its table of messages.
    #[must_use]
    pub const fn messages(&self) -> &MsiX {
        &self.messages
    }

    /// Writes the table of messages.
    pub fn write_messages<I: Interrupts + ?Sized>(
        &mut self,
        offset: u64,
        width: Width,
        value: u64,
        interrupts: &mut I,
    ) {
        self.messages.write(offset, width, value, interrupts);
    }

    /// Writes the configuration space, with what follows from it.
    pub fn write<I: Interrupts + ?Sized>(
        &mut self,
        offset: u8,
        width: Width,
        value: u32,
        interrupts: &mut I,
    ) {
        self.configuration.write(offset, width, value);
        let register = offset & !3;
        if register == COMMAND || register == self.messages_at {
            let control = match self.messages_at {
                0 => 0,
                at => self.configuration.read(at.wrapping_add(2), Width::Two) as u16,
            };
            let bus_master = self.configuration.is_bus_master();
            self.messages.control(control, bus_master, interrupts);
        }
    }

    /// Sends a message, if the guest chose messages.
    pub fn raise<I: Interrupts + ?Sized>(&mut self, vector: u16, interrupts: &mut I) {
        self.messages.raise(vector, interrupts);
    }

    /// Wants the pin asserted, or no longer.
    pub fn assert(&mut self, wanted: bool) {
        if self.asserted != wanted {
            self.asserted = wanted;
            self.configuration.show_interrupt(wanted);
        }
    }

    /// Whether the device wants the pin asserted, whatever the guest chose.
    #[must_use]
    pub const fn is_wanted(&self) -> bool {
        self.asserted
    }

    /// Whether the pin is asserted.
    #[must_use]
    pub fn is_asserted(&self) -> bool {
        self.asserted && !self.messages.is_enabled() && self.configuration.may_assert()
    }
}

#[cfg(test)]
mod tests {
    use cloister_device::Recorder;

    use super::*;
    use crate::pci::Identity;

    fn endpoint() -> Endpoint {
        let identity = Identity {
            vendor: 1,
            device: 2,
            revision: 0,
            class: 0,
            subsystem_vendor: 0,
            subsystem: 0,
        };
        Endpoint::new(Configuration::new(&identity), 2, 1, 0)
    }

    #[test]
    fn the_pin_is_down_while_messages_or_the_command_say_so() {
        let (mut endpoint, mut recorder) = (endpoint(), Recorder::default());
        endpoint.assert(true);
        assert!(endpoint.is_asserted());
        assert_eq!(endpoint.configuration().read(6, Width::Two) & 8, 8);
        endpoint.write(4, Width::Two, 1 << 10, &mut recorder);
        assert!(!endpoint.is_asserted());
        assert_eq!(endpoint.configuration().read(6, Width::Two) & 8, 8, "the status stays");
        endpoint.write(4, Width::Two, 0, &mut recorder);
        endpoint.write(0x42, Width::Two, 0x8000, &mut recorder);
        assert!(!endpoint.is_asserted());
        endpoint.assert(false);
        assert_eq!(endpoint.configuration().read(6, Width::Two) & 8, 0);
    }

    #[test]
    fn the_capability_says_where_the_table_is() {
        let endpoint = endpoint();
        let read = |offset| endpoint.configuration().read(offset, Width::Four);
        assert_eq!([0x40, 0x44, 0x48].map(read), [0x0001_0011, 0x0000_0001, 0x0000_0801]);
    }
}
