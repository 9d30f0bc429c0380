//! State after reset.

use super::{CR0_CD, CR0_ET, CR0_NW, General, Segment, Segments, System, flags};

/// All state of a virtual processor that a loader sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// General registers, instruction pointer and flags.
    pub general: General,
    /// The rest.
    pub system: System,
}

/// Present, writable, accessed data; or, for CS in real mode, the same that can be executed.
const REAL_DATA: u16 = 0x93;
const REAL_CODE: u16 = 0x9b;
const LOCAL_DESCRIPTOR_TABLE: u16 = 0x82;
const BUSY_TASK_STATE: u16 = 0x8b;

/// Page attribute table: WB, WT, UC-, UC as after reset, and WB, WC, UC-, UC. Linux, where there are no
/// MTRRs, keeps the table that it finds; if nothing in it is write combining (WC), it takes the mapping of a
/// framebuffer for another one than it asked for, and a process that has it cannot fork.
const PAT: u64 = 0x0007_0106_0007_0406;

impl State {
    /// The state after reset (Intel SDM volume 3, table 10-1; AMD APM volume 2, section 14.1.3), but
    /// for RDX, which holds what CPUID calls the processor's signature: 0 here, and for one entry of the
    /// page attribute table.
    #[must_use]
    pub const fn reset() -> Self {
        Self {
            general: General { registers: [0; 16], rip: 0xfff0, rflags: flags::FIXED },
            system: System {
                segments: Segments {
                    es: segment(REAL_DATA),
                    cs: Segment {
                        selector: 0xf000,
                        attributes: REAL_CODE,
                        limit: 0xffff,
                        base: 0xffff_0000,
                    },
                    ss: segment(REAL_DATA),
                    ds: segment(REAL_DATA),
                    fs: segment(REAL_DATA),
                    gs: segment(REAL_DATA),
                    gdtr: segment(0),
                    ldtr: segment(LOCAL_DESCRIPTOR_TABLE),
                    idtr: segment(0),
                    tr: segment(BUSY_TASK_STATE),
                },
                cr0: CR0_ET | CR0_NW | CR0_CD,
                cr2: 0,
                cr3: 0,
                cr4: 0,
                efer: 0,
                dr6: 0xffff_0ff0,
                dr7: 0x400,
                pat: PAT,
                star: 0,
                lstar: 0,
                cstar: 0,
                sfmask: 0,
                kernel_gs_base: 0,
                sysenter_cs: 0,
                sysenter_esp: 0,
                sysenter_eip: 0,
                tsc_offset: 0,
                cpl: 0,
            },
        }
    }

    /// The state after a start-up interrupt with this vector: real mode at `vector * 4096` (Intel SDM
    /// volume 3, section 10.4.3).
    #[must_use]
    pub const fn start_up(vector: u8) -> Self {
        let mut state = Self::reset();
        state.general.rip = 0;
        state.system.segments.cs.selector = (vector as u16) << 8;
        state.system.segments.cs.base = (vector as u64) << 12;
        state
    }
}

const fn segment(attributes: u16) -> Segment {
    Segment { selector: 0, attributes, limit: 0xffff, base: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reset_starts_16_bytes_below_4_gib_and_start_up_at_its_page() {
        let reset = State::reset();
        assert_eq!(reset.system.segments.cs.base + reset.general.rip, 0xffff_fff0);
        assert_eq!(reset.system.cr0, 0x6000_0010);
        assert_eq!(reset.system.pat as u32, 0x0007_0406);
        assert!(reset.system.pat.to_le_bytes().contains(&1), "nothing is write combining");
        let started = State::start_up(0x9a);
        assert_eq!(started.system.segments.cs.base + started.general.rip, 0x9_a000);
        assert_eq!(
            u64::from(started.system.segments.cs.selector) << 4,
            started.system.segments.cs.base
        );
    }
}
