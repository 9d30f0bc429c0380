//! What a world is offered of the machine's processor: a list of what is known to be harmless, never
//! one of what is not. A feature that this version does not know stays hidden.

use super::Leaf;

/// What is added to the machine's own answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Virtual processors of the world, 1 to 255.
    pub processors: u8,
    /// Components of extended state (bits of XCR0) that the kernel swaps; 0 without `XSAVE`.
    pub extended_state: u64,
}

/// Highest basic leaf, and highest extended leaf.
const BASIC: u32 = 0xd;
const EXTENDED: u32 = 0x8000_0008;

/// Bits by position.
const fn bits<const N: usize>(positions: [u32; N]) -> u32 {
    let mut sum = 0;
    let mut index = 0;
    while index < N {
        sum |= 1 << positions[index];
        index += 1;
    }
    sum
}

/// Leaf 1, EDX: all of the first x86-64 processors but machine check and memory type ranges, whose
/// registers no world has.
const BASELINE: u32 = bits([0, 1, 2, 3, 4, 5, 6, 8, 9, 11, 13, 15, 16, 17, 19, 23, 24, 25, 26]);
/// Leaf 1, ECX, where the machine has them: SSE3, PCLMULQDQ, SSSE3, FMA, CMPXCHG16B, PCID, SSE4.1,
/// SSE4.2, MOVBE, POPCNT, AES, F16C, RDRAND.
const INSTRUCTIONS: u32 = bits([0, 1, 9, 13, 17, 19, 20, 22, 23, 25, 30]);
/// The same, where extended state is swapped: FMA, XSAVE, AVX, F16C.
const WITH_XSAVE: u32 = bits([26]);
const WITH_AVX: u32 = bits([12, 28, 29]);
/// The same, always, because the monitor makes them: x2APIC, TSC deadline; and that there is a
/// hypervisor.
const EMULATED: u32 = bits([21, 24, 31]);
/// Leaf 1, EDX: more than one processor.
const MULTIPLE: u32 = 1 << 28;
/// Leaf 7, EBX: FSGSBASE, BMI1, SMEP, BMI2, ERMS, INVPCID, RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, SHA.
const STRUCTURED_EBX: u32 = bits([0, 3, 7, 8, 9, 10, 18, 19, 20, 23, 24, 29]);
const STRUCTURED_EBX_AVX: u32 = bits([5]);
/// Leaf 7, ECX: UMIP; with AVX also VAES and VPCLMULQDQ.
const STRUCTURED_ECX: u32 = bits([2]);
const STRUCTURED_ECX_AVX: u32 = bits([9, 10]);
/// Leaf 7, EDX: fast short REP MOV.
const STRUCTURED_EDX: u32 = bits([4]);
/// Leaf 0xd, subleaf 1, EAX: XSAVEOPT, XSAVEC, XGETBV with ECX 1. No supervisor state.
const XSAVE_FORMS: u32 = bits([0, 1, 2]);
/// Leaf 8000_0001h, ECX: LAHF, ABM, SSE4A, misaligned SSE, PREFETCHW. Not SVM.
const EXTENDED_ECX: u32 = bits([0, 5, 6, 7, 8]);
/// Leaf 8000_0001h, EDX: what leaf 1 has, too, and SYSCALL, NX, extended MMX, 1 GiB pages, RDTSCP,
/// long mode.
const EXTENDED_EDX: u32 = BASELINE & 0x0183_f3ff | bits([11, 20, 22, 26, 27, 29]);
/// Leaf 8000_0007h, EDX: the time stamp counter is invariant.
const INVARIANT_TIME: u32 = 1 << 8;
/// Leaf 8000_0008h, EBX: CLZERO.
const CLZERO: u32 = 1;

/// KVM's leaves (Linux, Documentation/virt/kvm/x86/cpuid.rst), by which an unmodified Linux takes its
/// clock and the clock's rate from its monitor instead of measuring: signature; clock source 2; stable.
const HYPERVISOR: u32 = 0x4000_0000;
const SIGNATURE: [u32; 3] = [0x4b4d_564b, 0x564b_4d56, 0x4d];
const CLOCK: u32 = bits([3, 24]);

/// Calls `add` with every answer, ascending; `machine` is the machine's own `CPUID`.
pub fn offered(machine: &dyn Fn(u32, u32) -> [u32; 4], offer: &Offer, add: &mut dyn FnMut(Leaf)) {
    const AVX: u64 = 1 << 2;
    let mut put = |leaf, subleaf, values| add(Leaf { leaf, subleaf, values });
    let when = |condition: bool, bits: u32| if condition { bits } else { 0 };
    let (xsave, avx) = (offer.extended_state != 0, offer.extended_state & AVX != 0);
    let count = u32::from(offer.processors);
    let several = count > 1;

    let [highest, b, c, d] = machine(0, 0);
    put(0, 0, [BASIC, b, c, d]);
    let [version, misc, c, d] = machine(1, 0);
    let known = INSTRUCTIONS | when(xsave, WITH_XSAVE) | when(avx, WITH_AVX);
    let counted = misc & 0xff00 | count << 16;
    put(1, 0, [version, counted, c & known | EMULATED, d & BASELINE | when(several, MULTIPLE)]);
    let [_, b, c, d] = if highest >= 7 { machine(7, 0) } else { [0; 4] };
    let ebx = b & (STRUCTURED_EBX | when(avx, STRUCTURED_EBX_AVX));
    let ecx = c & (STRUCTURED_ECX | when(avx, STRUCTURED_ECX_AVX));
    put(7, 0, [0, ebx, ecx, d & STRUCTURED_EDX]);
    let shift = count.next_power_of_two().trailing_zeros();
    put(0xb, 0, [0, 1, 0x100, 0]);
    put(0xb, 1, [shift, count, 0x201, 0]);
    if xsave {
        let size = if avx { 832 } else { 576 };
        put(0xd, 0, [offer.extended_state as u32, size, size, 0]);
        put(0xd, 1, [machine(0xd, 1)[0] & XSAVE_FORMS, 0, 0, 0]);
        if avx {
            put(0xd, 2, [256, 576, 0, 0]);
        }
    }

    let [a, b, c] = SIGNATURE;
    put(HYPERVISOR, 0, [HYPERVISOR + 1, a, b, c]);
    put(HYPERVISOR + 1, 0, [CLOCK, 0, 0, 0]);

    let [_, b, c, d] = machine(0x8000_0000, 0);
    put(0x8000_0000, 0, [EXTENDED, b, c, d]);
    let [version, misc, c, d] = machine(0x8000_0001, 0);
    put(0x8000_0001, 0, [version, misc, c & EXTENDED_ECX, d & EXTENDED_EDX]);
    for leaf in 0x8000_0002..=0x8000_0006 {
        put(leaf, 0, machine(leaf, 0));
    }
    put(0x8000_0007, 0, [0, 0, 0, INVARIANT_TIME]);
    let [sizes, b, ..] = machine(EXTENDED, 0);
    put(EXTENDED, 0, [sizes & 0xffff, b & CLZERO, count.saturating_sub(1), 0]);
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::processor::{Directory, Identified, MAX_LEAVES};

    fn leaves(offer: &Offer) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        offered(&|_, _| [u32::MAX; 4], offer, &mut |leaf| leaves.push(leaf));
        leaves
    }

    #[test]
    fn on_a_machine_that_has_everything_nothing_dangerous_is_offered() {
        let leaves = leaves(&Offer { processors: 1, extended_state: 7 });
        assert!(leaves.len() <= MAX_LEAVES);
        let table = Directory::new(&leaves);
        let state = Identified { number: 0, cr4: 0, xcr0: 1 };
        let answer = |leaf, subleaf| table.answer(leaf, subleaf, &state);
        let absent = |value: u32, bit: u32| assert_eq!(value >> bit & 1, 0, "bit {bit}");
        absent(answer(1, 0)[2], 3); // MONITOR
        absent(answer(1, 0)[2], 5); // VMX
        absent(answer(1, 0)[3], 7); // machine check
        absent(answer(1, 0)[3], 12); // memory type ranges
        absent(answer(7, 0)[1], 16); // AVX-512
        absent(answer(7, 0)[2], 3); // protection keys
        absent(answer(0x8000_0001, 0)[2], 2); // SVM
        absent(answer(0xd, 1)[0], 3); // supervisor state
        assert_eq!(answer(0x8000_000a, 0), [0; 4]);
        assert_eq!(answer(0xd, 0)[0], 7);
    }

    #[test]
    fn without_extended_state_there_is_no_sign_of_it() {
        let leaves = leaves(&Offer { processors: 4, extended_state: 0 });
        let one = leaves.iter().find(|leaf| leaf.leaf == 1).unwrap().values;
        assert_eq!(one[2] & bits([12, 26, 27, 28, 29]), 0);
        assert!(!leaves.iter().any(|leaf| leaf.leaf == 0xd));
        assert_eq!(one[1] >> 16 & 0xff, 4);
        assert_eq!(one[3] & MULTIPLE, MULTIPLE);
    }
}
