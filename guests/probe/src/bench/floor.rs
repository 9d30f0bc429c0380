//! The least that entering and leaving a guest costs: nothing but `VMRUN` of a guest that leaves at its
//! first instruction (AMD APM volume 2, section 15.5). On a machine that lets this program be a hypervisor.

use core::arch::{asm, naked_asm};
use core::sync::atomic::{AtomicU64, Ordering};

use cloister_bare::fault::{read_msr, write_msr};
use cloister_bare::instructions::{cpuid, read_cr3};

use super::{ROUNDS, measure, skipped};

const NAME: &str = "vmrun-and-exit";
const EXTENDED_FEATURES: u32 = 0xc000_0080;
const SVM_ENABLED: u64 = 1 << 12;
const HOST_SAVE_AREA: u32 = 0xc001_0117;
const PAGE_ATTRIBUTES: u32 = 0x277;
/// The bit of leaf 8000_0001H that says that there are such instructions.
const HAS_SVM: u32 = 1 << 2;

#[repr(C, align(4096))]
struct Page([AtomicU64; 512]);

impl Page {
    const fn empty() -> Self {
        Self([const { AtomicU64::new(0) }; 512])
    }

    fn set(&self, offset: usize, value: u64) {
        if let Some(word) = self.0.get(offset / 8) {
            word.store(value, Ordering::Relaxed);
        }
    }
}

/// The guest's control block. Filled by [`prepare`], written by the processor.
static CONTROL: Page = Page::empty();
/// Where the processor keeps the host.
static HOST: Page = Page::empty();

/// Measures it.
pub fn run() {
    if cpuid(0x8000_0001, 0).ecx & HAS_SVM == 0 {
        return skipped(NAME, "CPUID shows no SVM");
    }
    let Some(features) = prepare() else { return skipped(NAME, "the processor refuses") };
    let block = (&raw const CONTROL) as u64;
    // SAFETY: the guest is `wait`, on this program's own tables, and leaves at once; the host's state
    // comes back from its page, and global interrupts are on again behind it.
    measure(NAME, ROUNDS, || unsafe {
        asm!("clgi", "vmrun rax", "stgi", in("rax") block, options(nostack));
    });
    // SAFETY: as it was.
    let _ = unsafe { write_msr(EXTENDED_FEATURES, features) };
}

/// What the guest runs.
#[unsafe(naked)]
extern "sysv64" fn wait() -> ! {
    naked_asm!("2:", "hlt", "jmp 2b")
}

/// Enables the instructions, and fills the control block (the same, appendix B) with a guest that sees what
/// this program sees. Returns the features before.
fn prepare() -> Option<u64> {
    const HALT: u64 = 1 << 24;
    const VMRUN: u64 = 1;
    const CODE_64: u64 = 0x29b << 16 | 0xffff_ffff << 32;
    const DATA: u64 = 0xc93 << 16 | 0xffff_ffff << 32;
    let (cr0, cr4): (u64, u64);
    // SAFETY: reading changes nothing.
    unsafe {
        asm!("mov {}, cr0", "mov {}, cr4", out(reg) cr0, out(reg) cr4, options(nomem, nostack));
    }
    let features = read_msr(EXTENDED_FEATURES)?;
    // SAFETY: enables instructions that only `run` uses, with a page that nothing else uses.
    unsafe {
        write_msr(EXTENDED_FEATURES, features | SVM_ENABLED)?;
        write_msr(HOST_SAVE_AREA, (&raw const HOST) as u64)?;
    }
    for (offset, value) in [
        (0x008, HALT << 32),
        (0x010, VMRUN),
        // The guest's address space identifier.
        (0x058, 1),
        // ES, CS, SS, DS.
        (0x400, DATA),
        (0x410, CODE_64),
        (0x420, DATA),
        (0x430, DATA),
        // EFER, CR4, CR3, CR0, DR7, DR6, RFLAGS, RIP, PAT.
        (0x4d0, features | SVM_ENABLED),
        (0x548, cr4),
        (0x550, read_cr3()),
        (0x558, cr0),
        (0x560, 0x400),
        (0x568, 0xffff_0ff0),
        (0x570, 2),
        (0x578, wait as *const () as u64),
        (0x668, read_msr(PAGE_ATTRIBUTES)?),
    ] {
        CONTROL.set(offset, value);
    }
    Some(features)
}
