//! System calls.

use core::arch::asm;
use core::arch::x86_64::_rdtsc;

pub use cloister_abi::InfoItem as Item;
use cloister_abi::{Code, Command, Number, Registers};

/// Makes a system call with any register content; returns RAX and RDX.
pub fn raw(registers: Registers) -> (u64, u64) {
    let [first, second, third, fourth, fifth, sixth] = registers.arguments;
    let (code, value);
    // SAFETY: the kernel changes RAX and RDX only, and no memory.
    unsafe {
        asm!("int 0x80", inout("rax") registers.number => code, in("rdi") first, in("rsi") second,
            inout("rdx") third => value, in("r10") fourth, in("r8") fifth, in("r9") sixth,
            options(nostack));
    }
    (code, value)
}

fn call(number: Number, arguments: [u64; 6]) -> u64 {
    raw(Registers { number: number as u64, arguments }).1
}

/// Waits until an event of `mask` is pending; returns those that are, and clears them.
pub fn wait(mask: u64) -> u64 {
    call(Number::Wait, [mask, 0, 0, 0, 0, 0])
}

/// Raises the event with this number of the component's own table.
pub fn signal(event: u32) {
    call(Number::Signal, [event.into(), 0, 0, 0, 0, 0]);
}

/// A monitor lets its world run; returns the [`Code`](cloister_abi::Code) and the events that are
/// pending, if that is why.
pub fn run_guest(mask: u64) -> (u64, u64) {
    raw(Registers { number: Number::RunGuest as u64, arguments: [mask, 0, 0, 0, 0, 0] })
}

/// The time stamp counter.
#[must_use]
pub fn now() -> u64 {
    // SAFETY: the counter can be read everywhere.
    unsafe { _rdtsc() }
}

/// Raises [`TIMER_EVENT`](cloister_abi::TIMER_EVENT) when the time stamp counter reaches `instant`.
pub fn set_timer(instant: u64) {
    call(Number::SetTimer, [instant, 0, 0, 0, 0, 0]);
}

/// Asks the kernel for a value.
pub fn info(item: Item) -> u64 {
    call(Number::Info, [item as u64, 0, 0, 0, 0, 0])
}

/// Asks for a command on the subject of the component's right with this number (see
/// [`InfoPage::right`](cloister_abi::InfoPage::right)). It takes effect when that subject's next frame
/// begins. Returns whether the policy allows it; what comes of it, nobody tells.
pub fn control(right: u32, command: Command) -> bool {
    let arguments = [right.into(), command as u64, 0, 0, 0, 0];
    raw(Registers { number: Number::Control as u64, arguments }).0 == Code::Done as u64
}

/// Ends the component. The kernel records `status`, and starts the component again if the policy
/// says so.
pub fn stop(status: u64) -> ! {
    end(status, false)
}

/// Ends the component, and starts it anew from the measured image.
pub fn restart(status: u64) -> ! {
    end(status, true)
}

fn end(status: u64, again: bool) -> ! {
    call(Number::StopSelf, [status, again.into(), 0, 0, 0, 0]);
    // The kernel does not come back; if it did, this would be a fault.
    loop {
        core::hint::spin_loop();
    }
}
