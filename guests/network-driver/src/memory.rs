//! The component's working memory, all of which its adapter sees and nothing else. It is given out page by
//! page, for good.

use core::ptr::{NonNull, with_exposed_provenance_mut, write_bytes};
use core::sync::atomic::{AtomicU64, Ordering};

use cloister_runtime::abi::InfoPage;
use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

/// Where it begins, how many bytes it has, and where the adapter sees it. Written by [`begin`].
static START: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static WINDOW: AtomicU64 = AtomicU64::new(0);
/// Bytes that are given out.
static USED: AtomicU64 = AtomicU64::new(0);

/// Says where the memory is. To be called once, before anything is taken.
pub fn begin(info: &InfoPage, window: u64) {
    START.store(info.memory, Ordering::Relaxed);
    BYTES.store(info.memory_size, Ordering::Relaxed);
    WINDOW.store(window, Ordering::Relaxed);
}

/// Takes pages, all zeros. None if there are not so many.
pub fn take(pages: usize) -> Option<NonNull<u8>> {
    let bytes = pages.checked_mul(PAGE_SIZE)?;
    let first = USED.load(Ordering::Relaxed);
    let end = first.checked_add(bytes as u64)?;
    if end > BYTES.load(Ordering::Relaxed) {
        return None;
    }
    USED.store(end, Ordering::Relaxed);
    let start = START.load(Ordering::Relaxed) + first;
    let place = NonNull::new(with_exposed_provenance_mut::<u8>(start as usize))?;
    // SAFETY: the boot program mapped the memory there for good, these pages are nobody else's yet, and the
    // adapter was reset: what an earlier incarnation let it write, it writes no more.
    unsafe { write_bytes(place.as_ptr(), 0, bytes) };
    Some(place)
}

/// Where the adapter sees a place of the memory. An address of anything else is 0, where it sees nothing.
fn device_address(place: NonNull<u8>) -> PhysAddr {
    let offset = (place.addr().get() as u64).wrapping_sub(START.load(Ordering::Relaxed));
    let is_inside = offset < BYTES.load(Ordering::Relaxed);
    if is_inside { WINDOW.load(Ordering::Relaxed) + offset } else { 0 }
}

/// The memory, for the crate that drives queues.
pub struct Working;

// SAFETY: pages are given out once each, lie behind each other and are zeros, as `take` says.
unsafe impl Hal for Working {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        // Address 0 says that there is no memory.
        take(pages).map_or((0, NonNull::dangling()), |place| (device_address(place), place))
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        // Queues are kept for as long as the program runs.
        0
    }

    unsafe fn mmio_phys_to_virt(_: PhysAddr, _: usize) -> NonNull<u8> {
        // The transport here has the registers by itself.
        NonNull::dangling()
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        device_address(buffer.cast())
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
