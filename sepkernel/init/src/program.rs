//! Loads a component's program into its own address space.

use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_tables::{Restore, component};
use elf::ElfBytes;
use elf::abi::{EM_X86_64, ET_EXEC, PF_W, PF_X, PT_LOAD};
use elf::endian::LittleEndian;
use elf::segment::ProgramHeader;
use heapless::Vec;

use crate::address_space::{Access, AddressSpace, User};
use crate::frames::{Frames, Pool};
use crate::stop;

/// Parts of a program that it can write: its data, its memory, its stack.
pub const MAX_PARTS: usize = 16;

/// A program under construction.
pub struct Loader<'a> {
    /// The policy's name for it, for messages.
    pub name: &'a str,
    /// Its address space.
    pub space: AddressSpace,
    /// What is put back at each start.
    pub restore: Vec<Restore, MAX_PARTS>,
    /// Its working memory.
    pub memory: Range,
    /// Where measured content is kept.
    pub pristine: &'a mut Pristine,
}

/// Measured content of what programs can write, for the kernel only: in its half, read-only.
pub struct Pristine {
    /// The kernel's address space.
    pub space: AddressSpace,
    next: u64,
}

impl Pristine {
    /// Nothing yet.
    pub fn new(space: AddressSpace) -> Self {
        Self { space, next: component::PRISTINE }
    }

    /// Keeps `content`; returns where the kernel finds it.
    fn keep(&mut self, frames: &mut Frames, content: &[u8]) -> u64 {
        let start = self.next;
        if !content.is_empty() {
            let kept = frames.take(content.len() as u64);
            copy(content, kept);
            self.space.map(frames, start, kept, Access::Read);
            self.next = start + kept.size();
        }
        start
    }
}

impl<'a> Loader<'a> {
    /// A program with nothing in it.
    pub fn new(name: &'a str, space: AddressSpace, pristine: &'a mut Pristine) -> Self {
        let memory = Range { start: 0, end: 0 };
        Self { name, space, restore: Vec::new(), memory, pristine }
    }

    /// Maps the segments of `file`; returns the entry point.
    pub fn load(&mut self, frames: &mut Frames, file: &[u8]) -> u64 {
        let name = self.name;
        let parsed = ElfBytes::<LittleEndian>::minimal_parse(file)
            .ok()
            .filter(|parsed| parsed.ehdr.e_machine == EM_X86_64 && parsed.ehdr.e_type == ET_EXEC);
        let Some(parsed) = parsed else {
            stop!("component {name}: not a static program for x86-64")
        };
        let Some(segments) = parsed.segments() else { stop!("component {name}: has no segments") };
        let mut entry = None;
        for segment in segments.iter().filter(|segment| segment.p_type == PT_LOAD) {
            let Ok(content) = parsed.segment_data(&segment) else {
                stop!("component {name}: a segment lies outside the file");
            };
            self.load_segment(frames, &segment, content);
            let place = segment.p_vaddr..segment.p_vaddr.saturating_add(segment.p_memsz);
            if segment.p_flags & PF_X != 0 && place.contains(&parsed.ehdr.e_entry) {
                entry = Some(parsed.ehdr.e_entry);
            }
        }
        entry.unwrap_or_else(|| stop!("component {name}: starts outside its code"))
    }

    fn load_segment(&mut self, frames: &mut Frames, segment: &ProgramHeader, content: &[u8]) {
        let name = self.name;
        let end = segment.p_vaddr.checked_add(segment.p_memsz);
        let fits = end.is_some_and(|end| end <= component::CHANNELS)
            && segment.p_vaddr >= PAGE
            && segment.p_vaddr.is_multiple_of(PAGE)
            && content.len() as u64 <= segment.p_memsz;
        if !fits {
            stop!(
                "component {name}: the segment at {:#x} is not where one may be",
                segment.p_vaddr
            );
        }
        let access = match (segment.p_flags & PF_W != 0, segment.p_flags & PF_X != 0) {
            (false, false) => Access::Read,
            (true, false) => Access::Write,
            (false, true) => Access::Execute,
            (true, true) => stop!("component {name}: a segment is writable and executable"),
        };
        if segment.p_memsz == 0 {
            return;
        }
        if access == Access::Write {
            self.add_writable(frames, segment.p_vaddr, segment.p_memsz, content);
        } else {
            let memory = frames.take_for(Pool::Subjects, segment.p_memsz);
            copy(content, memory);
            self.space.map_for(User::Component, frames, segment.p_vaddr, memory, access);
        }
    }

    /// Maps memory that the program can write, and keeps its first content for further starts. Returns
    /// where it lies.
    pub fn add_writable(
        &mut self,
        frames: &mut Frames,
        address: u64,
        size: u64,
        content: &[u8],
    ) -> Range {
        let memory = frames.take_for(Pool::Subjects, size);
        copy(content, memory);
        self.space.map_for(User::Component, frames, address, memory, Access::Write);
        let source = self.pristine.keep(frames, content);
        let source_size = (content.len() as u64).next_multiple_of(8);
        let part = Restore { address, size: memory.size(), source, source_size };
        if self.restore.push(part).is_err() {
            stop!("component {}: has more than {MAX_PARTS} writable parts", self.name);
        }
        memory
    }

    /// Maps memory that the program can read only; returns where it is.
    pub fn add_read_only(
        &mut self,
        frames: &mut Frames,
        address: u64,
        content: &[u8],
        size: u64,
    ) -> Range {
        let memory = frames.take_for(Pool::Subjects, size);
        copy(content, memory);
        self.space.map_for(User::Component, frames, address, memory, Access::Read);
        memory
    }
}

/// Bytes of memory that the segments of `file` take; 0 if it is no program, which [`Loader::load`] says.
pub fn size(file: &[u8]) -> u64 {
    let parsed = ElfBytes::<LittleEndian>::minimal_parse(file).ok();
    let segments = parsed.as_ref().and_then(|parsed| parsed.segments());
    let loaded = segments.into_iter().flatten().filter(|segment| segment.p_type == PT_LOAD);
    loaded.fold(0, |sum: u64, segment| {
        sum.saturating_add(segment.p_memsz.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX))
    })
}

fn copy(content: &[u8], to: Range) {
    let length = content.len().min(to.size() as usize);
    // SAFETY: the memory was just taken, is at least `length` bytes long, and mapped to itself.
    unsafe { core::ptr::copy_nonoverlapping(content.as_ptr(), to.start as *mut u8, length) }
}
