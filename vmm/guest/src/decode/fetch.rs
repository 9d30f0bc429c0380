//! Fetches the bytes of the instruction at the instruction pointer.

use cloister_device::GuestMemory;

use super::{DecodeError, LONGEST, length};
use crate::cpu::{General, Mode, SegmentName, System, linear_address};
use crate::paging::{Access, Fault, PAGE_BYTES, Remembered, translate};

/// Why there are no bytes, or no instruction in them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FetchError {
    /// The instruction pointer is outside its segment: a general protection fault.
    Segment,
    /// The page tables do not allow it.
    Paging(Fault),
    /// The instruction lies at this guest-physical address, which is not memory.
    NotMemory(u64),
    /// The bytes are not an instruction that is known.
    Decode(DecodeError, Fetched),
}

/// Bytes that are fetched at once: as many as the longest instruction has, and one more for two whole
/// words.
const AT_ONCE: usize = LONGEST + 1;

/// Bytes from the instruction pointer on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fetched {
    bytes: [u8; AT_ONCE],
    count: usize,
}

impl Fetched {
    /// The bytes, 0 to 15 of them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.count.min(LONGEST)).unwrap_or_default()
    }

    /// Whether there may be more behind them.
    const fn is_short(&self) -> bool {
        self.count < LONGEST
    }

    const NOTHING: Self = Self { bytes: [0; AT_ONCE], count: 0 };

    /// Fetches the bytes from the instruction pointer to the end of its page, as many as are needed;
    /// returns the linear address of the first one.
    ///
    /// # Errors
    /// A byte cannot be fetched.
    #[inline]
    fn fetch(
        &mut self,
        memory: &impl GuestMemory,
        mode: Mode,
        general: &General,
        system: &System,
        remembered: &mut Remembered,
    ) -> Result<u64, FetchError> {
        let linear = linear_address(mode, system, SegmentName::Cs, mode.truncate(general.rip), 1)
            .map_err(|_| FetchError::Segment)?;
        let in_page = PAGE_BYTES - linear % PAGE_BYTES;
        let physical = remembered
            .translate(memory, general.rflags, system, linear, Access::Fetch)
            .map_err(FetchError::Paging)?;
        if in_page >= AT_ONCE as u64 {
            self.count = AT_ONCE;
            memory.read(physical, &mut self.bytes)
        } else {
            self.count = in_page as usize;
            memory.read(physical, self.bytes.get_mut(..self.count).unwrap_or_default())
        }
        .map_err(|_| FetchError::NotMemory(physical))?;
        Ok(linear)
    }

    /// Adds bytes from the next page, which begin so many bytes after the linear address.
    ///
    /// # Errors
    /// A byte cannot be fetched.
    #[cold]
    #[inline(never)]
    fn fetch_rest(
        &mut self,
        memory: &impl GuestMemory,
        general: &General,
        system: &System,
        linear: u64,
    ) -> Result<(), FetchError> {
        let next = linear.wrapping_add(self.count as u64);
        let rest = self.bytes.get_mut(self.count..).unwrap_or_default();
        if !rest.is_empty() {
            let physical = translate(memory, general.rflags, system, next, Access::Fetch)
                .map_err(FetchError::Paging)?;
            memory.read(physical, rest).map_err(|_| FetchError::NotMemory(physical))?;
        }
        self.count = AT_ONCE;
        Ok(())
    }
}

/// The 15 bytes from the instruction pointer on: for exits whose operands are in them.
///
/// # Errors
/// A byte cannot be fetched.
pub fn instruction_bytes(
    memory: &impl GuestMemory,
    general: &General,
    system: &System,
) -> Result<Fetched, FetchError> {
    let mode = Mode::of(general.rflags, system);
    let mut fetched = Fetched::NOTHING;
    let linear = fetched.fetch(memory, mode, general, system, &mut Remembered::new())?;
    fetched.fetch_rest(memory, general, system, linear)?;
    Ok(fetched)
}

/// Runs `decode` over the bytes at the instruction pointer; over those of the next page too, if it
/// finds that an instruction goes on there.
#[inline]
pub(crate) fn decode_at<T>(
    memory: &impl GuestMemory,
    mode: Mode,
    general: &General,
    system: &System,
    remembered: &mut Remembered,
    mut decode: impl FnMut(Mode, &[u8]) -> Result<T, DecodeError>,
) -> Result<T, FetchError> {
    let mut fetched = Fetched::NOTHING;
    let linear = fetched.fetch(memory, mode, general, system, remembered)?;
    let mut result = decode(mode, fetched.bytes());
    if matches!(result, Err(DecodeError::Incomplete)) && fetched.is_short() {
        fetched.fetch_rest(memory, general, system, linear)?;
        result = decode(mode, fetched.bytes());
    }
    result.map_err(|error| FetchError::Decode(error, fetched))
}

/// The length of the instruction at the instruction pointer, 1 to 15: for exits whose instruction is
/// to be skipped, on processors that do not say where the next one is.
///
/// # Errors
/// See [`FetchError`].
pub fn instruction_length(
    memory: &impl GuestMemory,
    general: &General,
    system: &System,
) -> Result<u8, FetchError> {
    let mode = Mode::of(general.rflags, system);
    decode_at(memory, mode, general, system, &mut Remembered::new(), length)
}
