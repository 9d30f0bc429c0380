//! Guest images and the files that they, and the components, are made of.

use serde::{Deserialize, Serialize};

use crate::FileIndex;

/// A file of the bundle. It is used only if its content has this size and digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File<'a> {
    /// Path relative to the image root, with `/` between its parts.
    pub name: &'a str,
    /// What the compiler recognised it as.
    pub kind: FileKind,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Length of the content in bytes.
    pub size: u64,
}

/// What a file is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FileKind {
    /// A Linux kernel with the boot protocol's header (`HdrS` at 0x202).
    LinuxBzImage,
    /// An ELF kernel with a PVH entry note (`XEN_ELFNOTE_PHYS32_ENTRY`).
    ElfPvh,
    /// A Multiboot 1 kernel (header magic 0x1BADB002 in the first 8 KiB).
    Multiboot1,
    /// A static ELF program for ring 3.
    ElfProgram,
    /// Anything else: an initial RAM disk or a disk.
    Raw,
}

/// What a world starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image<'a> {
    /// The policy's name for it.
    pub name: &'a str,
    /// The kernel file.
    pub kernel: FileIndex,
    /// The initial RAM disk.
    pub initrd: Option<FileIndex>,
    /// The disk.
    pub disk: Option<FileIndex>,
    /// Whether writes to the disk are kept (otherwise each start of a world sees the measured content).
    pub disk_writable: bool,
    /// The kernel's command line, ASCII.
    pub command_line: &'a str,
}
