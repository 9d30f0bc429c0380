//! Loads the resident kernel, which travels inside this program, and starts it.

use cloister_bundle::Digest;
use cloister_hardware::console;
use cloister_hardware::console::Topic;
use cloister_hardware::crash;
use cloister_hardware::handoff::{Entry, Handoff, MAX_PROCESSORS, Range};
use cloister_hardware::layout::{
    CRASH_RECORD, EXCEPTION_STACK, FRAMEBUFFER, KERNEL_STACK, LOCAL_APIC, PAGE, STACKS,
};
use cloister_hardware::processor::ExceptionStacks;
use cloister_hardware::screen::Framebuffer;
use elf::ElfBytes;
use elf::abi::{PF_W, PF_X, PT_LOAD};
use elf::endian::LittleEndian;
use elf::segment::ProgramHeader;

use crate::address_space::{Access, AddressSpace};
use crate::desk::Screen;
use crate::devices::Devices;
use crate::frames::Frames;
use crate::image::Image;
use crate::partition::{Builder, Built};
use crate::{clock, demand, isolation, measure, topology, trampoline};

/// The kernel's ELF file. It is part of this program so that one signature and one measurement
/// cover both.
static FILE: &[u8] = include_bytes!(env!("CLOISTER_KERNEL_IMAGE"));

/// What the kernel is told; in its own page, which the kernel scrubs with this program's image.
static HANDOFF: spin::Once<Handoff> = spin::Once::new();

/// The kernel's digest.
pub fn digest() -> Digest {
    Digest::of(FILE)
}

/// What the kernel is started on.
pub struct Machine {
    /// This program.
    pub image: Image,
    /// Where the other processors start.
    pub trampoline: Range,
    /// Whether there is a crash record.
    pub crash_record: bool,
}

/// Loads the kernel into the upper half and goes there, with all processors that the policy uses.
/// Nothing of this program runs afterwards.
pub fn start(
    mut space: AddressSpace,
    mut frames: Frames,
    machine: &Machine,
    builder: &Builder<'_>,
    devices: &mut Devices,
) -> ! {
    let entry = load(&mut space, &mut frames);
    if machine.crash_record {
        let page = Range { start: crash::PHYSICAL_ADDRESS, end: crash::PHYSICAL_ADDRESS + PAGE };
        space.map(&mut frames, CRASH_RECORD, page, Access::Write);
    }
    let framebuffer = match (builder.desk.screen, builder.gui()) {
        (Some(screen), None) => map_screen(&mut space, &mut frames, &screen),
        _ => Framebuffer::NONE,
    };
    let apic = clock::local_apic();
    let page = Range { start: apic, end: apic + PAGE };
    space.map(&mut frames, LOCAL_APIC, page, Access::Device);
    let mut places = Stacks { next: STACKS };
    let mut stacks = [0; MAX_PROCESSORS];
    let mut exception_stacks = [ExceptionStacks::NONE; MAX_PROCESSORS];
    for (stack, exceptions) in
        stacks.iter_mut().zip(&mut exception_stacks).take(builder.apics.len())
    {
        *stack = places.add(&mut space, &mut frames, KERNEL_STACK);
        let mut exception_stack = || places.add(&mut space, &mut frames, EXCEPTION_STACK);
        *exceptions = ExceptionStacks {
            common: exception_stack(),
            non_maskable_interrupt: exception_stack(),
            double_fault: exception_stack(),
            machine_check: exception_stack(),
        };
    }
    cloister_hardware::log!(Topic::Boot, "kernel {} bytes, SHA-256 {}", FILE.len(), digest());
    demand::check(builder, &frames);
    devices.assign(&builder.policy);
    let used = builder.apics.get(..builder.processors_needed()).unwrap_or_default();
    topology::check(&builder.policy, used);
    let built = builder.build(space, &mut frames, devices);
    if let Some(iommu) = &devices.iommu {
        iommu.commit();
    }
    #[cfg(feature = "self-test")]
    crate::self_test::corrupt(&built);
    let map = isolation::check(&built, builder, machine, &frames, devices);
    measure::machine(map, built.attester, builder);
    devices.let_master();
    let Built { kernel: space, tables, .. } = built;
    let mut processors = [0; MAX_PROCESSORS];
    processors.iter_mut().zip(&builder.apics).for_each(|(place, number)| *place = *number);
    let processor_count = tables.plans.len();
    let screen_row = console::with(|console| console.screen_position()).map_or(0, |(_, row)| row);
    let handoff = HANDOFF.call_once(|| Handoff {
        framebuffer,
        screen_row,
        crash_record: machine.crash_record,
        exception_stacks,
        processors,
        processor_count: processor_count as u32,
        root_table: space.root(),
        tables: &raw const *tables as u64,
        scrub: machine.image.mapped(),
    });
    let [own_stack, other_stacks @ ..] = stacks;
    let mut parameters = trampoline::Parameters {
        arrived: 0,
        root: space.root(),
        entry: entry as usize as u64,
        argument: &raw const *handoff as u64,
        stacks: [0; MAX_PROCESSORS],
    };
    parameters.stacks.iter_mut().zip(other_stacks).for_each(|(place, stack)| *place = stack);
    trampoline::set(machine.trampoline, &parameters);
    let others = builder.apics.get(1..processor_count).unwrap_or_default();
    trampoline::start(machine.trampoline, others, apic, &builder.clock);
    // SAFETY: the kernel's code, data and stack are mapped in the tables in use, which `boot`
    // activated and `load` extended; `entry` is the ELF file's entry point with this signature.
    unsafe { jump(handoff, own_stack, entry) }
}

/// Goes to the kernel's entry point on the kernel's stack.
///
/// # Safety
/// `stack` must be the top of a mapped stack, `entry` the kernel's entry point.
#[unsafe(naked)]
unsafe extern "sysv64" fn jump(handoff: *const Handoff, stack: u64, entry: Entry) -> ! {
    core::arch::naked_asm!("mov rsp, rsi", "xor ebp, ebp", "call rdx", "ud2")
}

/// Maps the kernel's segments with the rights that the file gives them; returns the entry point.
fn load(space: &mut AddressSpace, frames: &mut Frames) -> Entry {
    let Ok(file) = ElfBytes::<LittleEndian>::minimal_parse(FILE) else {
        panic!("the kernel inside this program is no ELF file")
    };
    let Some(segments) = file.segments() else { panic!("the kernel has no segments") };
    for segment in segments.iter().filter(|segment| segment.p_type == PT_LOAD) {
        load_segment(space, frames, &file, &segment);
    }
    // SAFETY: the address is the entry point that the kernel's linker script names, a function of
    // this type.
    unsafe { core::mem::transmute::<u64, Entry>(file.ehdr.e_entry) }
}

fn load_segment(
    space: &mut AddressSpace,
    frames: &mut Frames,
    file: &ElfBytes<'_, LittleEndian>,
    segment: &ProgramHeader,
) {
    let access = match (segment.p_flags & PF_W != 0, segment.p_flags & PF_X != 0) {
        (false, false) => Access::Read,
        (true, false) => Access::Write,
        (false, true) => Access::Execute,
        (true, true) => panic!("a segment of the kernel is writable and executable"),
    };
    let Ok(content) = file.segment_data(segment) else {
        panic!("a segment of the kernel lies outside its file")
    };
    let memory = frames.take(segment.p_memsz);
    let length = content.len().min(segment.p_memsz as usize);
    // SAFETY: the memory was just taken, is at least as long, and mapped to itself.
    unsafe { core::ptr::copy_nonoverlapping(content.as_ptr(), memory.start as *mut u8, length) };
    space.map(frames, segment.p_vaddr, memory, access);
}

/// Maps stacks one after the other, an unmapped page below each.
struct Stacks {
    next: u64,
}

impl Stacks {
    /// Adds a stack; returns its top.
    fn add(&mut self, space: &mut AddressSpace, frames: &mut Frames, size: u64) -> u64 {
        let bottom = self.next + PAGE;
        let memory = frames.take(size);
        space.map(frames, bottom, memory, Access::Write);
        self.next = bottom + size;
        self.next
    }
}

/// Maps the screen for the kernel.
fn map_screen(space: &mut AddressSpace, frames: &mut Frames, screen: &Screen) -> Framebuffer {
    let Screen { framebuffer, pages } = *screen;
    space.map(frames, FRAMEBUFFER, pages, Access::Write);
    Framebuffer { address: FRAMEBUFFER + framebuffer.address % PAGE, ..framebuffer }
}
