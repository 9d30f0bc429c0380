//! Signature files and officers' records from anybody.

use cloister_policy_format::signature::{SignatureFile, TrustAnchors, development, digest, verify};

/// A policy that nobody signed.
const POLICY: &[u8] = b"a policy that nobody signed";

/// Reading never panics, accepts only what writing would give, and approves nothing that no
/// officer signed: no input can hold a signature by a key that this program does not have.
///
/// # Panics
/// When that does not hold.
pub fn signature(input: &[u8]) {
    if let Ok(anchors) = TrustAnchors::decode(input) {
        assert_eq!(anchors.encode(), input, "an officers' record has one encoding");
    }
    if let Ok(file) = SignatureFile::decode(input) {
        assert_eq!(file.encode(), input, "a signature file has one encoding");
    }
    let anchors = development::anchors().expect("two sound officers");
    assert!(verify(POLICY, input, &anchors).is_err(), "nobody signed");

    // The rest of verification is behind the right digest: put it there.
    let mut named = input.to_vec();
    if let Some(place) = named.get_mut(12..44) {
        place.copy_from_slice(&digest(POLICY));
    }
    assert!(verify(POLICY, &named, &anchors).is_err(), "nobody signed");
}
