//! The decision whether a policy is approved.

use super::{
    Approval, Digest, Officer, Signature, SignatureError, SignatureFile, TrustAnchors,
    approval::Approvers, approval::Successors, digest, message, message::Role,
};

/// Verifies the signatures of a compiled policy against the officers in office.
///
/// The policy is approved when exactly one officer signed as author, at least one other officer
/// signed as approver, and together they are as many as the anchors require. Each officer counts
/// once, and every signature in the file must hold, also those that are not needed. Only where
/// one officer is all there is, that officer alone is enough, and the approval says so.
///
/// # Errors
/// The first reason for refusal, in this order: no signatures; a file of another version, cut
/// off or malformed; a policy that is not the signed one; a signature that does not hold or is
/// by nobody in office; too few officers.
pub fn verify(
    policy: &[u8],
    signatures: &[u8],
    anchors: &TrustAnchors,
) -> Result<Approval, SignatureError> {
    let file = SignatureFile::decode(signatures)?;
    if file.signatures().is_empty() {
        return Err(SignatureError::Unsigned);
    }
    if digest(policy) != *file.digest() {
        return Err(SignatureError::Altered);
    }
    let mut author = None;
    let mut author_approves = false;
    let mut approvers = Approvers::new();
    let mut successors = Successors::new();
    // Ascending by role, the author comes before the approvers.
    for signature in file.signatures() {
        let &Signature { role, key, .. } = signature;
        if role == Role::Successor {
            signature.verify(file.digest())?;
            // As many places as signatures can be.
            let _ = successors.push(key);
            continue;
        }
        let officer = anchors.find(&key).ok_or(SignatureError::UnknownKey { key, role })?;
        signature.verify(file.digest())?;
        match (role, author) {
            (Role::Author, None) => author = Some(officer),
            (Role::Author, Some(first)) => return Err(two_authors(first, officer)),
            (_, Some(author)) if author.key == key => author_approves = true,
            _ => {
                // As many places as officers.
                let _ = approvers.push(officer.clone());
            }
        }
    }
    let author = author.ok_or(SignatureError::NoAuthor)?;
    let signed = 1 + approvers.len() as u8;
    let alone = approvers.is_empty() && !anchors.single_officer();
    if alone && (author_approves || anchors.required() == 1) {
        return Err(SignatureError::AuthorIsSoleApprover(author.name.clone()));
    }
    if signed < anchors.required() {
        let required = anchors.required();
        return Err(SignatureError::TooFew { signed, required });
    }
    Ok(Approval { digest: *file.digest(), author: author.clone(), approvers, successors })
}

impl Signature {
    /// Verifies this one signature strictly: only one encoding of it holds, and no key of small
    /// order. Says nothing about whether the key is an officer's.
    ///
    /// # Errors
    /// [`SignatureError::SignatureWrong`].
    pub fn verify(&self, digest: &Digest) -> Result<(), SignatureError> {
        let &Self { role, key, .. } = self;
        let wrong = SignatureError::SignatureWrong { key, role };
        let point = key.point().ok_or_else(|| wrong.clone())?;
        let signature = ed25519_dalek::Signature::from_bytes(&self.signature);
        point.verify_strict(&message(role, digest), &signature).map_err(|_| wrong)
    }
}

fn two_authors(one: &Officer, other: &Officer) -> SignatureError {
    SignatureError::TwoAuthors(one.name.clone(), other.name.clone())
}

#[cfg(test)]
mod tests;
