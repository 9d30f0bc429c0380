//! The processor's descriptor tables (AMD APM volume 2, chapters 4 and 8).

use core::arch::asm;

use x86_64::VirtAddr;
use x86_64::instructions::segmentation::{CS, DS, ES, FS, GS, SS, Segment as _};
use x86_64::instructions::tables::{lgdt, lidt, load_tss};
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::SegmentSelector;
use x86_64::structures::tss::TaskStateSegment;

use crate::exception::{STUB_SIZE, VECTORS};

/// Tops of the stacks on which exceptions are handled. Every vector has one of them, so that no
/// exception trusts the stack pointer of the code that it interrupts; those that can interrupt the
/// handling of another have their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct ExceptionStacks {
    /// For all vectors without a stack of their own.
    pub common: u64,
    /// For non-maskable interrupts.
    pub non_maskable_interrupt: u64,
    /// For double faults.
    pub double_fault: u64,
    /// For machine checks.
    pub machine_check: u64,
}

impl ExceptionStacks {
    /// None.
    pub const NONE: Self =
        Self { common: 0, non_maskable_interrupt: 0, double_fault: 0, machine_check: 0 };

    /// How many there are.
    pub const COUNT: u64 = 4;

    /// Index into the interrupt stack table, 1 to 7, of a vector.
    const fn index(vector: usize) -> u8 {
        match vector {
            2 => 2,
            8 => 3,
            18 => 4,
            _ => 1,
        }
    }
}

/// A long-mode interrupt gate (AMD APM volume 2, section 4.8.4).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Gate {
    offset_low: u16,
    selector: u16,
    stack: u8,
    kind: u8,
    offset_middle: u16,
    offset_high: u32,
    reserved: u32,
}

impl Gate {
    const EMPTY: Self = Self {
        offset_low: 0,
        selector: 0,
        stack: 0,
        kind: 0,
        offset_middle: 0,
        offset_high: 0,
        reserved: 0,
    };

    /// Present, 64-bit interrupt gate, for the hardware and ring 0.
    const PRIVILEGED: u8 = 0x8e;
    /// The same, also for the `int` instruction in ring 3.
    const OPEN: u8 = 0xee;

    const fn new(handler: u64, selector: SegmentSelector, stack: u8, kind: u8) -> Self {
        Self {
            offset_low: handler as u16,
            selector: selector.0,
            stack,
            kind,
            offset_middle: (handler >> 16) as u16,
            offset_high: (handler >> 32) as u32,
            reserved: 0,
        }
    }
}

/// Flat 64-bit code segment and data segment of privilege level 0, accessed (AMD APM volume 2,
/// section 4.8), and their selectors.
const CODE: u64 = 0x00af_9b00_0000_ffff;
const DATA: u64 = 0x00cf_9300_0000_ffff;
const CODE_SELECTOR: SegmentSelector = SegmentSelector(0x08);
pub(crate) const DATA_SELECTOR: SegmentSelector = SegmentSelector(0x10);
const TASK_SELECTOR: SegmentSelector = SegmentSelector(0x28);

/// The same of privilege level 3.
const USER_CODE: u64 = CODE | 3 << 45;
const USER_DATA: u64 = DATA | 3 << 45;
/// Selector of ring 3's code segment.
pub const USER_CODE_SELECTOR: u64 = 0x18 | 3;
/// Selector of ring 3's data segment.
pub const USER_DATA_SELECTOR: u64 = 0x20 | 3;

/// Both words of the descriptor of an available 64-bit task state segment (AMD APM volume 2,
/// section 4.8.3).
const fn task_descriptor(base: u64) -> [u64; 2] {
    const PRESENT_AVAILABLE: u64 = 0x89 << 40;
    const LIMIT: u64 = size_of::<Task>() as u64 - 1;
    let low = LIMIT | (base & 0xff_ffff) << 16 | PRESENT_AVAILABLE | (base >> 24 & 0xff) << 56;
    [low, base >> 32]
}

/// Bytes of an I/O permission bitmap: one bit for each port, set where access is denied.
pub const PORT_BITMAP: usize = 8192;

/// The task state segment and the I/O permission bitmap behind it, which ends with a byte of ones
/// (AMD APM volume 2, section 12.2.5).
#[derive(Debug)]
#[repr(C, align(16))]
struct Task {
    segment: TaskStateSegment,
    ports: [u8; PORT_BITMAP],
    end: u8,
}

/// A bitmap that begins behind the segment's limit: no port is allowed.
const NO_PORTS: u16 = u16::MAX;

/// One processor's descriptor tables.
#[derive(Debug)]
pub struct DescriptorTables {
    global: [u64; 7],
    task: Task,
    interrupt: [Gate; VECTORS],
}

impl DescriptorTables {
    /// Tables that are not filled yet.
    #[must_use]
    pub const fn new() -> Self {
        let mut segment = TaskStateSegment::new();
        segment.iomap_base = NO_PORTS;
        let task = Task { segment, ports: [0xff; PORT_BITMAP], end: 0xff };
        Self { global: [0; 7], task, interrupt: [Gate::EMPTY; VECTORS] }
    }

    /// Fills the tables and makes the processor use them. Vectors lead to `stubs`, which
    /// [`exception_stubs`](crate::exception_stubs) defined; ring 3 can raise vector `open`, and no
    /// other, by the `int` instruction.
    ///
    /// # Safety
    /// The tables must not move, and the stacks must be mapped, for as long as the processor uses
    /// them. Called once for each processor, with interrupts off, in ring 0 of long mode.
    pub unsafe fn load(&mut self, stacks: ExceptionStacks, stubs: Stubs, open: Option<u8>) {
        let top = VirtAddr::new_truncate;
        self.task.segment.interrupt_stack_table = [
            top(stacks.common),
            top(stacks.non_maskable_interrupt),
            top(stacks.double_fault),
            top(stacks.machine_check),
            VirtAddr::zero(),
            VirtAddr::zero(),
            VirtAddr::zero(),
        ];
        let [low, high] = task_descriptor(&raw const self.task as u64);
        self.global = [0, CODE, DATA, USER_CODE, USER_DATA, low, high];
        for (vector, gate) in self.interrupt.iter_mut().enumerate() {
            let handler =
                (stubs as *const () as u64).wrapping_add(vector.wrapping_mul(STUB_SIZE) as u64);
            let kind =
                if open.map(usize::from) == Some(vector) { Gate::OPEN } else { Gate::PRIVILEGED };
            *gate = Gate::new(handler, CODE_SELECTOR, ExceptionStacks::index(vector), kind);
        }
        let global = pointer(&self.global);
        let interrupt = pointer(&self.interrupt);
        // SAFETY: the tables are filled, live forever and hold the flat segments that running code
        // expects; the gates point at the stubs.
        unsafe {
            lgdt(&global);
            CS::set_reg(CODE_SELECTOR);
            SS::set_reg(DATA_SELECTOR);
            DS::set_reg(DATA_SELECTOR);
            ES::set_reg(DATA_SELECTOR);
            FS::set_reg(SegmentSelector::NULL);
            GS::set_reg(SegmentSelector::NULL);
            load_tss(TASK_SELECTOR);
            lidt(&interrupt);
        }
    }

    /// Lets ring 3 use the ports whose bits are clear in `bitmap`, or none.
    pub fn set_ports(&mut self, bitmap: Option<&[u8; PORT_BITMAP]>) {
        self.task.segment.iomap_base = match bitmap {
            Some(bitmap) => {
                self.task.ports = *bitmap;
                core::mem::offset_of!(Task, ports) as u16
            }
            None => NO_PORTS,
        };
    }
}

/// Code that [`exception_stubs`](crate::exception_stubs) defined.
pub type Stubs = unsafe extern "C" fn();

impl Default for DescriptorTables {
    fn default() -> Self {
        Self::new()
    }
}

/// What `lgdt` and `lidt` take: a table's address, and its size less one.
fn pointer<T>(table: &T) -> DescriptorTablePointer {
    let limit = const { (size_of::<T>() - 1) as u16 };
    DescriptorTablePointer { limit, base: VirtAddr::new_truncate(&raw const *table as u64) }
}

/// Stops this processor for good. Only a reset ends it.
pub fn halt() -> ! {
    loop {
        // SAFETY: with interrupts off a halted processor does nothing; what wakes it nevertheless
        // (a system management interrupt) leads back here.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) }
    }
}
