//! Fetches the bytes of the instruction at the instruction pointer.

use cloister_device::GuestMemory;

use super::{DecodeError, LONGEST, length};
use crate::cpu::{General, Mode, SegmentName, System, linear_address};
use crate::paging::{Access, Fault, PAGE_BYTES, Remembered};

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

/// Bytes from the instruction pointer on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fetched {
    bytes: [u8; LONGEST],
    count: usize,
}

impl Fetched {
    /// The bytes, 0 to 15 of them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }

    /// Whether there may be more behind them.
    const fn is_short(&self) -> bool {
        self.count < LONGEST
    }
}

/// The bytes from the instruction pointer to the end of its page, 15 at most; if `whole`, 15 in any
/// case, from the next page too.
///
/// # Errors
/// A byte cannot be fetched.
fn fetch(
    memory: &impl GuestMemory,
    general: &General,
    system: &System,
    remembered: &mut Remembered,
    whole: bool,
) -> Result<Fetched, FetchError> {
    let mode = Mode::of(general.rflags, system);
    let linear = linear_address(mode, system, SegmentName::Cs, mode.truncate(general.rip), 1)
        .map_err(|_| FetchError::Segment)?;
    let in_page = (PAGE_BYTES - linear % PAGE_BYTES).min(LONGEST as u64) as usize;
    let mut fetched = Fetched { bytes: [0; LONGEST], count: in_page };
    let (first, rest) = fetched.bytes.split_at_mut(in_page);
    let mut read = |linear, into: &mut [u8]| {
        let physical = remembered
            .translate(memory, general.rflags, system, linear, Access::Fetch)
            .map_err(FetchError::Paging)?;
        memory.read(physical, into).map_err(|_| FetchError::NotMemory(physical))
    };
    read(linear, first)?;
    if whole && !rest.is_empty() {
        read(linear.wrapping_add(in_page as u64), rest)?;
        fetched.count = LONGEST;
    }
    Ok(fetched)
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
    fetch(memory, general, system, &mut Remembered::new(), true)
}

/// Runs `decode` over the bytes at the instruction pointer; over those of the next page too, if it
/// finds that an instruction goes on there.
pub(crate) fn decode_at<T>(
    memory: &impl GuestMemory,
    general: &General,
    system: &System,
    remembered: &mut Remembered,
    mut decode: impl FnMut(Mode, &[u8]) -> Result<T, DecodeError>,
) -> Result<T, FetchError> {
    let mode = Mode::of(general.rflags, system);
    let mut fetched = fetch(memory, general, system, remembered, false)?;
    let mut result = decode(mode, fetched.bytes());
    if matches!(result, Err(DecodeError::Incomplete)) && fetched.is_short() {
        fetched = fetch(memory, general, system, remembered, true)?;
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
    decode_at(memory, general, system, &mut Remembered::new(), length)
}
