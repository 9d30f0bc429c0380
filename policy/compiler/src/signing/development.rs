//! Signing in the names of the development officers, whose secret keys everybody knows.

use cloister_policy_format::signature::{Digest, Role, SignatureFile, development, digest};
use sha2::{Digest as _, Sha256};

use super::SecretKey;

/// A development officer's secret key, which is no secret.
///
/// As a successor it is the approver, whose office alone can matter in a trial of succession.
pub(super) fn development_key(role: Role) -> SecretKey {
    let name = match role {
        Role::Author => "author",
        Role::Approver | Role::Successor => "approver",
    };
    let seed = Sha256::digest(format!("cloister insecure development key: {name}"));
    SecretKey::from_seed(&seed.into())
}

/// The signature file of a policy that both development officers sign, for trying things out.
///
/// The appliance runs such a policy only with [`development_officers`] in office, and names them
/// on its screen.
///
/// # Panics
/// Never: two signatures have room in an empty file.
#[must_use]
pub fn sign_with_development_keys(policy: &[u8]) -> Vec<u8> {
    let digest: Digest = digest(policy);
    let mut file = SignatureFile::new(digest);
    for role in [Role::Author, Role::Approver] {
        file.add(development_key(role).sign(role, &digest)).expect("room for two signatures");
    }
    file.encode().to_vec()
}

/// The officers' record with the two development officers in office.
///
/// # Panics
/// Never: the two officers are fixed and sound.
#[must_use]
pub fn development_officers() -> Vec<u8> {
    development::anchors().expect("two sound officers").encode().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloister_policy_format::signature::{TrustAnchors, verify};

    #[test]
    fn the_development_keys_are_the_published_ones() {
        assert_eq!(development_key(Role::Author).public(), development::AUTHOR);
        assert_eq!(development_key(Role::Approver).public(), development::APPROVER);
    }

    #[test]
    fn a_policy_signed_in_development_is_approved_and_named_insecure() {
        let record = development_officers();
        let anchors = TrustAnchors::decode(&record).expect("sound");
        let signatures = sign_with_development_keys(b"policy");
        let approval = verify(b"policy", &signatures, &anchors).expect("approved");
        assert_eq!(
            approval.to_string(),
            "written by development-author, approved by development-approver (INSECURE: signed \
             with a published development key)"
        );
    }
}
