//! What goes into the bundle: the policy with its signatures and officers, and the guest images.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use cloister_bundle::Role;
use cloister_policy::signing;

use super::{
    appliance::Request,
    bundle::{Content, Source},
};
use crate::progress::Step;

/// Directory of the images made from Debian's packages, below the image root.
const DEBIAN: &str = "debian";

/// Gathers everything for `request`.
///
/// # Errors
/// If a file is not there or an image cannot be made; the message says which and why.
pub fn of(request: &Request) -> Result<Vec<Source>> {
    let anchors = match &request.anchors {
        Some(path) => Content::File(path.clone()),
        None => Content::Bytes(signing::development_officers()),
    };
    let mut sources =
        vec![Source { name: "anchors".to_owned(), role: Role::TrustAnchors, content: anchors }];
    for (name, path) in debian_images(request)? {
        sources.push(Source {
            name: format!("{DEBIAN}/{name}"),
            role: Role::GuestImage,
            content: Content::File(path),
        });
    }
    Ok(sources)
}

/// The files of the Debian world.
fn debian_images(request: &Request) -> Result<Vec<(&'static str, PathBuf)>> {
    if let Some(root) = &request.images {
        let names = ["vmlinuz", "initrd.img"];
        return Ok(names.map(|name| (name, root.join(DEBIAN).join(name))).into());
    }
    let step = Step::spinner("Making the Debian world");
    let mut report = |progress: cloister_guests::Progress| step.at(&progress.to_string());
    let images = cloister_guests::debian_world(&cloister_guests::default_cache(), &mut report)
        .context("the Debian world's images cannot be made")?;
    Ok(vec![("vmlinuz", images.kernel), ("initrd.img", images.initrd)])
}
