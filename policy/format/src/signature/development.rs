//! The development officers: two whose secret keys are published, for trying things out.
//!
//! Anybody can sign in their names. An appliance that has them in office says so on its screen
//! and in its evidence, and no default appraisal accepts it. Their seeds are the SHA-256 of
//! `cloister insecure development key: author` and `… approver`.

use super::{AnchorsError, PublicKey, TrustAnchors};

/// The name of the officer who writes in development.
pub const AUTHOR_NAME: &str = "development-author";

/// The name of the officer who approves in development.
pub const APPROVER_NAME: &str = "development-approver";

/// The public key of the development author.
pub const AUTHOR: PublicKey = PublicKey([
    0x83, 0xb8, 0xc9, 0xf9, 0xa5, 0xd0, 0x21, 0xbd, 0x2d, 0x6a, 0xa9, 0x74, 0xe9, 0x30, 0x94, 0xbb,
    0x6d, 0x03, 0x63, 0x3b, 0xef, 0x94, 0x07, 0xf2, 0x1d, 0x62, 0x8f, 0xdc, 0x23, 0xe5, 0x02, 0x5a,
]);

/// The public key of the development approver.
pub const APPROVER: PublicKey = PublicKey([
    0xc7, 0x05, 0x66, 0x38, 0x23, 0xcb, 0x30, 0x3d, 0x7f, 0x89, 0xe3, 0xae, 0xdd, 0x4a, 0x3e, 0xcf,
    0xf5, 0x47, 0xb1, 0xb6, 0x25, 0x03, 0x4a, 0xa7, 0xeb, 0x56, 0x0b, 0xf3, 0xeb, 0xfa, 0x71, 0x57,
]);

/// Whether the secret key of this public key is published.
#[must_use]
pub fn is_development_key(key: &PublicKey) -> bool {
    [AUTHOR, APPROVER].contains(key)
}

/// The two development officers, both of whom must sign.
///
/// # Errors
/// Never for these constants; the type of [`TrustAnchors::new`] is kept.
pub fn anchors() -> Result<TrustAnchors, AnchorsError> {
    TrustAnchors::new(2, [(AUTHOR_NAME, AUTHOR), (APPROVER_NAME, APPROVER)])
}
