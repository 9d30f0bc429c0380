//! What a system call answers.

/// Whether a call did what it was asked, in RAX.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u64)]
pub enum Code {
    /// Done; the value says what the call's description says.
    Done = 0,
    /// No call has this number.
    NoSuchCall = 1,
    /// An argument is outside its range.
    BadArgument = 2,
    /// The caller's own table has no entry with this number, or the entry does not allow it.
    NotAllowed = 3,
    /// The world needs its monitor; the exit is described in the virtual processor's page.
    GuestExit = 4,
}

/// A call's answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(C)]
pub struct Reply {
    /// In RAX.
    pub code: Code,
    /// In RDX; 0 where the call has nothing to say.
    pub value: u64,
}

impl Reply {
    /// Done, with nothing more to say.
    pub const DONE: Self = Self::done(0);

    /// Done, with a value.
    #[must_use]
    pub const fn done(value: u64) -> Self {
        Self { code: Code::Done, value }
    }

    /// Not done.
    #[must_use]
    pub const fn refused(code: Code) -> Self {
        Self { code, value: 0 }
    }
}
