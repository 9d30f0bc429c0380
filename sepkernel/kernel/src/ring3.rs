//! To ring 3 and back: [`run`] goes to a component and returns when the processor leaves it, for
//! whatever reason. An exit is a function's return, so the kernel has one stack for each processor
//! and no state of its own while a component runs.

use core::arch::naked_asm;
use core::mem::offset_of;

use cloister_hardware::layout::LOCAL_APIC;
use cloister_hardware::local_apic::END_OF_INTERRUPT;
use cloister_hardware::processor::{USER_CODE_SELECTOR, USER_DATA_SELECTOR};
use cloister_hardware::{exception, exception_stubs};
use cloister_tables::FIRST_DEVICE_VECTOR;

use crate::extended_state::ExtendedState;

/// The vector of system calls: the only one that ring 3 can raise by the `int` instruction.
pub const SYSTEM_CALL: u8 = 0x80;

/// Everything of a component that the processor holds while it runs.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Context {
    /// Registers of vector and x87 units.
    pub extended: ExtendedState,
    /// General registers.
    pub registers: Registers,
    /// Where it goes on.
    pub rip: u64,
    /// Its flags.
    pub rflags: u64,
    /// Its stack pointer.
    pub rsp: u64,
    /// Why it was left: the vector.
    pub vector: u64,
    /// The vector's error code, or 0.
    pub error_code: u64,
}

impl Context {
    /// Nothing.
    pub const EMPTY: Self = Self::start(0, 0, 0);

    /// A program at its start: its first argument is the address of its info page, all other
    /// registers are clear, the stack is as after a call, interrupts are on.
    pub const fn start(rip: u64, stack: u64, info: u64) -> Self {
        /// Interrupts on, and the bit that is always set.
        const FLAGS: u64 = 0x202;
        let registers = Registers {
            rax: 0,
            rbx: 0,
            rcx: 0,
            rdx: 0,
            rsi: 0,
            rdi: info,
            rbp: 0,
            numbered: [0; 8],
        };
        let rsp = stack.wrapping_sub(8);
        let extended = ExtendedState::INITIAL;
        Self { extended, registers, rip, rflags: FLAGS, rsp, vector: 0, error_code: 0 }
    }
}

/// General registers but the stack pointer.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Registers {
    /// RAX.
    pub rax: u64,
    /// RBX.
    pub rbx: u64,
    /// RCX.
    pub rcx: u64,
    /// RDX.
    pub rdx: u64,
    /// RSI.
    pub rsi: u64,
    /// RDI.
    pub rdi: u64,
    /// RBP.
    pub rbp: u64,
    /// R8 to R15.
    pub numbered: [u64; 8],
}

/// What lies above the stack on which exits from ring 3 arrive, which the processor aligns.
#[derive(Debug)]
#[repr(C, align(16))]
pub struct ExitArea {
    context: *mut Context,
    kernel_stack: u64,
    /// Interrupts that came while the kernel let them, a bit each from [`FIRST_DEVICE_VECTOR`] on.
    pub interrupts: u64,
}

impl ExitArea {
    /// Nothing runs.
    pub const EMPTY: Self = Self { context: core::ptr::null_mut(), kernel_stack: 0, interrupts: 0 };
}

exception_stubs! {
    /// The kernel's stubs.
    pub stubs, arrive
}

/// Bytes of the frame that the processor and the stub leave: vector, error code, RIP, CS, RFLAGS,
/// RSP, SS. The exit area lies above.
const FRAME: usize = 7 * 8;
const CONTEXT: usize = offset_of!(Context, registers);

/// Where every vector arrives. From ring 3: saves all registers in the context and returns from
/// [`run`]. From the kernel itself: an interrupt, which only ends a halt, is noted and acknowledged, and no other is taken
/// then, however many a device sends; exceptions are fatal.
#[unsafe(naked)]
unsafe extern "C" fn arrive() {
    naked_asm!(
        "test byte ptr [rsp + 24], 3",
        "jz 2f",
        "cld",
        "push rdi",
        "mov rdi, [rsp + {frame} + 8]",
        "mov [rdi + {registers}], rax",
        "mov [rdi + {registers} + 8], rbx",
        "mov [rdi + {registers} + 16], rcx",
        "mov [rdi + {registers} + 24], rdx",
        "mov [rdi + {registers} + 32], rsi",
        "mov [rdi + {registers} + 48], rbp",
        "mov [rdi + {registers} + 56], r8",
        "mov [rdi + {registers} + 64], r9",
        "mov [rdi + {registers} + 72], r10",
        "mov [rdi + {registers} + 80], r11",
        "mov [rdi + {registers} + 88], r12",
        "mov [rdi + {registers} + 96], r13",
        "mov [rdi + {registers} + 104], r14",
        "mov [rdi + {registers} + 112], r15",
        "pop qword ptr [rdi + {registers} + 40]",
        "pop qword ptr [rdi + {vector}]",
        "pop qword ptr [rdi + {error_code}]",
        "pop qword ptr [rdi + {rip}]",
        "add rsp, 8",
        "pop qword ptr [rdi + {rflags}]",
        "pop qword ptr [rdi + {rsp}]",
        // RSP is at SS, the exit area is one word above.
        "mov rsp, [rsp + 16]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        "2:",
        "cmp qword ptr [rsp], {interrupts}",
        "jb {fatal}",
        "push rax",
        "mov eax, [rsp + 8]",
        "sub eax, {interrupts}",
        "bts [rsp + {frame} + 8 + {noted}], rax",
        "mov rax, {end_of_interrupt}",
        "mov dword ptr [rax], 0",
        "pop rax",
        "add rsp, 16",
        "and dword ptr [rsp + 16], ~{interrupt_flag}",
        "iretq",
        frame = const FRAME,
        registers = const CONTEXT,
        vector = const offset_of!(Context, vector),
        error_code = const offset_of!(Context, error_code),
        rip = const offset_of!(Context, rip),
        rflags = const offset_of!(Context, rflags),
        rsp = const offset_of!(Context, rsp),
        interrupts = const FIRST_DEVICE_VECTOR,
        noted = const offset_of!(ExitArea, interrupts),
        interrupt_flag = const 1 << 9,
        end_of_interrupt = const LOCAL_APIC + END_OF_INTERRUPT,
        fatal = sym exception::fatal,
    )
}

/// Runs a component until the processor leaves it; the context says why.
///
/// # Safety
/// The address space in use must be the component's, `context` must be what it left or its start,
/// with flags that keep it in ring 3's reach, and `area` must lie above the common exception stack.
#[unsafe(naked)]
pub unsafe extern "sysv64" fn run(context: *mut Context, area: *mut ExitArea) {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rsi], rdi",
        "mov [rsi + 8], rsp",
        "push {user_data}",
        "push qword ptr [rdi + {rsp}]",
        "push qword ptr [rdi + {rflags}]",
        "push {user_code}",
        "push qword ptr [rdi + {rip}]",
        "mov rax, [rdi + {registers}]",
        "mov rbx, [rdi + {registers} + 8]",
        "mov rcx, [rdi + {registers} + 16]",
        "mov rdx, [rdi + {registers} + 24]",
        "mov rsi, [rdi + {registers} + 32]",
        "mov rbp, [rdi + {registers} + 48]",
        "mov r8, [rdi + {registers} + 56]",
        "mov r9, [rdi + {registers} + 64]",
        "mov r10, [rdi + {registers} + 72]",
        "mov r11, [rdi + {registers} + 80]",
        "mov r12, [rdi + {registers} + 88]",
        "mov r13, [rdi + {registers} + 96]",
        "mov r14, [rdi + {registers} + 104]",
        "mov r15, [rdi + {registers} + 112]",
        "mov rdi, [rdi + {registers} + 40]",
        "iretq",
        user_data = const USER_DATA_SELECTOR,
        user_code = const USER_CODE_SELECTOR,
        registers = const CONTEXT,
        rip = const offset_of!(Context, rip),
        rflags = const offset_of!(Context, rflags),
        rsp = const offset_of!(Context, rsp),
    )
}
