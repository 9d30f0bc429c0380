//! What goes into the bundle: the officers, the compiled policy with its signatures, and the files
//! that it names.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result, bail};
use cloister_bundle::Role;
use cloister_policy::{
    compile::{self, Compiled, Options},
    render::{Style, human},
    signing,
};
use cloister_policy_format::FileKind;

use super::{
    appliance::Request,
    bundle::{Content, Source},
    images::{self, ImageFiles},
};
use crate::workspace;

/// Warnings that go without saying where the development keys sign: that they are in office, and
/// that files are taken as they are found.
const EXPECTED_IN_DEVELOPMENT: [&str; 2] = ["P188", "P228"];

/// Compiles the policy of `request`, and gathers all that belongs to it.
///
/// # Errors
/// If the policy has mistakes (the message is the compiler's), a file is not there or an image
/// cannot be made; the message says which and why.
pub fn of(request: &Request) -> Result<Vec<Source>> {
    let directories = images::directories(request.images.as_deref(), &request.policy);
    let files = ImageFiles::new(directories);
    let policy = compile(request, &files)?;
    let signature = match &request.signature {
        Some(path) => Content::File(path.clone()),
        None => Content::Bytes(signing::sign_with_development_keys(&policy.bytes)),
    };
    let anchors = match &request.anchors {
        Some(path) => Content::File(path.clone()),
        None => Content::Bytes(signing::development_officers()),
    };
    let source = |name: &str, role, content| Source { name: name.to_owned(), role, content };
    let mut sources = vec![
        source("anchors", Role::TrustAnchors, anchors),
        source("policy.bin", Role::Policy, Content::Bytes(policy.bytes)),
        source("policy.sig", Role::PolicySignature, signature),
    ];
    for file in policy.files {
        let role = match file.kind {
            FileKind::ElfProgram => Role::Component,
            _ => Role::GuestImage,
        };
        sources.push(source(&file.name, role, Content::File(files.path(&file.name)?)));
    }
    Ok(sources)
}

/// Compiles the policy. What the compiler has to say goes to standard error.
fn compile(request: &Request, files: &ImageFiles) -> Result<Compiled> {
    let path = &request.policy;
    let name = workspace::shown(path);
    let text = std::fs::read(path).with_context(|| format!("cannot read the policy {name}"))?;
    let allow = match &request.signature {
        Some(_) => Vec::new(),
        None => {
            eprintln!("{name} is signed with the development keys, which protect nothing.");
            EXPECTED_IN_DEVELOPMENT.map(str::to_owned).into()
        }
    };
    let options = Options { files: Some(files), allow: &allow, ..Options::default() };
    let outcome = compile::check(&name, text, &options);
    if let Some(error) = files.failure() {
        bail!("{error}");
    }
    if !outcome.diagnostics.is_empty() {
        let terminal = std::io::stderr().is_terminal();
        let style = if terminal { Style::Colored } else { Style::Plain };
        eprint!("{}", human(&outcome, style));
    }
    compile::compile(&outcome).with_context(|| format!("{name} cannot be used"))
}
