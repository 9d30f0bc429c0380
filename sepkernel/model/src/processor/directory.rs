//! Finds the answer to a `CPUID` in a fixed table, in constant time.

/// Answers to one leaf and subleaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Leaf {
    /// Leaf (EAX).
    pub leaf: u32,
    /// Subleaf (ECX); 0 where the leaf has only one.
    pub subleaf: u32,
    /// EAX, EBX, ECX, EDX.
    pub values: [u32; 4],
}

/// The largest number of answers in a table.
pub const MAX_LEAVES: usize = 64;

/// First leaf of each range, and how many leaves a range has.
const RANGES: [u32; 3] = [0, 0x4000_0000, 0x8000_0000];
const RANGE_LEAVES: usize = 32;
const NONE: u8 = u8::MAX;

/// What a virtual processor's state adds to the fixed answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identified {
    /// Its number in its world, which is its APIC's, too.
    pub number: u8,
    /// Its CR4.
    pub cr4: u64,
    /// Its extended control register 0.
    pub xcr0: u64,
}

/// The table.
#[derive(Clone, Copy, Debug)]
pub struct Directory<'a> {
    leaves: &'a [Leaf],
    first: [[u8; RANGE_LEAVES]; RANGES.len()],
}

impl<'a> Directory<'a> {
    /// A table of these answers, where those of one leaf follow each other; at most [`MAX_LEAVES`].
    #[must_use]
    pub fn new(leaves: &'a [Leaf]) -> Self {
        let mut first = [[NONE; RANGE_LEAVES]; RANGES.len()];
        for (leaf, position) in leaves.iter().zip(0..MAX_LEAVES as u8) {
            for (range, start) in first.iter_mut().zip(RANGES) {
                let place = leaf.leaf.checked_sub(start).map(|offset| offset as usize);
                if let Some(entry) = place.and_then(|place| range.get_mut(place))
                    && *entry == NONE
                {
                    *entry = position;
                }
            }
        }
        Self { leaves, first }
    }

    /// The answer to a leaf and subleaf: EAX, EBX, ECX, EDX. What is not in the table is all zeros,
    /// as on AMD's processors.
    #[must_use]
    pub fn answer(&self, leaf: u32, subleaf: u32, state: &Identified) -> [u32; 4] {
        let range = match leaf >> 28 {
            0 => 0,
            4 => 1,
            8 => 2,
            _ => return [0; 4],
        };
        let place = (leaf & 0x0fff_ffff) as usize;
        let first = self.first.get(range).and_then(|range| range.get(place));
        let Some(rest) = first.and_then(|first| self.leaves.get(usize::from(*first)..)) else {
            return [0; 4];
        };
        let mut answers = rest.iter().take_while(|entry| entry.leaf == leaf);
        let found = match leaf {
            // These have subleaves.
            7 | 0xb | 0xd => answers.find(|entry| entry.subleaf == subleaf),
            _ => answers.next(),
        };
        found.map_or([0; 4], |entry| adjusted(entry, state))
    }
}

/// Adds what the virtual processor's own state says.
fn adjusted(entry: &Leaf, state: &Identified) -> [u32; 4] {
    /// CR4.OSXSAVE, and the bits that show it and say that there is something to show.
    const OS_XSAVE: u64 = 1 << 18;
    const SHOWN: u32 = 1 << 27;
    const XSAVE: u32 = 1 << 26;
    let [eax, ebx, ecx, edx] = entry.values;
    let number = u32::from(state.number);
    match (entry.leaf, entry.subleaf) {
        (1, _) => {
            let shown = ecx & XSAVE != 0 && state.cr4 & OS_XSAVE != 0;
            [eax, ebx | number << 24, ecx | if shown { SHOWN } else { 0 }, edx]
        }
        (0xb, _) => [eax, ebx, ecx, number],
        (0xd, 0) => [eax, area(state.xcr0), ecx, edx],
        _ => entry.values,
    }
}

/// Bytes of the area of `XSAVE` with these components (AMD APM volume 2, section 11.5.2).
const fn area(xcr0: u64) -> u32 {
    const AVX: u64 = 1 << 2;
    const LEGACY_AND_HEADER: u32 = 576;
    if xcr0 & AVX != 0 { LEGACY_AND_HEADER + 256 } else { LEGACY_AND_HEADER }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn leaf(leaf: u32, subleaf: u32, eax: u32) -> Leaf {
        Leaf { leaf, subleaf, values: [eax, 0, 1 << 26, 0] }
    }

    const LEAVES: [Leaf; 6] = [
        leaf(0, 0, 0xd),
        leaf(1, 0, 1),
        leaf(0xb, 0, 2),
        leaf(0xb, 1, 3),
        leaf(0xd, 0, 7),
        leaf(0x8000_0000, 0, 0x8000_0008),
    ];

    const STATE: Identified = Identified { number: 3, cr4: 1 << 18, xcr0: 7 };

    #[test]
    fn each_leaf_is_found_and_others_are_zeros() {
        let table = Directory::new(&LEAVES);
        let eax = |leaf, subleaf| table.answer(leaf, subleaf, &STATE)[0];
        assert_eq!((eax(0, 9), eax(1, 0), eax(0xb, 0), eax(0xb, 1)), (0xd, 1, 2, 3));
        assert_eq!(eax(0x8000_0000, 0), 0x8000_0008);
        for (leaf, subleaf) in
            [(2, 0), (0xb, 2), (31, 0), (32, 0), (0x4000_0000, 0), (0xc000_0000, 0), (u32::MAX, 0)]
        {
            assert_eq!(table.answer(leaf, subleaf, &STATE), [0; 4], "{leaf:#x}");
        }
    }

    #[test]
    fn number_and_extended_state_are_the_virtual_processors_own() {
        let table = Directory::new(&LEAVES);
        let [_, ebx, ecx, _] = table.answer(1, 0, &STATE);
        assert_eq!((ebx >> 24, ecx >> 27 & 1), (3, 1));
        assert_eq!(table.answer(1, 0, &Identified { cr4: 0, ..STATE })[2] >> 27 & 1, 0);
        assert_eq!(table.answer(0xb, 1, &STATE)[3], 3);
        assert_eq!(table.answer(0xd, 0, &STATE)[1], 832);
        assert_eq!(table.answer(0xd, 0, &Identified { xcr0: 3, ..STATE })[1], 576);
    }
}
