//! Checks the policy: its officers' signatures first, as bytes; only then what it says.

use cloister_bundle::{DIRECTORY, Role};
use cloister_hardware::console::Topic;
use cloister_hardware::log;
use cloister_policy_format::signature::{self, Approval, Succession, TrustAnchors};
use cloister_policy_format::{Flags, PolicyView, SubjectIndex};

use crate::bundle::Bundle;
use crate::stop;

/// Checks signatures, form, officers and images; returns the policy's version.
pub fn check(bundle: &Bundle<'_>) -> u64 {
    let anchors = match TrustAnchors::decode(bundle.the(Role::TrustAnchors)) {
        Ok(anchors) => anchors,
        Err(error) => stop!("the officers' record: {error}"),
    };
    let bytes = bundle.the(Role::Policy);
    let approval = match signature::verify(bytes, bundle.the(Role::PolicySignature), &anchors) {
        Ok(approval) => approval,
        Err(error) => stop!("{error}"),
    };
    let policy = view(bundle);
    check_officers(&policy, &approval, &anchors);
    check_images(&policy, bundle);

    let system = policy.system();
    log!(
        Topic::Boot,
        "policy \"{}\", version {}, {} worlds, {approval}",
        system.name,
        system.version,
        policy.worlds().len()
    );
    if approval.insecure_development_key() {
        log!(
            Topic::Warning,
            "anybody can sign such a policy: its keys are published, for trying out"
        );
    }
    for (flag, meaning) in [
        (Flags::DEBUG, "the policy says debug: the log leaves the machine on the serial line"),
        (Flags::UNSAFE_DMA, "the policy says unsafe-dma: devices can write all memory"),
    ] {
        if system.flags.contains(flag) {
            log!(Topic::Warning, "{meaning}");
        }
    }
    system.version
}

/// The policy of a bundle whose signatures were verified.
pub fn view(bundle: &Bundle<'_>) -> PolicyView<'static> {
    match PolicyView::decode(bundle.the(Role::Policy)) {
        Ok(policy) => policy,
        Err(error) => stop!("{error}"),
    }
}

/// What the policy calls a subject.
pub fn called<'a>(policy: &PolicyView<'a>, subject: SubjectIndex) -> (&'static str, &'a str) {
    let world = subject.position() < policy.worlds().len();
    let kind = if world { "world" } else { "component" };
    (kind, policy.subject_name(subject).unwrap_or("?"))
}

/// The policy's author signed it, and the officers that it names are those in office or take their
/// office rightly. A policy that names none leaves those in office.
fn check_officers(policy: &PolicyView<'_>, approval: &Approval, anchors: &TrustAnchors) {
    if let Err(error) = approval.check_author(policy) {
        stop!("{error}");
    }
    let named = match TrustAnchors::named_in(policy) {
        Ok(named) => named.unwrap_or_else(|| anchors.clone()),
        Err(error) => stop!("the policy's officers: {error}"),
    };
    match approval.succession(anchors, &named) {
        Ok(Succession::Unchanged) => {}
        Ok(Succession::Changed) => {
            log!(Topic::Boot, "the policy changes the officers: the next image takes their record");
        }
        Err(error) => stop!("{error}"),
    }
}

/// Every image and component that the policy names is in the bundle, with the policy's digest, and
/// the bundle has no other.
fn check_images(policy: &PolicyView<'_>, bundle: &Bundle<'_>) {
    let is_image = |role| matches!(role, Role::GuestImage | Role::Component);
    for file in policy.files().iter() {
        match bundle.files().find(|(entry, _)| is_image(entry.role) && entry.name == file.name) {
            None => stop!("{DIRECTORY}/{}: the policy names it, the bundle lacks it", file.name),
            Some((entry, _)) if entry.sha256.0 != file.sha256 => {
                stop!("{DIRECTORY}/{}: is not the file that the policy approves", file.name)
            }
            Some(_) => {}
        }
    }
    for (entry, _) in bundle.files().filter(|(entry, _)| is_image(entry.role)) {
        if !policy.files().iter().any(|file| file.name == entry.name) {
            stop!("{DIRECTORY}/{}: the policy does not name it", entry.name);
        }
    }
}
