//! Memory that driver and device share: one arena for each thread, so for each test.

use std::{
    alloc::{Layout, alloc_zeroed, handle_alloc_error},
    cell::Cell,
    ptr::NonNull,
};

use cloister_device::{GuestMemory, OutOfRange};
use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

/// Bytes of an arena.
const SIZE: usize = 16 << 20;

thread_local! {
    static BASE: NonNull<u8> = allocate();
    /// The next free address; address 0 is no memory.
    static NEXT: Cell<usize> = const { Cell::new(PAGE_SIZE) };
}

/// Lives as long as the process: devices and drivers may hold addresses.
fn allocate() -> NonNull<u8> {
    let layout = Layout::from_size_align(SIZE, PAGE_SIZE).expect("a layout");
    // SAFETY: the layout has a size.
    NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap_or_else(|| handle_alloc_error(layout))
}

/// A pointer to an address of the arena with so many bytes behind it.
fn pointer(address: u64, length: usize) -> Result<NonNull<u8>, OutOfRange> {
    let start = usize::try_from(address).map_err(|_| OutOfRange)?;
    let end = start.checked_add(length).ok_or(OutOfRange)?;
    if end > SIZE {
        return Err(OutOfRange);
    }
    // SAFETY: the offset was just seen to be inside the allocation.
    Ok(BASE.with(|base| unsafe { base.add(start) }))
}

/// Takes memory that nobody has.
fn take(length: usize, alignment: usize) -> (PhysAddr, NonNull<u8>) {
    let start = NEXT.get().next_multiple_of(alignment);
    NEXT.set(start + length);
    (start as u64, pointer(start as u64, length).expect("a larger arena"))
}

/// The arena as the device sees it.
pub struct Arena;

impl GuestMemory for Arena {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), OutOfRange> {
        let from = pointer(address, into.len())?;
        // SAFETY: the range is inside the arena, which no Rust reference points into, and the driver
        // runs on this thread.
        unsafe { from.copy_to_nonoverlapping(NonNull::from(&mut *into).cast(), into.len()) };
        Ok(())
    }

    fn write(&self, address: u64, from: &[u8]) -> Result<(), OutOfRange> {
        let into = pointer(address, from.len())?;
        // SAFETY: as above.
        unsafe { into.copy_from_nonoverlapping(NonNull::from(from).cast(), from.len()) };
        Ok(())
    }

    fn read_u16(&self, address: u64) -> Result<u16, OutOfRange> {
        let mut bytes = [0; 2];
        self.read(address, &mut bytes)?;
        Ok(u16::from_le_bytes(bytes))
    }

    fn write_u16(&self, address: u64, value: u16) -> Result<(), OutOfRange> {
        self.write(address, &value.to_le_bytes())
    }
}

/// The arena as the driver sees it. Buffers are copied in and out, as with an IOMMU's bounce buffers.
pub struct Driver;

// SAFETY: memory is page-aligned, zeroed, inside the arena and never given out twice.
unsafe impl Hal for Driver {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        take(pages * PAGE_SIZE, PAGE_SIZE)
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        0
    }

    unsafe fn mmio_phys_to_virt(_: PhysAddr, _: usize) -> NonNull<u8> {
        unreachable!("registers are reached through the bus")
    }

    unsafe fn share(buffer: NonNull<[u8]>, direction: BufferDirection) -> PhysAddr {
        let (address, shared) = take(buffer.len(), 16);
        if direction != BufferDirection::DeviceToDriver {
            // SAFETY: the caller vouches for the buffer; the arena's part was just taken.
            unsafe { shared.copy_from_nonoverlapping(buffer.cast(), buffer.len()) };
        }
        address
    }

    unsafe fn unshare(address: PhysAddr, buffer: NonNull<[u8]>, direction: BufferDirection) {
        if direction != BufferDirection::DriverToDevice {
            let shared = pointer(address, buffer.len()).expect("what was shared");
            // SAFETY: the caller vouches for the buffer; the other is what `share` gave.
            unsafe { buffer.cast().copy_from_nonoverlapping(shared, buffer.len()) };
        }
    }
}
