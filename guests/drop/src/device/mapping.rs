//! A channel's memory in the address space of this program.

#![allow(unsafe_code)]

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::ptr;
use std::sync::atomic::AtomicU64;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// A file that is mapped, for all to see.
#[derive(Debug)]
pub struct Mapping {
    start: *mut std::ffi::c_void,
    length: usize,
}

impl Mapping {
    /// Maps a whole file, to write and read it or to read it.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(path: &Path, writable: bool) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(writable).open(path)?;
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let mut protection = ProtFlags::READ;
        protection.set(ProtFlags::WRITE, writable);
        // SAFETY: no address is asked for, so nothing of this program is replaced.
        let start =
            unsafe { mmap(ptr::null_mut(), length, protection, MapFlags::SHARED, &file, 0) }?;
        Ok(Self { start, length })
    }

    /// The memory, which its other end may change at any time.
    #[must_use]
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: the mapping is page-aligned, as long as that, and stays as long as `self`. Others write
        // it, which is what atomics are for; memory that is mapped to be read is only loaded from,
        // relaxed, by a ring's reader, which is defined (`core::sync::atomic`). A file that becomes
        // shorter would end this program; a device's memory does not.
        unsafe {
            std::slice::from_raw_parts(self.start.cast(), self.length / size_of::<AtomicU64>())
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: what `open` mapped; no borrow of it is left. An error would leave it mapped.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}
