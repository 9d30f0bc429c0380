//! EFI programs as firmware sees them (Windows Authenticode Portable Executable Signature Format;
//! UEFI 2.10, 32.2.3): the digest that it measures, and the signature that Secure Boot asks for.
//!
//! A signature has no time in it, so that one program signed with one key is the same bytes each
//! time.

#![forbid(unsafe_code)]

mod digest;
mod headers;
mod sign;
mod signed_data;
mod signer;

pub use digest::digest;
pub use sign::{SigningError, sign};
pub use signer::{Signer, SignerError};

/// Why something is not an EFI program that can be measured or signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProgramFault {
    /// It is none.
    #[error("not a 64-bit EFI program")]
    NotAProgram,
    /// It has a signature; one more would not be what the builder meant.
    #[error("the EFI program is signed already")]
    Signed,
    /// It has no place for a signature, or one beyond 4 GiB.
    #[error("the EFI program has no place for a signature")]
    NoPlace,
}
