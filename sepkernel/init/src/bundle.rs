//! Checks the bundle: nothing of it is used whose size or digest is not the manifest's, no policy
//! that its officers have not approved, no image that the policy does not name.

use cloister_bundle::{DIRECTORY, Digest, Entry, MANIFEST_NAME, Manifest, Role};
use cloister_evidence::log::Extension;
use cloister_hardware::console::Topic;
use cloister_hardware::log;

use crate::boot_info::BootInfo;
use crate::{measure, policy, stop};

/// The bundle's files with their content; all are what the manifest says.
pub struct Bundle<'a> {
    manifest: Manifest<'a>,
    contents: &'a [&'static [u8]],
}

/// Checks everything and measures it, event by event by `extend`; returns the version of the policy.
/// Stops at the first that is wrong.
pub fn check(info: &BootInfo, extend: impl FnMut(&Extension<'_>)) -> u64 {
    let bundle = Bundle::open(info);
    let digest = Digest::of(info.manifest);
    log!(Topic::Boot, "bundle of {} files, manifest SHA-256 {digest}", bundle.manifest.len());
    for (entry, content) in bundle.files() {
        if let Err(error) = entry.check(content) {
            stop!("{DIRECTORY}/{}: {error}", entry.name);
        }
        let Entry { name, role, size, sha256 } = entry;
        log!(Topic::Boot, "{role} {name}, {size} bytes, SHA-256 {sha256}");
    }
    let version = policy::check(&bundle);
    measure::image(&bundle, digest, extend);
    version
}

impl<'a> Bundle<'a> {
    /// The bundle that an entry found.
    pub fn open(info: &'a BootInfo) -> Self {
        match Manifest::parse(info.manifest) {
            Ok(manifest) => Self { manifest, contents: &info.files },
            Err(error) => stop!("{DIRECTORY}/{MANIFEST_NAME}: {error}"),
        }
    }

    /// The content of the image or component with this name.
    pub fn content(&self, name: &str) -> Option<&'static [u8]> {
        let named = |(entry, _): &(Entry<'_>, _)| {
            entry.name == name && matches!(entry.role, Role::Component | Role::GuestImage)
        };
        self.files().find(named).map(|(_, content)| content)
    }

    /// All files with what is there of them.
    pub fn files(&self) -> impl Iterator<Item = (Entry<'a>, &'static [u8])> + use<'a> {
        self.manifest.files().zip(self.contents.iter().copied())
    }

    /// The content of the only file with `role`; stops if there is none or more than one.
    pub fn the(&self, role: Role) -> &'static [u8] {
        let mut found = self.files().filter(|(entry, _)| entry.role == role);
        match (found.next(), found.next()) {
            (Some((_, content)), None) => content,
            (None, _) => stop!("{DIRECTORY}/{MANIFEST_NAME}: names no {role}"),
            (Some(_), Some(_)) => stop!("{DIRECTORY}/{MANIFEST_NAME}: names more than one {role}"),
        }
    }
}
