//! The IOMMUs' tables as they are built, looked at by the isolation check, which has its own view of them: what was
//! given is reached and is in the resource map, and each kind of damage is found.

use cloister_model::iommu::{FIRST_DEVICE_ADDRESS, Format, Full, Memory, amd_vi, map, table, vt_d};
use cloister_model::isolation::{
    DmaFunction, DmaInterrupt, DmaRule, DmaUnit, FrameRange, KernelRoot, Machine, MappingRule,
    PhysAddr, Region, Rights, Space, SpaceKind, TableReader, Through, Violation, check,
};
use cloister_model::subject::SubjectId;

/// Frames of tables, of which the first are used.
const TABLES: FrameRange = FrameRange { first: 0x1000, end: 0x1400 };
/// Frames of two subjects.
const OWN: FrameRange = FrameRange { first: 0x2000, end: 0x2403 };
const OTHERS: FrameRange = FrameRange { first: 0x2403, end: 0x2500 };
const OWNER: SubjectId = SubjectId(0);
const OTHER: SubjectId = SubjectId(1);
/// 03:01.2.
const FUNCTION: u16 = 0x30a;

/// All tables, in one piece.
struct Pages {
    words: Vec<u64>,
    taken: u64,
}

impl Memory for Pages {
    fn take(&mut self) -> Option<u64> {
        let frame = TABLES.first + self.taken;
        self.taken += 1;
        TABLES.has(frame).then_some(frame << 12)
    }

    fn read(&self, address: u64) -> u64 {
        self.words[word(address)]
    }

    fn write(&mut self, address: u64, value: u64) {
        self.words[word(address)] = value;
    }
}

impl TableReader for Pages {
    fn read(&self, table: PhysAddr, index: u16) -> u64 {
        self.words[word(table.0) + usize::from(index)]
    }
}

fn word(address: u64) -> usize {
    ((address - (TABLES.first << 12)) / 8) as usize
}

/// A machine with one IOMMU, a function of the first subject, and both subjects' native spaces.
struct Built {
    pages: Pages,
    kernel: u64,
    spaces: [Space; 2],
    unit: DmaUnit,
    functions: Vec<DmaFunction>,
    interrupts: Vec<DmaInterrupt>,
    /// The table in which the unit looks the function up, and where in it.
    entry: u64,
}

/// A native space that maps a subject's frames for writing.
fn space(pages: &mut Pages, subject: SubjectId, frames: FrameRange) -> Space {
    const USER_WRITABLE: u64 = 0b111;
    const NO_EXECUTE: u64 = 1 << 63;
    let tables = [(); 3].map(|()| pages.take().unwrap());
    let root = tables[0];
    for (table, next) in tables.into_iter().zip(&tables[1..]) {
        pages.write(table, next | USER_WRITABLE);
    }
    for (number, first) in (frames.first..frames.end).step_by(512).enumerate() {
        let lowest = pages.take().unwrap();
        pages.write(tables[2] + number as u64 * 8, lowest | USER_WRITABLE);
        for (index, frame) in (first..frames.end.min(first + 512)).enumerate() {
            pages.write(lowest + index as u64 * 8, frame << 12 | USER_WRITABLE | NO_EXECUTE);
        }
    }
    Space { subject, root: PhysAddr(root), kind: SpaceKind::Native { kernel_root: 0 } }
}

impl Built {
    /// The device sees `frames`.
    fn new(format: Format, frames: FrameRange) -> Self {
        let words = ((TABLES.end - TABLES.first) * 512) as usize;
        let mut pages = Pages { words: vec![0; words], taken: 0 };
        let kernel = pages.take().unwrap();
        let spaces = [space(&mut pages, OWNER, OWN), space(&mut pages, OTHER, OTHERS)];
        let bytes = (frames.end - frames.first) << 12;
        let root = table(&mut pages, format).expect("there is room");
        let range = (FIRST_DEVICE_ADDRESS, frames.first << 12, bytes);
        map(&mut pages, format, root, range).expect("there is room");
        let (unit, entry, words) = match format {
            Format::VtD => {
                let [buses, contexts, interrupts] = [(); 3].map(|()| pages.take().unwrap());
                pages.write(buses + u64::from(FUNCTION >> 8) * 16, vt_d::root_entry(contexts));
                let interrupt_table = interrupts | vt_d::INTERRUPT_TABLE_SIZE;
                let unit = DmaUnit::VtD { root_table: buses, interrupt_table, status: 0xc700_0000 };
                let entry = contexts + u64::from(FUNCTION & 0xff) * 16;
                (unit, entry, vt_d::context_entry(root, 1).to_vec())
            }
            Format::AmdVi => {
                let empty = pages.take().unwrap();
                let table = pages.take().unwrap();
                pages.taken += amd_vi::DEVICE_TABLE_SIZE;
                for function in 0..65_536 {
                    for (place, word) in (0..).zip(amd_vi::denied(empty)) {
                        pages.write(table + function * 32 + place * 8, word);
                    }
                }
                let device_table = table | amd_vi::DEVICE_TABLE_SIZE;
                let unit = DmaUnit::AmdVi { device_table, control: 0x1405, exclusion: 0 };
                let entry = table + u64::from(FUNCTION) * 32;
                (unit, entry, amd_vi::device_entry(root, 1).to_vec())
            }
        };
        for (place, word) in (0..).zip(words) {
            pages.write(entry + place * 8, word);
        }
        let functions = vec![DmaFunction { requester: FUNCTION, owner: OWNER }];
        Self { pages, kernel, spaces, unit, functions, interrupts: vec![], entry }
    }

    fn check(&self) -> Result<Vec<Region>, Violation> {
        let machine = Machine {
            physical_bits: 40,
            memory: &[OWN, OTHERS],
            kernel: &[TABLES],
            tables: &[TABLES],
            kernel_roots: &[KernelRoot { root: PhysAddr(self.kernel), boot_half: false }],
            spaces: &self.spaces,
            channels: &[],
            windows: &[],
            devices: &[],
            dma_units: core::slice::from_ref(&self.unit),
            dma_functions: &self.functions,
            dma_interrupts: &self.interrupts,
            ports: &[],
            port_maps: &[],
            registers: &[],
            switched_registers: &[],
            register_maps: &[],
        };
        let mut room = vec![Region::EMPTY; 64];
        check(&machine, &self.pages, &mut room).map(<[Region]>::to_vec)
    }

    /// What the check finds after one word of the function's entry is changed.
    fn after(mut self, place: u64, change: impl Fn(u64) -> u64) -> Result<Vec<Region>, Violation> {
        let at = self.entry + place * 8;
        let value = change(Memory::read(&self.pages, at));
        self.pages.write(at, value);
        self.check()
    }
}

const FORMATS: [Format; 2] = [Format::VtD, Format::AmdVi];

fn dma(rule: DmaRule, of: u16) -> Result<Vec<Region>, Violation> {
    Err(Violation::Dma { rule, of })
}

#[test]
fn what_was_given_is_reached_and_is_in_the_map_as_the_owner_s() {
    for format in FORMATS {
        let map = Built::new(format, OWN).check().unwrap();
        let of_devices: Vec<_> =
            map.iter().filter(|region| region.through == Through::Device).copied().collect();
        let rights = Rights { write: true, execute: false };
        let expected = Region { frames: OWN, subject: OWNER, through: Through::Device, rights };
        assert_eq!(of_devices, [expected], "{format:?}");
    }
}

#[test]
fn what_is_not_the_owner_s_is_found_whoever_s_it_is() {
    for format in FORMATS {
        let others = Built::new(format, FrameRange::of(OTHERS.first, 1)).check();
        assert!(matches!(others, Err(Violation::Sharing { .. })), "{format:?}: {others:?}");
        for (frame, expected) in
            [(TABLES.first, MappingRule::Table), (OTHERS.end, MappingRule::Nowhere)]
        {
            let found = Built::new(format, FrameRange::of(frame, 1)).check();
            let Err(Violation::Mapping { rule, frame: guilty, at }) = found else {
                panic!("{format:?}: {found:?}")
            };
            assert_eq!((rule, guilty, at.subject), (expected, frame, OWNER), "{format:?}");
        }
    }
}

#[test]
fn a_function_that_reaches_memory_and_was_given_to_nobody_is_found() {
    for format in FORMATS {
        let mut built = Built::new(format, OWN);
        built.functions.clear();
        assert_eq!(built.check(), dma(DmaRule::Nobodys, FUNCTION), "{format:?}");
    }
}

#[test]
fn requests_that_pass_without_tables_are_found() {
    // Pass-through; guest translation; an entry that is not valid, which lets everything through.
    let of = FUNCTION;
    let intel = || Built::new(Format::VtD, OWN);
    let amd = || Built::new(Format::AmdVi, OWN);
    assert_eq!(intel().after(0, |word| word | 2 << 2), dma(DmaRule::Unconfined, of));
    assert_eq!(intel().after(1, |word| word | 4), dma(DmaRule::Unconfined, of));
    for change in
        [|word: u64| word & !1, |word| word & !2, |word| word & !(7 << 9), |word| word | 1 << 55]
    {
        assert_eq!(amd().after(0, change), dma(DmaRule::Unconfined, of));
    }
    assert_eq!(amd().after(1, |word| word | 1 << 32), dma(DmaRule::Unconfined, of));
    // Nothing at all is fine with one, and lets all pass with the other.
    assert!(intel().after(0, |_| 0).is_ok());
    assert_eq!(amd().after(0, |_| 0), dma(DmaRule::Unconfined, of));
}

#[test]
fn interrupts_that_pass_are_found() {
    let of = FUNCTION;
    let amd = || Built::new(Format::AmdVi, OWN);
    for change in [|_| 0, |word| word | 1 << 58, |word| word | 1 << 60, |word: u64| word | 3 << 60]
    {
        assert_eq!(amd().after(2, change), dma(DmaRule::Interrupts, of));
    }
    let elsewhere = amd().after(2, |word| word | 2 << 60);
    assert!(matches!(elsewhere, Err(Violation::TableElsewhere { .. })), "{elsewhere:?}");
    let mut intel = Built::new(Format::VtD, OWN);
    let DmaUnit::VtD { interrupt_table, .. } = intel.unit else { panic!("{:?}", intel.unit) };
    intel.pages.write((interrupt_table & !0xfff) + 5 * 16, 1);
    assert_eq!(intel.check(), dma(DmaRule::Interrupts, 5));
}

/// A function whose first message passes, as the vector 0xc1 at the processor 3.
fn interrupting(format: Format) -> (Built, u64) {
    let mut built = Built::new(format, OWN);
    built.interrupts.push(DmaInterrupt { requester: FUNCTION, vector: 0xc1, processor: 3 });
    let at = match built.unit {
        DmaUnit::VtD { interrupt_table, .. } => {
            let at = interrupt_table & !0xfff;
            for (place, word) in (0..).zip(vt_d::interrupt_entry(FUNCTION, 0xc1, 3)) {
                built.pages.write(at + place * 8, word);
            }
            at
        }
        DmaUnit::AmdVi { .. } => {
            let at = built.pages.take().unwrap();
            built.pages.write(at, amd_vi::interrupt_entry(0xc1, 3).into());
            built.pages.write(built.entry + 16, amd_vi::interrupts_through(at));
            at
        }
    };
    (built, at)
}

#[test]
fn interrupts_pass_as_what_the_kernel_expects_and_as_nothing_else() {
    for format in FORMATS {
        let (built, _) = interrupting(format);
        assert!(built.check().is_ok(), "{format:?}");
        // Of another function, another vector, at another processor.
        for wrong in [(FUNCTION ^ 1, 0xc1, 3), (FUNCTION, 0xc0, 3), (FUNCTION, 0xc1, 2)] {
            let (mut built, _) = interrupting(format);
            let (requester, vector, processor) = wrong;
            built.interrupts = vec![DmaInterrupt { requester, vector, processor }];
            let found = built.check();
            let of = if format == Format::VtD { 0 } else { FUNCTION };
            assert_eq!(found, dma(DmaRule::Interrupts, of), "{format:?} {wrong:?}");
        }
        // Not fixed, not physical, posted, by level; for Intel also where the function is not compared.
        let (own, of) = match format {
            Format::VtD => (&[(0, 2), (0, 4), (0, 5), (0, 15), (8, 16), (8, 18), (8, 19)][..], 0),
            Format::AmdVi => (&[(0, 2), (0, 3), (0, 5), (0, 6), (0, 7), (0, 24)][..], FUNCTION),
        };
        for (offset, bit) in own {
            let (mut built, at) = interrupting(format);
            let word = Memory::read(&built.pages, at + offset);
            built.pages.write(at + offset, word ^ 1 << bit);
            assert_eq!(built.check(), dma(DmaRule::Interrupts, of), "{format:?} bit {bit}");
        }
    }
    // A table elsewhere, and one that is not where a page begins.
    let (built, at) = interrupting(Format::AmdVi);
    let elsewhere = built.after(2, |word| word & !(0xff_ffff << 12) | OWN.first << 12);
    assert!(matches!(elsewhere, Err(Violation::TableElsewhere { .. })), "{elsewhere:?}");
    let (built, _) = interrupting(Format::AmdVi);
    assert_eq!(built.after(2, |word| word | 1 << 6), dma(DmaRule::Interrupts, FUNCTION), "{at:#x}");
}

#[test]
fn a_unit_that_does_not_look_at_everything_is_found() {
    for (format, units) in FORMATS.into_iter().zip([
        [(0, 0, 0x4700_0000), (0, 0, 0xc500_0000), (0, 0, 0xc780_0000), (1 << 10, 0, 0xc700_0000)],
        [(0, 0x1404, 0), (0, 0x1405, 1), (511, 0x1405, 0), (1, 0x1405, 0)],
    ]) {
        for (table, second, third) in units {
            let mut built = Built::new(format, OWN);
            built.unit = match built.unit {
                DmaUnit::VtD { root_table, interrupt_table, .. } => DmaUnit::VtD {
                    root_table: root_table | table,
                    interrupt_table,
                    status: third as u32,
                },
                DmaUnit::AmdVi { device_table, .. } => DmaUnit::AmdVi {
                    device_table: device_table ^ table,
                    control: second,
                    exclusion: third,
                },
            };
            assert_eq!(built.check(), dma(DmaRule::Unit, 0), "{:?}", built.unit);
        }
    }
    let built = Built::new(Format::VtD, OWN);
    let machine = Machine {
        physical_bits: 40,
        memory: &[],
        kernel: &[TABLES],
        tables: &[TABLES],
        kernel_roots: &[KernelRoot { root: PhysAddr(built.kernel), boot_half: false }],
        spaces: &[],
        channels: &[],
        windows: &[],
        devices: &[],
        dma_units: &[],
        dma_functions: &built.functions,
        dma_interrupts: &[],
        ports: &[],
        port_maps: &[],
        registers: &[],
        switched_registers: &[],
        register_maps: &[],
    };
    let mut room = [Region::EMPTY; 8];
    let missing = check(&machine, &built.pages, &mut room).map(<[Region]>::to_vec);
    assert_eq!(missing, dma(DmaRule::Missing, 0));
}

#[test]
fn tables_outside_of_where_tables_are_are_found_and_too_little_memory_is_said() {
    for format in FORMATS {
        let built = Built::new(format, OWN);
        let found = built.after(0, |word| word & !(0xff_ffff << 12) | OWN.first << 12);
        assert!(matches!(found, Err(Violation::TableElsewhere { .. })), "{format:?}: {found:?}");
        let mut none = Pages { words: vec![], taken: TABLES.end - TABLES.first };
        assert_eq!(table(&mut none, format), Err(Full));
        let mut one = Pages { words: vec![0; 1 << 19], taken: TABLES.end - TABLES.first - 1 };
        let root = table(&mut one, format).expect("there is one page");
        assert_eq!(map(&mut one, format, root, (0, 0, 4096)), Err(Full));
    }
}
