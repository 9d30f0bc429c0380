//! Rules of images and programs: the files are there and are what the policy says.

use std::collections::HashMap;

use cloister_policy_format::FileKind;

use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    footprint::round,
    model::{FileProblem, FileReference, Policy},
    reader::show_size,
};

/// A file that is not there.
pub static MISSING: Check = Check::error(
    "P180",
    "file-missing",
    "Every file of an image, component or monitor can be read below the image root.",
    missing,
);
/// A file with other content.
pub static DIGEST: Check = Check::error(
    "P181",
    "digest-mismatch",
    "Every file has the digest that the policy gives.",
    digest,
);
/// A kernel that cannot be started.
pub static KERNEL_KIND: Check = Check::error(
    "P182",
    "kernel-kind",
    "A kernel is a Linux bzImage, an ELF file with a PVH entry, or a Multiboot 1 file.",
    kernel_kind,
);
/// A program that cannot be started.
pub static PROGRAM_KIND: Check = Check::error(
    "P183",
    "program-kind",
    "The program of a component or monitor is an ELF file for x86-64.",
    program_kind,
);
/// An image that does not fit.
pub static TOO_LARGE: Check = Check::error(
    "P184",
    "image-memory",
    "Kernel and initial RAM disk fit into half of the world's memory.",
    too_large,
);
/// A command line that is too long.
pub static COMMAND_LENGTH: Check = Check::error(
    "P185",
    "command-line-length",
    "A kernel's command line is at most 2047 bytes long, as Linux reads no more.",
    command_length,
);
/// A command line that is not ASCII.
pub static COMMAND_ASCII: Check = Check::error(
    "P186",
    "command-line-ascii",
    "A kernel's command line is printable ASCII.",
    command_ascii,
);
/// A file with two digests.
pub static TWO_DIGESTS: Check = Check::error(
    "P187",
    "two-digests",
    "A file that is named several times is given one digest.",
    two_digests,
);
/// A file without a digest.
pub static UNPINNED: Check = Check::warning(
    "P188",
    "unpinned-file",
    "Every file is given its digest, so that the policy says which content is meant.",
    unpinned,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &MISSING,
    &DIGEST,
    &KERNEL_KIND,
    &PROGRAM_KIND,
    &TOO_LARGE,
    &COMMAND_LENGTH,
    &COMMAND_ASCII,
    &TWO_DIGESTS,
    &UNPINNED,
];

/// All files that a policy names.
pub fn files(policy: &Policy) -> impl Iterator<Item = &FileReference> {
    let images = policy
        .images
        .iter()
        .flat_map(|image| [&image.kernel, &image.initrd, &image.disk].into_iter().flatten());
    let programs = policy.components.iter().filter_map(|component| component.program.as_ref());
    images.chain(programs).chain(&policy.system.monitor)
}

fn missing(context: &Context<'_>, findings: &mut Findings) {
    for file in files(context.policy) {
        let Some(problem) = &file.problem else { continue };
        let name = quote(&file.file.value);
        let (message, help) = match problem {
            FileProblem::Absent => (
                format!("there is no file {name}"),
                "put it below the image root (`--images DIRECTORY`), or check without files (`--no-images`)",
            ),
            FileProblem::Unreadable(reason) => {
                (format!("file {name} cannot be read: {reason}"), "make it a readable file")
            }
        };
        findings.push(Diagnostic::new(&MISSING, file.file.span, message).help(help));
    }
}

fn digest(context: &Context<'_>, findings: &mut Findings) {
    let mut first = HashMap::new();
    for file in files(context.policy) {
        let (Some(wanted), Some(found)) = (file.sha256, file.found) else { continue };
        // Of two digests for one file at most one is right, which is another check's business.
        let agrees = *first.entry(file.file.value.as_str()).or_insert(wanted.value) == wanted.value;
        if wanted.value != found.sha256 && agrees {
            findings.push(
                Diagnostic::new(
                    &DIGEST,
                    wanted.span,
                    format!("file {} has another content than the policy says", quote(&file.file.value)),
                )
                .label(format!("found {}", hex::encode(found.sha256)))
                .help("find out why: if the new content is meant and was examined, write its digest here"),
            );
        }
    }
}

fn kernel_kind(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.policy.images {
        let Some(kernel) = &image.kernel else { continue };
        let Some(found) = kernel.found else { continue };
        let startable =
            matches!(found.kind, FileKind::LinuxBzImage | FileKind::ElfPvh | FileKind::Multiboot1);
        if !startable {
            findings.push(
                Diagnostic::new(
                    &KERNEL_KIND,
                    kernel.file.span,
                    format!(
                        "{} is not a kernel that a world can start",
                        quote(&kernel.file.value)
                    ),
                )
                .help("name a bzImage (Debian's `vmlinuz`), an ELF kernel with a PVH note, or a Multiboot 1 kernel"),
            );
        }
    }
}

fn program_kind(context: &Context<'_>, findings: &mut Findings) {
    let programs = context.policy.components.iter().filter_map(|it| it.program.as_ref());
    for program in programs.chain(&context.policy.system.monitor) {
        let elf = |kind| matches!(kind, FileKind::ElfProgram | FileKind::ElfPvh);
        if program.found.is_some_and(|found| !elf(found.kind)) {
            findings.push(
                Diagnostic::new(
                    &PROGRAM_KIND,
                    program.file.span,
                    format!(
                        "{} is not a program for a component or monitor",
                        quote(&program.file.value)
                    ),
                )
                .help("name a static ELF file for x86-64"),
            );
        }
    }
}

fn too_large(context: &Context<'_>, findings: &mut Findings) {
    for world in &context.policy.worlds {
        let Some(reference) = &world.image else { continue };
        let Some(image) = reference.target.map(|index| &context.policy.images[index.position()])
        else {
            continue;
        };
        let size = |file: &Option<FileReference>| {
            file.as_ref().and_then(|file| file.found).map_or(0, |found| found.size)
        };
        let needed = size(&image.kernel).saturating_add(size(&image.initrd));
        if let Some(memory) = world.memory.filter(|memory| needed > memory.value / 2) {
            findings.push(
                Diagnostic::new(
                    &TOO_LARGE,
                    memory.span,
                    format!(
                        "world {} has {} for an image of {}",
                        quote(&world.name.value),
                        show_size(memory.value),
                        round(needed)
                    ),
                )
                .also(image.name.span, "the image")
                .help("give the world at least twice what kernel and initial RAM disk take"),
            );
        }
    }
}

fn command_length(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.policy.images {
        let Some(line) = &image.command_line else { continue };
        if line.value.len() > 2047 {
            findings.push(
                Diagnostic::new(
                    &COMMAND_LENGTH,
                    line.span,
                    format!(
                        "the command line of image {} is {} bytes long",
                        quote(&image.name.value),
                        line.value.len()
                    ),
                )
                .help("shorten it to 2047 bytes"),
            );
        }
    }
}

fn command_ascii(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.policy.images {
        let Some(line) = &image.command_line else { continue };
        if let Some(wrong) = line.value.chars().find(|it| !(' '..='~').contains(it)) {
            findings.push(
                Diagnostic::new(
                    &COMMAND_ASCII,
                    line.span,
                    format!(
                        "the command line of image {} holds the character {}",
                        quote(&image.name.value),
                        quote(&wrong.to_string())
                    ),
                )
                .help("use letters, digits and signs of ASCII only"),
            );
        }
    }
}

fn two_digests(context: &Context<'_>, findings: &mut Findings) {
    let mut first = HashMap::new();
    for file in files(context.policy) {
        let Some(digest) = file.sha256 else { continue };
        let earlier = *first.entry(file.file.value.as_str()).or_insert(digest);
        if earlier.value != digest.value {
            findings.push(
                Diagnostic::new(
                    &TWO_DIGESTS,
                    digest.span.max(earlier.span),
                    format!("file {} is given two digests", quote(&file.file.value)),
                )
                .also(digest.span.min(earlier.span), "the other")
                .help("keep the digest of the content that was examined"),
            );
        }
    }
}

fn unpinned(context: &Context<'_>, findings: &mut Findings) {
    let system = &context.policy.system;
    // A default that nobody has looked at yet may not be there at all.
    let unseen =
        system.monitor.as_ref().filter(|it| system.monitor_by_default && it.found.is_none());
    let meant = |file: &&FileReference| !unseen.is_some_and(|it| std::ptr::eq(it, *file));
    for file in files(context.policy).filter(meant) {
        if file.sha256.is_none() {
            let help = match file.found {
                Some(found) => format!(
                    "add `sha256 = \"{}\"`, the digest of the file found now",
                    hex::encode(found.sha256)
                ),
                None => {
                    "add `sha256` with what `sha256sum` prints for the examined file".to_owned()
                }
            };
            findings.push(
                Diagnostic::new(
                    &UNPINNED,
                    file.file.span,
                    format!("file {} is taken as it is found", quote(&file.file.value)),
                )
                .help(help),
            );
        }
    }
}
