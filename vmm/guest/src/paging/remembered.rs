//! A translation that is kept.

use cloister_device::GuestMemory;

use super::format::Format;
use super::{Access, Fault, PAGE_BYTES, Used, Walk, walk};
use crate::cpu::{System, flags};

/// All but memory that a translation depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Inputs {
    page: u64,
    access: Access,
    flags: u64,
    cr0: u64,
    cr3: u64,
    cr4: u64,
    efer: u64,
    cpl: u64,
}

/// The last translation, which is done again only if something that it depends on has changed.
///
/// Every entry is read again and compared, so that nothing can be stale and nothing needs to be flushed:
/// what is spared is making sense of them.
pub struct Remembered {
    last: Option<(Inputs, Format, Walk)>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self::new()
    }
}

impl Remembered {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }

    /// As [`translate`](super::translate).
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn translate(
        &mut self,
        memory: &impl GuestMemory,
        rflags: u64,
        system: &System,
        linear: u64,
        access: Access,
    ) -> Result<u64, Fault> {
        let (page, offset) = (linear & !(PAGE_BYTES - 1), linear % PAGE_BYTES);
        let inputs = Inputs {
            page,
            access,
            flags: rflags & (flags::ACCESS | flags::VIRTUAL_8086),
            cr0: system.cr0,
            cr3: system.cr3,
            cr4: system.cr4,
            efer: system.efer,
            cpl: system.cpl,
        };
        if let Some((before, format, walk)) = &self.last
            && *before == inputs
            && unchanged(memory, *format, walk)
        {
            return Ok(walk.physical | offset);
        }
        let Some(format) = Format::of(system)? else {
            return Ok(linear & 0xffff_ffff);
        };
        self.last = None;
        let walk = walk(memory, rflags, system, format, page, access)
            .map_err(|fault| at(fault, linear))?;
        self.last = Some((inputs, format, walk));
        Ok(walk.physical | offset)
    }
}

/// Whether all entries are what they were.
fn unchanged(memory: &impl GuestMemory, format: Format, walk: &Walk) -> bool {
    let same = |used: &Used| format.read(memory, used.address) == Ok(used.value);
    walk.used.iter().take(walk.count).all(same)
}

/// The same fault, at the address that was asked for.
const fn at(fault: Fault, linear: u64) -> Fault {
    match fault {
        Fault::Page { error_code, .. } => Fault::Page { linear, error_code },
        other => other,
    }
}
