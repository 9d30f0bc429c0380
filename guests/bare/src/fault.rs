//! Instructions that may fault: what they did is a result, and the program goes on.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Where to go on after a fault; zero while none is expected. Written by [`attempt!`] and by the
/// handler of exceptions.
pub static RECOVERY: AtomicU64 = AtomicU64::new(0);
/// The vector of the fault that was recovered from, plus one. Written by the handler of exceptions.
static VECTOR: AtomicU32 = AtomicU32::new(0);

/// Executes instructions of which one may fault. Operands follow a semicolon, explicit registers
/// only; the registers that instructions change have to be among them. After a fault the
/// instructions behind the faulting one have not been executed, and outputs are what registers held.
///
/// Gives the vector of the fault, if there was one. To be used in an `unsafe` block that says why the
/// instructions harm nothing if they are executed.
#[macro_export]
macro_rules! attempt {
    ($($instruction:literal),+ ; $($operands:tt)*) => {{
        core::arch::asm!(
            "lea {recovery}, [rip + 2f]",
            "mov [rip + {place}], {recovery}",
            $($instruction,)+
            "2:",
            "mov qword ptr [rip + {place}], 0",
            recovery = out(reg) _,
            place = sym $crate::fault::RECOVERY,
            $($operands)*
        );
        $crate::fault::take()
    }};
}
/// The vector of the last fault that was recovered from. Forgets it.
pub fn take() -> Option<u32> {
    VECTOR.swap(0, Ordering::Relaxed).checked_sub(1)
}

/// For the handler of exceptions: where to go on after the fault `vector`, if it was expected.
pub fn recover(vector: u64) -> Option<u64> {
    let recovery = RECOVERY.swap(0, Ordering::Relaxed);
    if recovery == 0 {
        return None;
    }
    VECTOR.store(vector as u32 + 1, Ordering::Relaxed);
    Some(recovery)
}

/// Reads a model-specific register; none if the processor refuses.
pub fn read_msr(register: u32) -> Option<u64> {
    let (low, high): (u32, u32);
    // SAFETY: reading a register changes nothing that this program relies on.
    let fault = unsafe {
        attempt!("rdmsr"; in("ecx") register, out("eax") low, out("edx") high, options(nostack))
    };
    fault.is_none().then_some(u64::from(high) << 32 | u64::from(low))
}

/// Writes a model-specific register; none if the processor refuses.
///
/// # Safety
/// The program must not rely on what the register was.
pub unsafe fn write_msr(register: u32, value: u64) -> Option<()> {
    let (low, high) = (value as u32, (value >> 32) as u32);
    // SAFETY: passed on to the caller.
    let fault = unsafe {
        attempt!("wrmsr"; in("ecx") register, in("eax") low, in("edx") high, options(nostack))
    };
    fault.is_none().then_some(())
}
