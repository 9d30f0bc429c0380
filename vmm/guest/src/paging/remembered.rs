//! A translation that is kept.

use cloister_device::GuestMemory;

use super::format::Format;
use super::{Access, Fault, PAGE_BYTES, Walk, walk};
use crate::cpu::{System, flags};

/// All but memory and the kind of access that a translation depends on: page, flags, CR0, CR3, CR4, EFER,
/// privilege level.
type Inputs = [u64; 7];

#[inline]
const fn inputs(rflags: u64, system: &System, linear: u64) -> Inputs {
    let System { cr0, cr3, cr4, efer, cpl, .. } = *system;
    let flags = rflags & (flags::ACCESS | flags::VIRTUAL_8086);
    [linear & !(PAGE_BYTES - 1), flags, cr0, cr3, cr4, efer, cpl]
}

/// The last translation, which is done again only if something that it depends on has changed.
///
/// Every entry is read again and compared, so that nothing can be stale and nothing needs to be flushed:
/// what is spared is making sense of them.
pub struct Remembered {
    last: Option<(Inputs, Access, Format, Walk)>,
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
    #[inline]
    pub fn translate(
        &mut self,
        memory: &impl GuestMemory,
        rflags: u64,
        system: &System,
        linear: u64,
        access: Access,
    ) -> Result<u64, Fault> {
        if let Some((before, kind, format, walk)) = &self.last
            && *kind == access
            && are_same(before, &inputs(rflags, system, linear))
            && unchanged(memory, *format, walk)
        {
            return Ok(walk.physical | (linear % PAGE_BYTES));
        }
        self.anew(memory, rflags, system, linear, access)
    }

    /// Walks, and keeps where that led to.
    #[cold]
    #[inline(never)]
    fn anew(
        &mut self,
        memory: &impl GuestMemory,
        rflags: u64,
        system: &System,
        linear: u64,
        access: Access,
    ) -> Result<u64, Fault> {
        let Some(format) = Format::of(system)? else {
            return Ok(linear & 0xffff_ffff);
        };
        self.last = None;
        let inputs = inputs(rflags, system, linear);
        let [page, ..] = inputs;
        let walk = walk(memory, rflags, system, format, page, access)
            .map_err(|fault| at(fault, linear))?;
        self.last = Some((inputs, access, format, walk));
        Ok(walk.physical | (linear % PAGE_BYTES))
    }
}

/// Whether all are the same. They nearly always are: a look at each in turn would only cost time.
fn are_same(before: &Inputs, now: &Inputs) -> bool {
    before.iter().zip(now).fold(0, |different, (before, now)| different | (before ^ now)) == 0
}

/// Whether all entries are what they were.
fn unchanged(memory: &impl GuestMemory, format: Format, walk: &Walk) -> bool {
    for used in walk.used.get(..walk.count).unwrap_or_default() {
        match format.read(memory, used.address) {
            Ok(value) if value == used.value => {}
            _ => return false,
        }
    }
    true
}

/// The same fault, at the address that was asked for.
const fn at(fault: Fault, linear: u64) -> Fault {
    match fault {
        Fault::Page { error_code, .. } => Fault::Page { linear, error_code },
        other => other,
    }
}
