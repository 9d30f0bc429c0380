//! The machine's IOMMUs. From the firmware's hand-over on they let no device reach any memory, and no
//! interrupt of a device pass; what the policy gives is added before lock, and nothing after it.

mod amd_vi;
mod registers;
mod reported;
mod vt_d;

use cloister_hardware::console::Topic;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::{FAULT_LOGS, PAGE};
use cloister_hardware::log;
use cloister_model::iommu::{Format, Full, Memory, amd_vi as amd, map, table, vt_d as intel};
use cloister_model::isolation::{DmaInterrupt, DmaUnit};
use cloister_tables::FaultLog;
use heapless::Vec;

pub use reported::{MAX_UNITS, Reported};

use crate::address_space::{Access, AddressSpace};
use crate::devices::MAX_DEVICES;
use crate::frames::{Frames, Pool};
use crate::stop;
use registers::{read, wait, write, write_back_caches};

/// One unit.
#[derive(Clone, Copy)]
pub struct Unit {
    /// Its registers.
    pub registers: u64,
    /// What it is told: a page for the queue of invalidations, or the command buffer.
    orders: u64,
    /// VT-d: its interrupt table. AMD-Vi: its event log.
    pub page: u64,
}

/// The units of this machine, in use.
pub struct Iommu {
    /// Whose they are.
    pub format: Format,
    /// All of them.
    pub units: Vec<Unit, MAX_UNITS>,
    /// Where all of them look devices up: root table, or device table.
    root: u64,
    /// Who was given memory.
    given: Vec<u16, MAX_DEVICES>,
}

impl Iommu {
    /// Lets nothing pass. None where the machine has no units that can do all that is needed.
    pub fn deny_all(reported: &Reported, frames: &mut Frames) -> Option<Self> {
        let format = reported.format;
        let check = |registers: &u64| match format {
            Format::VtD => vt_d::check(*registers),
            Format::AmdVi => amd_vi::check(*registers),
        };
        if let Err(reason) = reported.units.iter().try_for_each(check) {
            log!(Topic::Warning, "IOMMU not used: {reason}");
            return None;
        }
        let root = match format {
            Format::VtD => frames.take_for(Pool::Tables, PAGE).start,
            Format::AmdVi => deny_each_device(frames),
        };
        // An interrupt table is a table, an event log is the kernel's to read.
        let pool = if format == Format::VtD { Pool::Tables } else { Pool::Kernel };
        let units = reported.units.iter().map(|registers| Unit {
            registers: *registers,
            orders: frames.take(PAGE).start,
            page: frames.take_for(pool, PAGE).start,
        });
        let iommu = Self { format, units: units.collect(), root, given: Vec::new() };
        for unit in &iommu.units {
            match format {
                Format::VtD => vt_d::enable(unit, root),
                Format::AmdVi => amd_vi::enable(unit, root),
            }
        }
        log!(Topic::Boot, "IOMMU: {format:?}, units: {}; no device passes", iommu.units.len());
        Some(iommu)
    }

    /// The root of page tables in which nothing is mapped.
    pub fn root(&self, frames: &mut Frames) -> u64 {
        table(&mut Tables(frames), self.format).unwrap_or_else(|Full| no_memory())
    }

    /// Lets a device, whose tables begin at `root`, see `memory` from the device address `start` on.
    pub fn map(&self, frames: &mut Frames, root: u64, start: u64, memory: Range) {
        let range = (start, memory.start, memory.size());
        map(&mut Tables(frames), self.format, root, range).unwrap_or_else(|Full| no_memory());
    }

    /// Lets a function reach what is mapped from `root` on.
    pub fn give(&mut self, frames: &mut Frames, function: u16, root: u64, domain: u16) {
        match self.format {
            Format::VtD => {
                let bus = self.root + u64::from(function >> 8) * 16;
                if read::<u64>(bus) == 0 {
                    let contexts = frames.take_for(Pool::Tables, PAGE).start;
                    write::<u64>(bus, intel::root_entry(contexts));
                }
                let entry = read::<u64>(bus) / PAGE * PAGE + u64::from(function & 0xff) * 16;
                write_entry(entry, intel::context_entry(root, domain));
            }
            Format::AmdVi => {
                let entry = self.root + u64::from(function) * 32;
                write_entry(entry, amd::device_entry(root, domain));
            }
        }
        // There is room for all devices.
        let _ = self.given.push(function);
    }

    /// Lets messages of a function, to which memory was given, pass as these interrupts. Intel's units have one table each,
    /// in which they are from `first` on. Returns the number of the first.
    pub fn connect(
        &self,
        frames: &mut Frames,
        function: u16,
        first: u32,
        interrupts: impl Iterator<Item = DmaInterrupt> + Clone,
    ) -> u32 {
        if self.format == Format::AmdVi {
            let table = frames.take_for(Pool::Tables, PAGE).start;
            for (place, one) in (table..).step_by(4).zip(interrupts) {
                write::<u32>(place, amd::interrupt_entry(one.vector, one.processor));
            }
            let entry = self.root + u64::from(function) * 32;
            write::<u64>(entry + 16, amd::interrupts_through(table));
            return 0;
        }
        for unit in &self.units {
            let places = (unit.page + u64::from(first) * 16..).step_by(16);
            for (place, one) in places.zip(interrupts.clone()) {
                write_entry(place, intel::interrupt_entry(function, one.vector, one.processor));
            }
        }
        first
    }

    /// Makes what was given true: the units forget what they knew.
    pub fn commit(&self) {
        for unit in &self.units {
            match self.format {
                Format::VtD => vt_d::forget(unit),
                Format::AmdVi => amd_vi::forget(unit, &self.given),
            }
        }
    }

    /// Maps for the kernel where the units note what they refused.
    pub fn fault_logs(
        &self,
        kernel: &mut AddressSpace,
        frames: &mut Frames,
    ) -> Vec<FaultLog, MAX_UNITS> {
        let mut map = |to, from, access| {
            kernel.map(frames, to, Range { start: from, end: from + PAGE }, access);
        };
        let places = (FAULT_LOGS..).step_by(4 * PAGE as usize);
        let logs = self.units.iter().zip(places).map(|(unit, place)| {
            let (state, records) = match self.format {
                Format::VtD => {
                    map(place, unit.registers, Access::Device);
                    let (records, _) = vt_d::fault_records(unit.registers);
                    (vt_d::FAULT_STATUS, records)
                }
                Format::AmdVi => {
                    map(place, unit.registers + amd_vi::POINTERS, Access::Device);
                    map(place + PAGE, unit.page, Access::Read);
                    (amd_vi::EVENT_HEAD, PAGE)
                }
            };
            let is_vt_d = self.format == Format::VtD;
            FaultLog { state: place + state, records: place + records, is_vt_d }
        });
        logs.collect()
    }

    /// What the units' registers say.
    pub fn state(&self) -> impl Iterator<Item = DmaUnit> {
        self.units.iter().map(|unit| match self.format {
            Format::VtD => vt_d::state(unit.registers),
            Format::AmdVi => amd_vi::state(unit.registers),
        })
    }
}

fn no_memory() -> ! {
    stop!("no memory for I/O page tables")
}

/// AMD's device table, in which an entry of zeros would let everything through.
fn deny_each_device(frames: &mut Frames) -> u64 {
    let empty = frames.take_for(Pool::Tables, PAGE).start;
    let table = frames.take_for(Pool::Tables, amd::DEVICE_TABLE_BYTES);
    for entry in (table.start..table.end).step_by(32) {
        write_entry(entry, amd::denied(empty));
    }
    table.start
}

/// Where a unit says that it has done what it was told: behind all orders.
const fn done(unit: &Unit) -> u64 {
    unit.orders + 0xff0
}

/// Tells a unit what to do, the last of which is to say that it is done. The page of orders is never used up:
/// this happens twice, with few of them.
fn order(unit: &Unit, tail_register: u64, orders: impl Iterator<Item = [u64; 2]>) {
    write::<u64>(done(unit), 0);
    let mut tail = read::<u64>(unit.registers + tail_register);
    for words in orders {
        write_entry(unit.orders + tail, words);
        tail += 16;
    }
    write_back_caches();
    write::<u64>(unit.registers + tail_register, tail);
    wait(unit.registers, "to forget", || read::<u64>(done(unit)) == 1);
}

/// Writes an entry; the word that makes it valid comes last.
fn write_entry<const WORDS: usize>(entry: u64, words: [u64; WORDS]) {
    for (place, word) in words.into_iter().enumerate().rev() {
        write::<u64>(entry + place as u64 * 8, word);
    }
}

/// Memory for page tables.
struct Tables<'a>(&'a mut Frames);

impl Memory for Tables<'_> {
    fn take(&mut self) -> Option<u64> {
        Some(self.0.take_for(Pool::Tables, PAGE).start)
    }

    fn read(&self, address: u64) -> u64 {
        read::<u64>(address)
    }

    fn write(&mut self, address: u64, value: u64) {
        write::<u64>(address, value);
    }
}
