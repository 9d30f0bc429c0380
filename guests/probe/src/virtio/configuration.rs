//! Finds virtio functions on PCI and their regions of registers (virtio 1.2, section 4.1.4).

use core::arch::asm;
use core::fmt;

use cloister_bare::pci;

/// Kinds of regions.
pub const COMMON: u8 = 1;
pub const NOTIFY: u8 = 2;
pub const DEVICE: u8 = 4;

const COMMAND: u8 = 4;
const CAPABILITIES: u8 = 0x34;
const VENDOR_SPECIFIC: u8 = 9;
/// Capabilities that are looked at.
const MOST_CAPABILITIES: usize = 32;

/// A virtio function.
pub struct Function {
    place: pci::Function,
    identity: u32,
}

/// A region of registers.
pub struct Region {
    /// Its physical address, below 128 TiB.
    pub address: u64,
}

/// The virtio functions on the first two buses.
pub fn functions() -> impl Iterator<Item = Function> {
    const VENDOR: u32 = 0x1af4;
    let places = (0..2).flat_map(|bus| (0..32).map(move |device| (bus, device)));
    places.filter_map(|(bus, device)| {
        let place = pci::Function { bus, device, function: 0 };
        let identity = place.read(0);
        (identity & 0xffff == VENDOR).then_some(Function { place, identity })
    })
}

impl Function {
    /// The kind of device (virtio 1.2, chapter 5).
    pub fn kind(&self) -> u16 {
        const FIRST: u16 = 0x1040;
        ((self.identity >> 16) as u16).wrapping_sub(FIRST)
    }

    fn read(&self, register: u8) -> u32 {
        self.place.read(register)
    }

    /// Virtio's capabilities, each by the register that it begins at.
    fn capabilities(&self) -> impl Iterator<Item = u8> {
        let first = self.read(CAPABILITIES) as u8;
        let next = |register: &u8| Some((self.read(*register) >> 8) as u8);
        core::iter::successors(Some(first), next)
            .take(MOST_CAPABILITIES)
            .take_while(|register| *register != 0)
            .filter(|register| self.read(*register) as u8 == VENDOR_SPECIFIC)
    }

    fn capability(&self, kind: u8) -> Option<u8> {
        self.capabilities().find(|register| (self.read(*register) >> 24) as u8 == kind)
    }

    /// The region of this kind, with the device made to answer there.
    pub fn region(&self, kind: u8) -> Option<Region> {
        const MEMORY_AND_MASTER: u32 = 0b110;
        let capability = self.capability(kind)?;
        let bar = self.read(capability.checked_add(4)?) as u8;
        let register = 0x10_u8.checked_add(bar.checked_mul(4)?).filter(|at| *at <= 0x24)?;
        let low = self.read(register);
        let is_memory = low & 1 == 0;
        let is_wide = low & 0b110 == 0b100;
        let high = if is_wide { self.read(register + 4) } else { 0 };
        let base = u64::from(high) << 32 | u64::from(low & !0xf);
        self.place.write(COMMAND, self.read(COMMAND) | MEMORY_AND_MASTER);
        let address = base.checked_add(self.read(capability.checked_add(8)?).into())?;
        (is_memory && base != 0 && address < 1 << 47).then_some(Region { address })
    }

    /// By how much the notification addresses of two queues differ for a difference of one.
    pub fn notify_multiplier(&self) -> u32 {
        self.capability(NOTIFY)
            .and_then(|register| register.checked_add(16))
            .map_or(0, |register| self.read(register))
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x} at {}:{}", self.identity >> 16, self.place.bus, self.place.device)
    }
}

impl Region {
    /// Reads `width` bytes: 1, 2, or else 4.
    pub fn read(&self, offset: u64, width: u8) -> u64 {
        let address = self.address.wrapping_add(offset);
        let mut value: u64;
        // SAFETY: a device's registers, which the caller has mapped.
        unsafe {
            match width {
                1 => asm!("movzx eax, byte ptr [rdx]", in("rdx") address, out("rax") value),
                2 => asm!("movzx eax, word ptr [rdx]", in("rdx") address, out("rax") value),
                _ => asm!("mov eax, [rdx]", in("rdx") address, out("rax") value),
            }
        }
        value &= 0xffff_ffff;
        value
    }

    /// Writes `width` bytes: 1, 2, or else 4.
    pub fn write(&self, offset: u64, width: u8, value: u64) {
        let address = self.address.wrapping_add(offset);
        // SAFETY: a device's registers, which the caller has mapped.
        unsafe {
            match width {
                1 => asm!("mov [rdx], al", in("rdx") address, in("rax") value),
                2 => asm!("mov [rdx], ax", in("rdx") address, in("rax") value),
                _ => asm!("mov [rdx], eax", in("rdx") address, in("rax") value),
            }
        }
    }
}
