//! The host bridge in slot 0: there so that the guest finds a bus at all.

use cloister_device::{GuestMemory, Interrupts, Width};

use super::{Configuration, Endpoint, Function, HOST_BRIDGE, Identity, VENDOR};
use crate::{Environment, Progress};

/// Class: bridge, host.
const CLASS: u32 = 0x06_00_00;

/// A host bridge without memory and interrupts.
#[derive(Clone, Debug)]
pub struct HostBridge(Endpoint);

impl HostBridge {
    /// The host bridge.
    #[must_use]
    pub fn new() -> Self {
        Self(Endpoint::silent(Configuration::new(&Identity {
            vendor: VENDOR,
            device: HOST_BRIDGE,
            revision: 0,
            class: CLASS,
            subsystem_vendor: VENDOR,
            subsystem: HOST_BRIDGE,
        })))
    }
}

impl Default for HostBridge {
    fn default() -> Self {
        Self::new()
    }
}

impl Function for HostBridge {
    fn endpoint(&self) -> &Endpoint {
        &self.0
    }

    fn endpoint_mut(&mut self) -> &mut Endpoint {
        &mut self.0
    }

    fn read(&mut self, _: usize, _: u64, width: Width) -> u64 {
        width.open_bus()
    }

    fn write<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        _: usize,
        _: u64,
        _: Width,
        _: u64,
        _: &mut Environment<'_, M, I>,
    ) -> Progress {
        Progress::Done
    }

    fn process<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        _: &mut Environment<'_, M, I>,
    ) -> Progress {
        Progress::Done
    }
}
