//! Configuration mechanism 1: an address port and a data port (PCI Local Bus Specification 3.0,
//! section 3.2.2.3.2).

use cloister_device::Width;

/// The address register, of 32 bits only: narrower accesses to these ports are not PCI's (0xcf9 is
/// the reset register).
pub const ADDRESS_PORT: u16 = 0xcf8;
/// The first of the four data ports.
pub const DATA_PORT: u16 = 0xcfc;

/// Bit 31 of the address: data accesses are configuration accesses.
const ENABLE: u32 = 1 << 31;

/// A place in configuration space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) slot: u8,
    pub(crate) offset: u8,
}

/// The address register.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Mechanism {
    address: u32,
}

/// What a port is to the mechanism.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Port {
    /// The address register.
    Address,
    /// Configuration space of a function that may be there.
    Data(Place),
    /// Configuration space where no function can be.
    Nowhere,
}

impl Mechanism {
    /// What an access to a port means; `None` where it is not PCI's.
    pub(crate) fn port(&self, port: u16, width: Width) -> Option<Port> {
        if port == ADDRESS_PORT && width == Width::Four {
            return Some(Port::Address);
        }
        let within = port.checked_sub(DATA_PORT).filter(|within| *within < 4)?;
        let [register, function_and_device, bus, _] = self.address.to_le_bytes();
        if self.address & ENABLE == 0 || bus != 0 || function_and_device & 7 != 0 {
            return Some(Port::Nowhere);
        }
        let offset = register & !3 | within as u8;
        Some(Port::Data(Place { slot: function_and_device >> 3, offset }))
    }

    /// The address register.
    pub(crate) const fn address(&self) -> u32 {
        self.address
    }

    /// Writes the address register; its reserved bits stay zero.
    pub(crate) fn set_address(&mut self, value: u32) {
        self.address = value & 0x80ff_fffc;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_slot_and_offset() {
        let mut mechanism = Mechanism::default();
        assert_eq!(mechanism.port(DATA_PORT, Width::Four), Some(Port::Nowhere));
        mechanism.set_address(ENABLE | 3 << 11 | 0x40);
        let place = Place { slot: 3, offset: 0x42 };
        assert_eq!(mechanism.port(DATA_PORT + 2, Width::Two), Some(Port::Data(place)));
        mechanism.set_address(ENABLE | 1 << 16);
        assert_eq!(mechanism.port(DATA_PORT, Width::Four), Some(Port::Nowhere));
        mechanism.set_address(ENABLE | 1 << 8);
        assert_eq!(mechanism.port(DATA_PORT, Width::Four), Some(Port::Nowhere));
    }

    #[test]
    fn narrow_accesses_to_the_address_are_someone_elses() {
        let mechanism = Mechanism::default();
        assert_eq!(mechanism.port(ADDRESS_PORT, Width::Four), Some(Port::Address));
        assert_eq!(mechanism.port(ADDRESS_PORT + 1, Width::One), None);
        assert_eq!(mechanism.port(DATA_PORT + 4, Width::One), None);
    }
}
