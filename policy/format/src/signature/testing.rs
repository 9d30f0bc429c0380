//! Officers and signatures for the tests of this module.

extern crate std;

use ed25519_dalek::{Signer as _, SigningKey};
use std::vec::Vec;

use super::{PublicKey, Role, Signature, SignatureFile, TrustAnchors, digest, message};

/// A small policy to sign; what it says does not matter here.
pub const POLICY: &[u8] = b"a policy of two desks";

/// The names of the officers of the tests; each one's seed is 32 times its place plus one.
const NAMES: [&str; 4] = ["amber", "basil", "clove", "dill"];

/// The secret key of an officer.
pub fn secret(name: &str) -> SigningKey {
    let place = NAMES.iter().position(|known| *known == name);
    SigningKey::from_bytes(&[place.expect("an officer of the tests") as u8 + 1; 32])
}

/// The public key of an officer.
pub fn public(name: &str) -> PublicKey {
    PublicKey(secret(name).verifying_key().to_bytes())
}

/// These officers in office.
pub fn anchors(required: u8, names: &[&str]) -> TrustAnchors {
    TrustAnchors::new(required, names.iter().map(|name| (*name, public(name))))
        .expect("sound anchors")
}

/// An officer's signature of [`POLICY`].
pub fn signed(role: Role, name: &str) -> Signature {
    Signature {
        role,
        key: public(name),
        signature: secret(name).sign(&message(role, &digest(POLICY))).to_bytes(),
    }
}

/// A signature file of [`POLICY`], signed by these officers in these roles.
pub fn file(signers: &[(Role, &str)]) -> Vec<u8> {
    let mut file = SignatureFile::new(digest(POLICY));
    for (role, name) in signers {
        file.add(signed(*role, name)).expect("room, and once each");
    }
    file.encode().to_vec()
}
