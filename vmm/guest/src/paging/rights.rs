//! What a mapping allows.

use super::Access;
use crate::cpu::{CR0_WP, CR4_PAE, CR4_SMAP, CR4_SMEP, EFER_NXE, System, flags};

const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const NO_EXECUTE: u64 = 1 << 63;

/// Error code of a page fault: the page is there, its rights are not.
pub(super) const PRESENT: u32 = 1 << 0;
/// Error code of a page fault: a reserved bit is set in an entry.
pub(super) const RESERVED: u32 = 1 << 3;

/// Rights of a mapping: what all its entries allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rights {
    write: bool,
    user: bool,
    execute: bool,
}

impl Rights {
    pub(super) const ALL: Self = Self { write: true, user: true, execute: true };

    /// Keeps what the entry allows too.
    pub(super) const fn narrow(&mut self, entry: u64) {
        self.write &= entry & WRITABLE != 0;
        self.user &= entry & USER != 0;
        self.execute &= entry & NO_EXECUTE == 0;
    }

    /// Whether they allow an access (Intel SDM volume 3, section 4.6.1).
    pub(super) const fn allow(
        self,
        access: Access,
        user: bool,
        rflags: u64,
        system: &System,
    ) -> bool {
        if user {
            return self.user
                && match access {
                    Access::Read => true,
                    Access::Write => self.write,
                    Access::Fetch => self.execute,
                };
        }
        let data = !self.user || system.cr4 & CR4_SMAP == 0 || rflags & flags::ACCESS != 0;
        match access {
            Access::Read => data,
            Access::Write => data && (self.write || system.cr0 & CR0_WP == 0),
            Access::Fetch => self.execute && !(self.user && system.cr4 & CR4_SMEP != 0),
        }
    }
}

/// The error code of a page fault with this cause (Intel SDM volume 3, section 4.7).
pub(super) const fn error_code(system: &System, access: Access, user: bool, cause: u32) -> u32 {
    let no_execute = system.cr4 & CR4_PAE != 0 && system.efer & EFER_NXE != 0;
    let access = match access {
        Access::Write => 1 << 1,
        Access::Fetch if no_execute || system.cr4 & CR4_SMEP != 0 => 1 << 4,
        Access::Read | Access::Fetch => 0,
    };
    cause | access | (user as u32) << 2
}
