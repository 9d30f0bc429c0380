//! What the boot program builds for the kernel to run by: constant from lock on.
//!
//! Boot program and kernel are compiled apart, and these types have Rust's own layout. Both come from
//! one source and one compiler, which gives one type one layout; [`LAYOUT`] lets the kernel see that
//! it was so.

#![no_std]
#![forbid(unsafe_code)]

use core::mem::offset_of;

use cloister_hardware::processor::PORT_BITMAP;
use cloister_model::processor::{Directory, Leaf};
use cloister_model::schedule::{MinorFrame, Plan};
use cloister_model::subject::{EventTarget, Right, Subject, SubjectId};

/// The largest number of subjects: the boot program refuses more, the kernel has room for no more.
pub const MAX_SUBJECTS: usize = 64;

/// Everything that the kernel knows of the policy and the machine.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    /// [`LAYOUT`] as the boot program sees it.
    pub layout: u64,
    /// How time is told.
    pub clock: Clock,
    /// When the first major frame starts, in ticks of the time stamp counter.
    pub start: u64,
    /// Whether components' log lines go to the serial line.
    pub debug: bool,
    /// Whether time that is left over is burnt.
    pub strict: bool,
    /// One plan for each processor.
    pub plans: &'static [Plan<'static>],
    /// What the policy says of each subject, by number.
    pub subjects: &'static [Subject<'static>],
    /// What each subject runs, by number.
    pub programs: &'static [Program],
    /// Components of extended state (bits of XCR0) that subjects may use and the kernel swaps; 0 on a
    /// processor without `XSAVE`.
    pub extended_state: u64,
    /// What each processor needs to run worlds, by number; empty where there are no worlds.
    pub hosts: &'static [Host],
    /// Where IOMMUs note what they refused.
    pub fault_logs: &'static [FaultLog],
    /// Devices by the number with which they sign, and whose they are.
    pub devices: &'static [(u16, SubjectId)],
    /// What the messages of devices become.
    pub interrupts: &'static [Interrupt],
}

/// A message of a device as an interrupt. At one processor are those of one subject's devices only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupt {
    /// At which processor.
    pub processor: u16,
    /// The vector, from [`FIRST_DEVICE_VECTOR`] on.
    pub vector: u8,
    /// The event.
    pub target: EventTarget,
}

/// The first of the 16 vectors of devices, a priority class of their own below the kernel's.
pub const FIRST_DEVICE_VECTOR: u8 = 0xc0;

/// Where an IOMMU notes what it refused, at the kernel's addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FaultLog {
    /// VT-d: the fault status register. AMD-Vi: the registers of the event log's head and tail.
    pub state: u64,
    /// The fault recording registers, or the event log, a page.
    pub records: u64,
    /// Whose it is.
    pub is_vt_d: bool,
}

/// What a processor needs to run worlds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Host {
    /// Physical address of the page where the processor keeps the kernel's state while a guest runs.
    pub save_area: u64,
    /// Physical address of the page for what `VMSAVE` keeps of the kernel's state.
    pub state: u64,
}

/// A virtual processor.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    /// Its control block, where the kernel writes it.
    pub control_block: u64,
    /// Physical address of the control block.
    pub control_block_physical: u64,
    /// Its page, shared with the monitor, where the kernel reads and writes it.
    pub page: u64,
    /// Its number in its world.
    pub number: u8,
    /// The processor that it is shown.
    pub identity: &'static Directory<'static>,
}

/// How time is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// Ticks of the time stamp counter in a second.
    pub ticks_per_second: u64,
    /// Ticks of the local APIC's timer for 2^32 of the time stamp counter.
    pub timer_ratio: u64,
}

/// A native program in its address space.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The policy's name for the subject.
    pub name: &'static str,
    /// Physical address of the root of its page tables; 0 for a subject that this version does not
    /// run.
    pub root: u64,
    /// Where it starts.
    pub entry: u64,
    /// Its stack pointer at the start.
    pub stack: u64,
    /// Address of its info page.
    pub info: u64,
    /// The ports that it may use: a clear bit for each.
    pub ports: Option<&'static [u8; PORT_BITMAP]>,
    /// What is put back when it starts again.
    pub restore: &'static [Restore],
    /// The virtual processor that it is the monitor of.
    pub guest: Option<Guest>,
}

/// A part of a program's memory that it can write: at each start it holds the measured content, then
/// zeros.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Restore {
    /// Its address, and a multiple of 8 bytes.
    pub address: u64,
    /// Its size in bytes, a multiple of 8.
    pub size: u64,
    /// Where the kernel reads the measured content, in the program's own address space.
    pub source: u64,
    /// Bytes of measured content, a multiple of 8.
    pub source_size: u64,
}

/// Where things are in a component's address space. The program itself lies where it was linked, below
/// all of these.
pub mod component {
    /// First of the channels.
    pub const CHANNELS: u64 = 0x1000_0000_0000;
    /// The working memory.
    pub const MEMORY: u64 = 0x2000_0000_0000;
    /// The info page.
    pub const INFO: u64 = cloister_abi::INFO_ADDRESS;
    /// Behind the stack; a page below it is missing.
    pub const STACK_END: u64 = 0x4000_0000_0000;
    /// A monitor's world page.
    pub const WORLD: u64 = cloister_abi::WORLD_ADDRESS;
    /// The trusted GUI's desk page.
    pub const DESK: u64 = cloister_abi::DESK_ADDRESS;
    /// The attester's page.
    pub const ATTESTER: u64 = cloister_abi::ATTESTER_ADDRESS;
    /// The guest's memory, for its monitor.
    pub const GUEST: u64 = 0x5000_0000_0000;
    /// The pages of the virtual processors, for the monitor.
    pub const VIRTUAL_PROCESSORS: u64 = 0x6000_0000_0000;
    /// The screen's pixels, for the trusted GUI.
    pub const SCREEN: u64 = 0x6800_0000_0000;
    /// Registers of the component's devices.
    pub const REGISTERS: u64 = 0x7800_0000_0000;
    /// The files of the guest's image, for the monitor to read; the compiled policy for the trusted GUI.
    pub const FILES: u64 = 0x7000_0000_0000;
    /// Measured content of what the program can write, for the kernel only.
    pub const PRISTINE: u64 = 0xffff_ff00_0000_0000;
    /// Control blocks and pages of virtual processors, for the kernel only.
    pub const VIRTUAL: u64 = 0xffff_ff80_0000_0000;
}

/// Adds sizes and offsets of types to a sum that begins with `$sum`.
macro_rules! layout {
    ($sum:expr; $($type:ty { $($field:ident)* })*) => {{
        let mut sum: u64 = $sum;
        $(
            sum = (sum ^ size_of::<$type>() as u64).wrapping_mul(0x0100_0000_01b3);
            $(sum = (sum ^ offset_of!($type, $field) as u64).wrapping_mul(0x0100_0000_01b3);)*
        )*
        sum
    }};
}

/// A number that differs where the layout of any of these types does.
pub const LAYOUT: u64 = layout! { 0xcbf2_9ce4_8422_2325;
    Tables { clock start debug strict plans subjects programs extended_state hosts fault_logs devices interrupts }
    FaultLog { state records is_vt_d }
    Interrupt { processor vector target }
    Plan<'_> { major allowance frames }
    MinorFrame { subject start length barrier }
    Subject<'_> { levels processor autostart restart events rights slack_to has_guest group }
    EventTarget {}
    Right {}
    Program { name root entry stack info ports restore guest }
    Restore { address size source source_size }
    Guest { control_block control_block_physical page number identity }
    Host { save_area state }
    Directory<'_> {}
    Leaf {}
};
