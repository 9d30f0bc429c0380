//! The page tables that the boot program builds: its own in the lower half, where memory is mapped
//! to itself, and the kernel's in the upper half. No page is both writable and executable.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use x86_64::registers::control::{Cr3, Cr3Flags};
use x86_64::structures::paging::mapper::MapToError;
use x86_64::structures::paging::{
    Mapper, OffsetPageTable, Page, PageSize, PageTable, PageTableFlags, PhysFrame, Size1GiB,
    Size2MiB, Size4KiB,
};
use x86_64::{PhysAddr, VirtAddr};

use crate::frames::{Frames, Pool};
use crate::stop;

/// How a range may be used. In address spaces of programs nothing is writable and executable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reading only.
    Read,
    /// Reading and writing.
    Write,
    /// Reading and execution.
    Execute,
    /// Reading and writing a device's registers, uncached.
    Device,
    /// Everything: memory of a guest, which decides itself what it does with it. In nested tables
    /// only.
    Guest,
}

/// Who may use a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum User {
    /// Ring 0 only.
    Kernel,
    /// Ring 3 too.
    Component,
}

/// Page tables under construction.
pub struct AddressSpace {
    mapper: OffsetPageTable<'static>,
    root: u64,
    gigabyte_pages: bool,
    no_execute: bool,
}

impl AddressSpace {
    /// Tables that map nothing.
    pub fn new(frames: &mut Frames, gigabyte_pages: bool, no_execute: bool) -> Self {
        let root = frames.take_for(Pool::Tables, PAGE).start;
        // SAFETY: the frame is ours, zeroed and mapped to itself, as are all further tables.
        let mapper =
            unsafe { OffsetPageTable::new(&mut *(root as *mut PageTable), VirtAddr::zero()) };
        Self { mapper, root, gigabyte_pages, no_execute }
    }

    /// Takes the mappings of the upper half from `kernel`, which must have them all by now.
    pub fn share_kernel(&self, kernel: &Self) {
        for index in 256..512 {
            let entry = |root: u64| (root as *mut u64).wrapping_add(index);
            // SAFETY: both roots are ours and mapped to themselves; only the upper half is touched.
            unsafe { entry(self.root).write_volatile(entry(kernel.root).read_volatile()) };
        }
    }

    /// Physical address of the root table.
    pub const fn root(&self) -> u64 {
        self.root
    }

    /// Maps `physical` at the address `start`, with the largest pages that fit.
    pub fn map(&mut self, frames: &mut Frames, start: u64, physical: Range, access: Access) {
        self.map_for(User::Kernel, frames, start, physical, access);
    }

    /// The same for a certain user.
    pub fn map_for(
        &mut self,
        user: User,
        frames: &mut Frames,
        start: u64,
        physical: Range,
        access: Access,
    ) {
        let mut flags = PageTableFlags::PRESENT;
        flags.set(PageTableFlags::USER_ACCESSIBLE, user == User::Component);
        let writable = matches!(access, Access::Write | Access::Device | Access::Guest);
        flags.set(PageTableFlags::WRITABLE, writable);
        let uncached = PageTableFlags::NO_CACHE | PageTableFlags::WRITE_THROUGH;
        flags.set(uncached, access == Access::Device);
        let executable = matches!(access, Access::Execute | Access::Guest);
        flags.set(PageTableFlags::NO_EXECUTE, self.no_execute && !executable);
        let (mut from, mut to) = (physical.start, start);
        while from < physical.end {
            let rest = physical.end - from;
            let fits =
                |size: u64| from.is_multiple_of(size) && to.is_multiple_of(size) && rest >= size;
            let size = if self.gigabyte_pages && fits(Size1GiB::SIZE) {
                self.map_page::<Size1GiB>(frames, to, from, flags)
            } else if fits(Size2MiB::SIZE) {
                self.map_page::<Size2MiB>(frames, to, from, flags)
            } else {
                self.map_page::<Size4KiB>(frames, to, from, flags)
            };
            (from, to) = (from + size, to + size);
        }
    }

    fn map_page<S: PageSize + core::fmt::Debug>(
        &mut self,
        frames: &mut Frames,
        to: u64,
        from: u64,
        flags: PageTableFlags,
    ) -> u64
    where
        OffsetPageTable<'static>: Mapper<S>,
    {
        let page = Page::<S>::containing_address(VirtAddr::new_truncate(to));
        let frame = PhysFrame::<S>::containing_address(PhysAddr::new(from));
        // SAFETY: `map_to` refuses what is mapped already, so nothing that runs loses its memory.
        match unsafe { self.mapper.map_to(page, frame, flags, frames) } {
            Ok(unused) => unused.ignore(),
            Err(MapToError::FrameAllocationFailed) => stop!("no memory for page tables"),
            Err(error) => panic!("{to:#x} is mapped twice: {error:?}"),
        }
        S::SIZE
    }

    /// Makes the processor use these tables.
    ///
    /// # Safety
    /// They must map the running code, its stack and its data where these are now.
    pub unsafe fn activate(&self) {
        let root = PhysFrame::containing_address(PhysAddr::new(self.root));
        // SAFETY: passed on to the caller.
        unsafe { Cr3::write(root, Cr3Flags::empty()) }
    }
}
