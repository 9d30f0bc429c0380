//! Who may control whom, and what happens when several ask at once.

use cloister_abi::Command;

use super::SubjectId;

/// A set of commands, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct CommandSet(pub u8);

impl CommandSet {
    /// All commands.
    pub const ALL: Self = Self(0b1_1111);

    /// The set of one command.
    #[must_use]
    pub const fn of(command: Command) -> Self {
        Self(1_u8.wrapping_shl(command as u32))
    }

    /// Whether the command is in the set.
    #[must_use]
    pub const fn contains(self, command: Command) -> bool {
        self.0 & Self::of(command).0 != 0
    }

    /// The one that counts among requests that wait for the same frame. It does not depend on their
    /// order, which between processors is nobody's to say: whatever stops wins over whatever starts.
    #[must_use]
    pub fn strongest(self) -> Option<Command> {
        use Command::{Pause, Restart, Resume, Start, Stop};
        [Stop, Restart, Pause, Start, Resume].into_iter().find(|&command| self.contains(command))
    }
}

/// One entry of a subject's table of rights.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Right {
    /// On whom.
    pub target: SubjectId,
    /// What may be asked.
    pub commands: CommandSet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_request_does_not_depend_on_the_order_and_leaves_none_out() {
        assert_eq!(CommandSet::default().strongest(), None);
        assert_eq!(CommandSet::ALL.strongest(), Some(Command::Stop));
        for &command in Command::ALL {
            assert_eq!(CommandSet::of(command).strongest(), Some(command));
            assert!(CommandSet::ALL.contains(command));
        }
    }
}
