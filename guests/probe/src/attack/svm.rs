//! The instructions of a hypervisor (AMD APM volume 2, chapter 15): a guest has none of them.

use core::sync::atomic::{AtomicU64, Ordering};

use cloister_bare::attempt;
use cloister_bare::fault::{read_msr, write_msr};
use cloister_bare::say;

use super::{Context, Tally};

const EXTENDED_FEATURES: u32 = 0xc000_0080;
const SVM_ENABLED: u64 = 1 << 12;
const HOST_SAVE_AREA: u32 = 0xc001_0117;

/// A page for the instructions to work on.
#[repr(C, align(4096))]
struct Page([AtomicU64; 512]);

/// What VMSAVE writes and VMLOAD reads. Written by the processor.
static SAVED: Page = Page([const { AtomicU64::new(0) }; 512]);
/// A control block with nothing in it.
static CONTROL: Page = Page([const { AtomicU64::new(0) }; 512]);
/// Where a host would be saved. Written by the processor.
static HOST: Page = Page([const { AtomicU64::new(0) }; 512]);

pub fn run(_: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    say!("attack: svm as it is");
    all(&mut tally);
    let features = read_msr(EXTENDED_FEATURES).unwrap_or_default();
    // SAFETY: enables instructions that are only used below.
    let enabled = unsafe { write_msr(EXTENDED_FEATURES, features | SVM_ENABLED) };
    tally.add(enabled.map_or(Some(0), |()| None));
    let accepted = if enabled.is_some() { "accepted" } else { "refused" };
    say!("attack: svm after enabling it, which was {accepted}");
    // SAFETY: a page that nothing else uses.
    let host = unsafe { write_msr(HOST_SAVE_AREA, (&raw const HOST) as u64) };
    tally.add(host.map_or(Some(0), |()| None));
    all(&mut tally);
    // SAFETY: as it was.
    let _ = unsafe { write_msr(EXTENDED_FEATURES, features) };
    tally
}

fn all(tally: &mut Tally) {
    let (saved, control) = ((&raw const SAVED) as u64, (&raw const CONTROL) as u64);
    CONTROL.0[0].store(0, Ordering::Relaxed);
    // SAFETY: on a machine that has these instructions each acts on a page of its own; the control
    // block is refused as invalid, and global interrupts are on again at the end.
    unsafe {
        tally.add(attempt!("vmsave rax"; in("rax") saved));
        tally.add(attempt!("vmload rax"; in("rax") saved));
        tally.add(attempt!("clgi"; options(nostack)));
        tally.add(attempt!("stgi"; options(nostack)));
        tally.add(attempt!("invlpga rax, ecx"; in("rax") saved, in("ecx") 0));
        tally.add(attempt!("invlpga rax, ecx"; in("rax") saved, in("ecx") u32::MAX));
        tally.add(attempt!("vmrun rax"; inout("rax") control => _));
        tally.add(attempt!("vmrun rax"; inout("rax") u64::MAX << 12 => _));
        tally.add(attempt!("vmsave rax"; in("rax") 1_u64));
        tally.add(attempt!("vmload rax"; in("rax") u64::MAX));
        tally.add(attempt!("skinit eax"; inout("eax") 0x10_0000 => _));
        tally.add(attempt!("vmmcall"; inout("rax") u64::MAX => _, out("rcx") _, out("rdx") _));
        // VMCALL and VMXON, of another make of processor.
        tally.add(attempt!("vmcall"; inout("rax") u64::MAX => _, out("rcx") _, out("rdx") _));
    }
}
