//! Page tables (AMD APM volume 2, section 5.3): the first 4 GiB mapped to themselves, a window to any
//! other gibibyte, and a second root with the same content.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::instructions::{read_cr3, write_cr3};

/// One table.
#[repr(C, align(4096))]
pub struct Table([AtomicU64; 512]);

impl Table {
    const fn empty() -> Self {
        Self([const { AtomicU64::new(0) }; 512])
    }

    fn address(&self) -> u64 {
        core::ptr::from_ref(self) as u64
    }

    fn set(&self, index: usize, entry: u64) {
        if let Some(slot) = self.0.get(index) {
            slot.store(entry, Ordering::Relaxed);
        }
    }

    fn get(&self, index: usize) -> u64 {
        self.0.get(index).map_or(0, |slot| slot.load(Ordering::Relaxed))
    }
}

/// Level 4, level 3 and four of level 2. Filled at entry; level 3 is changed by [`Window`].
pub static TABLES: [Table; 6] = [const { Table::empty() }; 6];
/// The level 3 of a window from 512 GiB on. Written by [`Window`].
static FAR: Table = Table::empty();
/// The level 2 of the window. Written by [`Window`].
static WINDOW: Table = Table::empty();
/// The second root. Written by [`roots`].
static SECOND: Table = Table::empty();

const GIBIBYTE: u64 = 1 << 30;
const PRESENT_WRITABLE: u64 = 0b11;
const LARGE: u64 = 1 << 7;
const UNCACHED: u64 = 1 << 4;
/// The gibibytes that are always mapped.
const ALWAYS: u64 = 4;

/// Shows one gibibyte at a time, uncached, at its own address.
pub struct Window(());

impl Window {
    /// Maps the gibibyte that holds `address`, below 128 TiB, and none but it beyond the first four.
    pub fn at(address: u64) -> Self {
        let gibibyte = address / GIBIBYTE;
        if gibibyte < ALWAYS {
            return Self(());
        }
        let start = gibibyte * GIBIBYTE;
        for index in 0..512 {
            let entry = (start + (index << 21)) | PRESENT_WRITABLE | LARGE | UNCACHED;
            WINDOW.set(index as usize, entry);
        }
        let [level_4, near, ..] = &TABLES;
        (ALWAYS as usize..512).for_each(|index| near.set(index, 0));
        (0..512).for_each(|index| FAR.set(index, 0));
        (1..256).for_each(|index| level_4.set(index, 0));
        let (far, index) = ((gibibyte >> 9) as usize, (gibibyte & 0x1ff) as usize);
        if far == 0 {
            near.set(index, WINDOW.address() | PRESENT_WRITABLE);
        } else {
            level_4.set(far & 0xff, FAR.address() | PRESENT_WRITABLE);
            FAR.set(index, WINDOW.address() | PRESENT_WRITABLE);
        }
        flush();
        Self(())
    }
}

/// Forgets all translations.
pub fn flush() {
    // SAFETY: the same tables stay in use.
    unsafe { write_cr3(read_cr3()) };
}

/// The root in use and another one that maps the same.
pub fn roots() -> [u64; 2] {
    (0..512).for_each(|index| SECOND.set(index, TABLES[0].get(index)));
    [TABLES[0].address(), SECOND.address()]
}
