//! What a file is, by its first bytes.

use std::io::{self, Read, SeekFrom};

use cloister_policy_format::FileKind;

use super::ReadSeek;

/// How much of a file is looked at from its start: where Multiboot 1 says its header must be.
const HEAD: u64 = 8192;

/// The most of a note segment that is looked at.
const MOST_NOTES: u64 = 1 << 16;

/// What a file is.
///
/// # Errors
/// When the file cannot be read.
pub fn recognise(file: &mut dyn ReadSeek) -> io::Result<FileKind> {
    let head = read_at(file, 0, HEAD)?;
    // Linux/x86 boot protocol: 0xaa55 at 0x1fe, "HdrS" at 0x202.
    if head.get(0x1fe..0x200) == Some(&[0x55, 0xaa]) && head.get(0x202..0x206) == Some(b"HdrS") {
        return Ok(FileKind::LinuxBzImage);
    }
    let elf = head.starts_with(b"\x7fELF");
    if elf && has_pvh_note(file, &head)? {
        return Ok(FileKind::ElfPvh);
    }
    if is_multiboot(&head) {
        return Ok(FileKind::Multiboot1);
    }
    // ELF-64, little-endian, EM_X86_64.
    let program = elf && head.get(4..6) == Some(&[2, 1]) && number(&head, 18, 2) == Some(62);
    Ok(if program { FileKind::ElfProgram } else { FileKind::Raw })
}

fn read_at(file: &mut dyn ReadSeek, offset: u64, most: u64) -> io::Result<Vec<u8>> {
    if i64::try_from(offset).is_err() {
        // No file is that long, and some systems refuse to look.
        return Ok(Vec::new());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A little-endian number of at most eight bytes.
fn number(bytes: &[u8], offset: u64, length: usize) -> Option<u64> {
    let start = usize::try_from(offset).ok()?;
    let field = bytes.get(start..start.checked_add(length)?)?;
    Some(field.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Multiboot specification 0.6.96, section 3.1.1: magic, flags and a checksum that makes zero.
fn is_multiboot(head: &[u8]) -> bool {
    head.chunks_exact(4).zip(head.chunks_exact(4).skip(1)).zip(head.chunks_exact(4).skip(2)).any(
        |((magic, flags), checksum)| {
            let value = |bytes: &[u8]| number(bytes, 0, 4).unwrap_or(0) as u32;
            value(magic) == 0x1bad_b002
                && value(magic).wrapping_add(value(flags)).wrapping_add(value(checksum)) == 0
        },
    )
}

/// Whether an ELF file has the note that gives Xen's PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`, 18).
fn has_pvh_note(file: &mut dyn ReadSeek, head: &[u8]) -> io::Result<bool> {
    let wide = head.get(4) == Some(&2);
    let field = |narrow: (u64, usize), wide_field: (u64, usize)| {
        let (offset, length) = if wide { wide_field } else { narrow };
        number(head, offset, length)
    };
    let table =
        (|| Some((field((28, 4), (32, 8))?, field((42, 2), (54, 2))?, field((44, 2), (56, 2))?)))();
    let Some((start, entry_size, entries)) = table else { return Ok(false) };
    let length = (entry_size * entries).min(MOST_NOTES);
    let headers = read_at(file, start, length)?;
    for entry in headers.chunks_exact(usize::try_from(entry_size.max(32)).unwrap_or(32)) {
        const NOTE: u64 = 4;
        if number(entry, 0, 4) != Some(NOTE) {
            continue;
        }
        let (offset, size) = if wide { ((8, 8), (32, 8)) } else { ((4, 4), (16, 4)) };
        let place = number(entry, offset.0, offset.1).zip(number(entry, size.0, size.1));
        let Some((offset, size)) = place else { continue };
        let notes = read_at(file, offset, size.min(MOST_NOTES))?;
        if notes_have_pvh(&notes) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn notes_have_pvh(notes: &[u8]) -> bool {
    const PHYS32_ENTRY: u64 = 18;
    let mut at = 0u64;
    while let (Some(name), Some(content), Some(kind)) =
        (number(notes, at, 4), number(notes, at + 4, 4), number(notes, at + 8, 4))
    {
        let name_at = at + 12;
        let named = usize::try_from(name_at)
            .ok()
            .and_then(|start| notes.get(start..start + 4))
            .is_some_and(|name| name == b"Xen\0");
        if name == 4 && named && kind == PHYS32_ENTRY {
            return true;
        }
        at = name_at + name.next_multiple_of(4) + content.next_multiple_of(4);
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn kind(bytes: Vec<u8>) -> FileKind {
        recognise(&mut Cursor::new(bytes)).unwrap()
    }

    fn elf(note: Option<(&[u8; 4], u32)>) -> Vec<u8> {
        let mut bytes = vec![0; 256];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18] = 62;
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = 1;
        if let Some((name, kind)) = note {
            bytes[64] = 4;
            bytes[72] = 128;
            bytes[96] = 20;
            bytes[128] = 4;
            bytes[132] = 4;
            bytes[136..140].copy_from_slice(&kind.to_le_bytes());
            bytes[140..144].copy_from_slice(name);
        }
        bytes
    }

    #[test]
    fn kinds_are_told_by_their_magic() {
        let mut linux = vec![0; 0x210];
        linux[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
        linux[0x202..0x206].copy_from_slice(b"HdrS");
        assert_eq!(kind(linux), FileKind::LinuxBzImage);
        assert_eq!(kind(elf(Some((b"Xen\0", 18)))), FileKind::ElfPvh);
        assert_eq!(kind(elf(Some((b"GNU\0", 18)))), FileKind::ElfProgram);
        assert_eq!(kind(elf(None)), FileKind::ElfProgram);
        let mut multiboot = vec![0; 64];
        multiboot[32..36].copy_from_slice(&0x1bad_b002u32.to_le_bytes());
        multiboot[40..44].copy_from_slice(&0x1bad_b002u32.wrapping_neg().to_le_bytes());
        assert_eq!(kind(multiboot), FileKind::Multiboot1);
        assert_eq!(kind(Vec::new()), FileKind::Raw);
        assert_eq!(kind(b"070701".to_vec()), FileKind::Raw);
    }

    #[test]
    fn no_header_makes_it_fail() {
        for byte in 0..256usize {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = elf(Some((b"Xen\0", 18)));
                bytes[byte] = value;
                kind(bytes);
            }
        }
    }
}
