//! A builder of page tables in simulated memory, for tests only.

use std::collections::HashMap;

use cloister_model::isolation::{PhysAddr, TableReader};

pub const PRESENT: u64 = 1 << 0;
pub const WRITABLE: u64 = 1 << 1;
pub const USER: u64 = 1 << 2;
pub const LARGE: u64 = 1 << 7;
pub const NO_EXECUTE: u64 = 1 << 63;

/// Tables by address.
#[derive(Clone)]
pub struct Tables {
    tables: HashMap<u64, Box<[u64; 512]>>,
    next: u64,
}

impl TableReader for Tables {
    fn read(&self, table: PhysAddr, index: u16) -> u64 {
        self.tables[&table.0][usize::from(index)]
    }
}

impl Tables {
    /// No tables; the first will be in this frame.
    pub fn new(frame: u64) -> Self {
        Self { tables: HashMap::new(), next: frame }
    }

    /// A new table, all absent.
    pub fn table(&mut self) -> u64 {
        let address = self.next << 12;
        self.next += 1;
        self.tables.insert(address, Box::new([0; 512]));
        address
    }

    /// An entry, by its physical address.
    pub fn entry(&mut self, address: u64) -> &mut u64 {
        let index = (address & 0xfff) / 8;
        &mut self.tables.get_mut(&(address & !0xfff)).unwrap()[index as usize]
    }

    /// The address of an entry that leads to the table that holds another entry.
    pub fn parent(&self, entry: u64) -> u64 {
        let table = entry & !0xfff;
        let leads = |value: &u64| value & 0x000f_ffff_ffff_f000 == table && value & PRESENT != 0;
        let mut parents = self.tables.iter().filter_map(|(&address, entries)| {
            entries.iter().position(leads).map(|index| address + index as u64 * 8)
        });
        parents.next().unwrap()
    }

    /// Maps one page of 4 KiB (level 1) or 2 MiB (level 2), of 4 KiB frames from `frame` on. Tables
    /// on the way are as open as the bits of `path` say. Returns the entry's address.
    pub fn map(
        &mut self,
        root: u64,
        page: u64,
        frame: u64,
        level: u32,
        leaf: u64,
        path: u64,
    ) -> u64 {
        let entry = self.entry_of(root, page, level, path);
        let large = if level == 2 { LARGE } else { 0 };
        assert_eq!(*self.entry(entry), 0, "mapped twice");
        *self.entry(entry) = frame << 12 | PRESENT | large | leaf;
        entry
    }

    /// The address of the entry for a page at a level; tables on the way are made.
    pub fn entry_of(&mut self, root: u64, page: u64, level: u32, path: u64) -> u64 {
        let mut table = root;
        for level in (level + 1..=4).rev() {
            let entry = table + (page >> (9 * (level - 1)) & 511) * 8;
            if *self.entry(entry) == 0 {
                let next = self.table();
                *self.entry(entry) = next | PRESENT | path;
            }
            table = *self.entry(entry) & 0x000f_ffff_ffff_f000;
        }
        table + (page >> (9 * (level - 1)) & 511) * 8
    }
}
