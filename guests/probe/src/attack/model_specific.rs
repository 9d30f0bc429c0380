//! Every model-specific register in the ranges that processors use: read, then written with what it
//! was, with all of that inverted, and with what it was.

use cloister_bare::fault::{read_msr, write_msr};
use cloister_bare::say;

use super::{Context, Tally};

/// Intel's and old ones, AMD's extensions, AMD's own.
const RANGES: [core::ops::Range<u32>; 3] =
    [0..0x2000, 0xc000_0000..0xc000_2000, 0xc001_0000..0xc001_2000];
/// Where hypervisors of other makes have theirs.
const HYPERVISORS: core::ops::Range<u32> = 0x4000_0000..0x4000_0200;

pub fn run(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    for range in RANGES.into_iter().chain([HYPERVISORS]) {
        let mut readable = 0_u32;
        let (first, mut changed) = (range.start, 0_u32);
        for register in range {
            let Some(value) = read_msr(register) else {
                tally.add(Some(0));
                // It may be one that can only be written.
                // SAFETY: zero sends no command that these registers have but an interrupt's end.
                tally.add(unsafe { write_msr(register, 0) }.map_or(Some(0), |()| None));
                continue;
            };
            readable += 1;
            for (index, written) in [value, !value, value].into_iter().enumerate() {
                // SAFETY: what the program needs (long mode) cannot be switched off this way, as the
                // inverted value has reserved bits set; all else is put back.
                let accepted = unsafe { write_msr(register, written) }.is_some();
                tally.add((!accepted).then_some(0));
                changed += u32::from(accepted && index == 1);
            }
        }
        say!("attack: msrs from {first:#x}: {readable} can be read, {changed} take any value");
    }
    tally
}
