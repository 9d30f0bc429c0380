//! The memory that the driver shares with its device: a few static pages for rings, and buffers where
//! they are, as the program sees memory at its own addresses.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use cloister_bare::paging::Window;
use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

/// Two queues, each of a part for either side.
const PAGES: usize = 4;

#[repr(C, align(4096))]
struct Arena([[AtomicUsize; PAGE_SIZE / size_of::<usize>()]; PAGES]);

/// Written by driver and device.
static ARENA: Arena =
    Arena([const { [const { AtomicUsize::new(0) }; PAGE_SIZE / size_of::<usize>()] }; PAGES]);
/// Pages that are given out. Written by [`Memory::dma_alloc`].
static USED: AtomicUsize = AtomicUsize::new(0);

/// The program's memory.
pub struct Memory;

// SAFETY: pages are given out once each, are the program's own, and lie at their physical addresses;
// so do buffers, which are anywhere in the program.
unsafe impl Hal for Memory {
    fn dma_alloc(pages: usize, _direction: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let first = USED.fetch_add(pages, Ordering::Relaxed);
        let range = ARENA.0.get(first..first.saturating_add(pages));
        // Address 0 says that there is no memory.
        range.map_or((0, NonNull::dangling()), |range| {
            let start = NonNull::from(range).cast::<u8>();
            (start.addr().get() as PhysAddr, start)
        })
    }

    unsafe fn dma_dealloc(_address: PhysAddr, _start: NonNull<u8>, _pages: usize) -> i32 {
        // Rings are kept for as long as the program runs; it drops none but when it gives up.
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _size: usize) -> NonNull<u8> {
        // All of a device's registers are in one gibibyte: they are parts of one region.
        Window::at(address);
        NonNull::new(address as *mut u8).unwrap_or(NonNull::dangling())
    }

    unsafe fn share(buffer: NonNull<[u8]>, _direction: BufferDirection) -> PhysAddr {
        buffer.cast::<u8>().addr().get() as PhysAddr
    }

    unsafe fn unshare(_address: PhysAddr, _buffer: NonNull<[u8]>, _direction: BufferDirection) {}
}
