//! The page of a virtual processor: what a monitor and the kernel tell each other about it.
//!
//! The names are those of the architecture; nothing here depends on the vendor of the processor. The
//! kernel keeps the state itself and trusts nothing in the page: it writes to the page when the world
//! needs its monitor, and takes from it, once, what the monitor says it has changed.

/// The page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct VirtualProcessor {
    /// Why the world needs its monitor. The kernel writes it.
    pub exit: Exit,
    /// General registers. The kernel writes them at every exit and takes them back at every
    /// [`Number::RunGuest`](crate::Number::RunGuest).
    pub general: General,
    /// What the monitor asks of the kernel. The kernel reads it at every `RunGuest`.
    pub orders: Orders,
    /// All other state that software can see. The kernel writes it at exits where a monitor looks at
    /// it ([`Exit::shows_system`]), and takes it back where [`Orders::system_changed`] says so: all
    /// of it, so that a monitor that changes a part does so after such an exit.
    pub system: System,
}

/// Bytes of the page.
pub const VIRTUAL_PROCESSOR_BYTES: usize = 4096;

const _: () = assert!(size_of::<VirtualProcessor>() <= VIRTUAL_PROCESSOR_BYTES);

/// Registers that instructions name by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct General {
    /// RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15: the order in which instructions number
    /// them.
    pub registers: [u64; 16],
    /// Instruction pointer.
    pub rip: u64,
    /// Flags.
    pub rflags: u64,
}

/// A segment register, or the register of a descriptor table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Segment {
    /// Selector; 0 for descriptor tables.
    pub selector: u16,
    /// Bits 0 to 7: bits 40 to 47 of the descriptor (type, S, DPL, P); bits 8 to 11: its bits 52 to 55
    /// (AVL, L, D/B, G). AMD APM volume 2, section 15.5.1.
    pub attributes: u16,
    /// The last byte of the segment, whatever G says.
    pub limit: u32,
    /// Linear address of its first byte.
    pub base: u64,
}

/// All of them, in the order of AMD's control block, so that copying them is one move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Segments {
    /// Data segment.
    pub es: Segment,
    /// Code segment.
    pub cs: Segment,
    /// Stack segment.
    pub ss: Segment,
    /// Data segment.
    pub ds: Segment,
    /// Data segment with a 64-bit base.
    pub fs: Segment,
    /// Data segment with a 64-bit base.
    pub gs: Segment,
    /// Global descriptor table.
    pub gdtr: Segment,
    /// Local descriptor table.
    pub ldtr: Segment,
    /// Interrupt descriptor table.
    pub idtr: Segment,
    /// Task register.
    pub tr: Segment,
}

/// State that system software sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct System {
    /// Segment registers and registers of descriptor tables.
    pub segments: Segments,
    /// Control register 0.
    pub cr0: u64,
    /// Address of the last page fault.
    pub cr2: u64,
    /// Root of the page tables.
    pub cr3: u64,
    /// Control register 4.
    pub cr4: u64,
    /// Extended features, as the guest sees them.
    pub efer: u64,
    /// Debug status.
    pub dr6: u64,
    /// Debug control.
    pub dr7: u64,
    /// Page attribute table.
    pub pat: u64,
    /// Selectors of `SYSCALL`.
    pub star: u64,
    /// Entry of `SYSCALL` from 64-bit code.
    pub lstar: u64,
    /// Entry of `SYSCALL` from 32-bit code.
    pub cstar: u64,
    /// Flags that `SYSCALL` clears.
    pub sfmask: u64,
    /// What `SWAPGS` exchanges.
    pub kernel_gs_base: u64,
    /// Selector of `SYSENTER`.
    pub sysenter_cs: u64,
    /// Stack pointer of `SYSENTER`.
    pub sysenter_esp: u64,
    /// Entry of `SYSENTER`.
    pub sysenter_eip: u64,
    /// What is added to the machine's time stamp counter to give the guest's, wrapping.
    pub tsc_offset: u64,
    /// Privilege level, 0 to 3.
    pub cpl: u64,
}

impl Exit {
    /// Whether the page's [`System`] is of this exit.
    #[must_use]
    pub const fn shows_system(&self) -> bool {
        match ExitReason::from_number(self.reason) {
            Some(ExitReason::Memory | ExitReason::ReadControl | ExitReason::WriteControl) => true,
            Some(ExitReason::Port) => PortAccess::from_detail(self.detail).string,
            _ => false,
        }
    }
}

/// What the monitor asks of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Orders {
    /// Not 0: the monitor changed `system`, the kernel takes it. The kernel clears it.
    pub system_changed: u64,
    /// An [`Event`] to deliver to the guest before its next instruction, or 0. The kernel clears it.
    pub injection: u64,
    /// Not 0: leave the guest with [`ExitReason::InterruptWindow`] as soon as it could take an
    /// interrupt.
    pub interrupt_window: u64,
    /// Not 0: the instruction before this one keeps interrupts off for one instruction.
    pub interrupt_shadow: u64,
}

/// Why the world needs its monitor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Exit {
    /// Number of an [`ExitReason`].
    pub reason: u64,
    /// As the reason says.
    pub detail: u64,
    /// As the reason says.
    pub value: u64,
    /// Address of the next instruction, where the processor says it; 0 where it does not.
    pub next_rip: u64,
    /// An [`Event`] whose delivery the exit interrupted: it is to be injected again. 0 if none.
    pub interrupted: u64,
    /// Whether interrupts are held off for one more instruction.
    pub interrupt_shadow: u64,
    /// How many bytes of the instruction follow; 0 where the processor does not say.
    pub instruction_bytes: u64,
    /// The instruction.
    pub instruction: [u8; 16],
    /// Not 0: the guest has executed `HLT` and waits for an interrupt. Running it makes it go on.
    pub halted: u64,
    /// Exits of this virtual processor so far, those that the kernel handles itself included.
    pub exits: u64,
    /// What is added to the machine's time stamp counter to give the guest's, wrapping.
    pub tsc_offset: u64,
}

numbered! {
    /// Why the world needs its monitor.
    ExitReason {
        /// None: an event of the mask is pending.
        None = 0,
        /// Access to a port: `detail` is a [`PortAccess`]. `next_rip` is always known.
        Port = 1,
        /// Access to guest-physical memory that is not there, or not with this right: `detail` is the
        /// address, `value` is a [`MemoryAccess`].
        Memory = 2,
        /// Read of the model-specific register `detail`.
        ReadRegister = 3,
        /// Write of `value` to the model-specific register `detail`.
        WriteRegister = 4,
        /// The guest can take an interrupt, as was asked.
        InterruptWindow = 5,
        /// Read of control register `detail`.
        ReadControl = 6,
        /// Write of control register `detail`.
        WriteControl = 7,
        /// The guest said that it waits in a loop.
        Pause = 8,
    }
}

/// What a port access is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortAccess {
    /// The first port.
    pub port: u16,
    /// 1, 2 or 4.
    pub bytes: u8,
    /// Whether the guest reads.
    pub read: bool,
    /// Whether it is `INS` or `OUTS`.
    pub string: bool,
    /// Whether it has a repeat prefix.
    pub repeat: bool,
    /// Bytes of the string's address: 2, 4 or 8.
    pub address_bytes: u8,
    /// Number of the string's segment: ES, CS, SS, DS, FS, GS from 0.
    pub segment: u8,
}

impl PortAccess {
    /// As one number.
    #[must_use]
    pub const fn to_detail(self) -> u64 {
        self.port as u64
            | (self.bytes as u64) << 16
            | (self.read as u64) << 24
            | (self.string as u64) << 25
            | (self.repeat as u64) << 26
            | (self.address_bytes as u64) << 32
            | (self.segment as u64) << 40
    }

    /// From that number.
    #[must_use]
    pub const fn from_detail(detail: u64) -> Self {
        Self {
            port: detail as u16,
            bytes: (detail >> 16) as u8,
            read: detail >> 24 & 1 != 0,
            string: detail >> 25 & 1 != 0,
            repeat: detail >> 26 & 1 != 0,
            address_bytes: (detail >> 32) as u8,
            segment: (detail >> 40) as u8,
        }
    }
}

/// What a memory access is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryAccess {
    /// Whether the guest writes.
    pub write: bool,
    /// Whether it fetches an instruction.
    pub fetch: bool,
    /// Whether the processor was reading the guest's own page tables.
    pub walk: bool,
}

impl MemoryAccess {
    /// As one number.
    #[must_use]
    pub const fn to_value(self) -> u64 {
        self.write as u64 | (self.fetch as u64) << 1 | (self.walk as u64) << 2
    }

    /// From that number.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        Self { write: value & 1 != 0, fetch: value >> 1 & 1 != 0, walk: value >> 2 & 1 != 0 }
    }
}

/// Something that is delivered to a guest through its interrupt descriptor table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// An external interrupt with this vector.
    Interrupt(u8),
    /// A non-maskable interrupt.
    NonMaskable,
    /// An exception with this vector, and its error code where it has one.
    Exception(u8, Option<u32>),
    /// A software interrupt with this vector.
    Software(u8),
}

impl Event {
    const VALID: u64 = 1 << 31;
    const ERROR_CODE: u64 = 1 << 11;

    /// As one number: bits 0 to 7 vector; 8 to 10 type (0 interrupt, 2 non-maskable, 3 exception,
    /// 4 software); 11 error code valid; 31 valid; 32 to 63 error code. The layout of EVENTINJ (AMD APM
    /// volume 2, section 15.20).
    #[must_use]
    pub const fn to_number(self) -> u64 {
        Self::VALID
            | match self {
                Self::Interrupt(vector) => vector as u64,
                Self::NonMaskable => 2 | 2 << 8,
                Self::Exception(vector, None) => vector as u64 | 3 << 8,
                Self::Exception(vector, Some(code)) => {
                    vector as u64 | 3 << 8 | Self::ERROR_CODE | (code as u64) << 32
                }
                Self::Software(vector) => vector as u64 | 4 << 8,
            }
    }

    /// From such a number; none if it is not valid.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        if number & Self::VALID == 0 {
            return None;
        }
        let vector = number as u8;
        match number >> 8 & 0b111 {
            0 => Some(Self::Interrupt(vector)),
            2 => Some(Self::NonMaskable),
            3 if vector == 2 || vector > 31 => None,
            3 if number & Self::ERROR_CODE != 0 => {
                Some(Self::Exception(vector, Some((number >> 32) as u32)))
            }
            3 => Some(Self::Exception(vector, None)),
            4 => Some(Self::Software(vector)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_access_survives_its_encoding() {
        for (read, string, repeat) in [(true, false, false), (false, true, true)] {
            for (bytes, address_bytes, segment) in [(1, 2, 0), (2, 4, 3), (4, 8, 5)] {
                let port = 0xcf8;
                let access =
                    PortAccess { port, bytes, read, string, repeat, address_bytes, segment };
                assert_eq!(PortAccess::from_detail(access.to_detail()), access);
            }
        }
    }

    #[test]
    fn an_event_survives_its_encoding_and_others_are_none() {
        for event in [
            Event::Interrupt(0x30),
            Event::NonMaskable,
            Event::Exception(6, None),
            Event::Exception(14, Some(0x1234_5678)),
            Event::Software(0x80),
        ] {
            assert_eq!(Event::from_number(event.to_number()), Some(event));
        }
        assert_eq!(Event::from_number(0x30), None, "not valid");
        assert_eq!(Event::from_number(Event::VALID | 1 << 8), None, "no such type");
        assert_eq!(Event::from_number(Event::VALID | 3 << 8 | 200), None, "no such exception");
    }
}
