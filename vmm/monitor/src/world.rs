//! What the monitor was given: its world's page and files, and the page of the virtual processor.

use cloister_runtime::abi::{
    Exit, FileView, General, InfoPage, Orders, System, VIRTUAL_PROCESSOR_BYTES, VirtualProcessor,
    WORLD_ADDRESS, WORLD_MAGIC, WorldPage,
};
use cloister_virtio::block::BLOCK;

/// The world's page.
pub fn page() -> Option<&'static WorldPage> {
    // SAFETY: the kernel maps the page there for every monitor, read-only, filled and for good.
    let page = unsafe { &*(WORLD_ADDRESS as *const WorldPage) };
    (page.magic == WORLD_MAGIC).then_some(page)
}

/// The content of a file of the world's image.
pub fn content(file: &FileView) -> Option<&'static [u8]> {
    let length = usize::try_from(file.size).ok().filter(|length| *length > 0)?;
    // SAFETY: the kernel maps the file there, read-only and for good.
    Some(unsafe { core::slice::from_raw_parts(file.address as *const u8, length) })
}

/// The page that the monitor shares with the kernel. The kernel writes it only while the monitor is in
/// [`run_guest`](cloister_runtime::call::run_guest).
pub struct Shared(*mut VirtualProcessor);

impl Shared {
    /// The page of a virtual processor. Called once for each, by the monitor that runs it.
    pub const fn of(world: &WorldPage, number: usize) -> Self {
        let offset = number as u64 * VIRTUAL_PROCESSOR_BYTES as u64;
        Self((world.virtual_processors + offset) as *mut VirtualProcessor)
    }

    /// Why the guest was left.
    pub fn exit(&self) -> &Exit {
        // SAFETY: the kernel maps the page there, and the borrow ends before the kernel is called; nobody
        // else writes it.
        unsafe { &(*self.0).exit }
    }

    /// General registers.
    pub fn general(&mut self) -> &mut General {
        // SAFETY: as above.
        unsafe { &mut (*self.0).general }
    }

    /// System registers.
    pub fn system(&mut self) -> &mut System {
        // SAFETY: as above.
        unsafe { &mut (*self.0).system }
    }

    /// All that an instruction's emulation needs: why the guest was left, and its registers.
    pub fn parts(&mut self) -> (&Exit, &mut General, &System) {
        // SAFETY: as above; these are different parts of the page.
        unsafe { (&(*self.0).exit, &mut (*self.0).general, &(*self.0).system) }
    }

    /// What is asked of the kernel.
    pub fn orders(&mut self) -> &mut Orders {
        // SAFETY: as above.
        unsafe { &mut (*self.0).orders }
    }
}

/// The monitor's working memory, which the policy gives it beside what its program has.
pub struct WorkingMemory {
    start: u64,
    size: usize,
}

impl WorkingMemory {
    /// The working memory. To be called once: there is only one.
    pub fn of(info: &'static InfoPage) -> Self {
        // A size that is no number of bytes here is too much to be used in full.
        Self { start: info.memory, size: usize::try_from(info.memory_size).unwrap_or(0) }
    }

    /// Blocks for what a guest changes on its disk, and an entry for each of the disk's blocks. None if
    /// there is too little.
    pub fn into_blocks(
        self,
        entries: usize,
    ) -> Option<(&'static mut [[u8; BLOCK]], &'static mut [u32])> {
        let map_bytes = entries.checked_mul(size_of::<u32>())?.next_multiple_of(BLOCK);
        let rest = self.size.checked_sub(map_bytes)?;
        let map = self.start as *mut u32;
        let store = (self.start + map_bytes as u64) as *mut [u8; BLOCK];
        // SAFETY: the kernel maps the memory there, page by page and so aligned, for nobody else, and
        // filled; the two parts do not overlap, and the only owner gives them away.
        Some(unsafe {
            (
                core::slice::from_raw_parts_mut(store, rest / BLOCK),
                core::slice::from_raw_parts_mut(map, entries),
            )
        })
    }
}
