//! Reads the bundle's files from the EFI system partition that this program was started from
//! (UEFI specification 2.10, section 13.5).

use core::ptr::null_mut;

use cloister_bundle::{DIRECTORY, MANIFEST_NAME, MAX_MANIFEST, MAX_NAME, Manifest};
use heapless::Vec;
use uefi_raw::Status;
use uefi_raw::protocol::file_system::{
    FileAttribute, FileMode, FileProtocolV1, SimpleFileSystemProtocol,
};
use uefi_raw::protocol::loaded_image::LoadedImageProtocol;

use super::efi::Firmwares;
use crate::boot_info::BootInfo;
use crate::stop;

/// Bytes that are read in one call; some firmwares fail on very large reads.
const CHUNK: usize = 4 << 20;

/// Reads manifest and files into memory of their own. What is missing or has another size than the
/// manifest says stops the machine with a message that names it; digests are checked later, the
/// same way for every kind of firmware.
pub fn read_bundle(firmwares: &Firmwares<'_>, info: &mut BootInfo) {
    let volume = Directory(volume(firmwares));
    let manifest = volume.open(MANIFEST_NAME);
    let size = manifest.size();
    if size > MAX_MANIFEST as u64 {
        stop!("{DIRECTORY}/{MANIFEST_NAME}: {size} bytes, at most {MAX_MANIFEST} are allowed");
    }
    info.manifest = manifest.read(firmwares, size);
    info.occupy(info.manifest);
    let manifest = match Manifest::parse(info.manifest) {
        Ok(manifest) => manifest,
        Err(error) => stop!("{DIRECTORY}/{MANIFEST_NAME}: {error}"),
    };
    for entry in manifest.files() {
        let file = volume.open(entry.name);
        if let Err(error) = entry.check_size(file.size()) {
            stop!("{DIRECTORY}/{}: {error}", entry.name);
        }
        let content = file.read(firmwares, entry.size);
        info.occupy(content);
        if info.files.push(content).is_err() {
            stop!("{DIRECTORY}/{MANIFEST_NAME}: more files than can be read");
        }
    }
}

fn volume(firmwares: &Firmwares<'_>) -> *mut FileProtocolV1 {
    let volume = firmwares
        .protocol::<LoadedImageProtocol>(Some(firmwares.image), &LoadedImageProtocol::GUID)
        // SAFETY: the firmware keeps this program's description valid.
        .map(|image| unsafe { (*image).device_handle })
        .and_then(|device| firmwares.protocol(Some(device), &SimpleFileSystemProtocol::GUID))
        .and_then(|system: *mut SimpleFileSystemProtocol| {
            let mut root = null_mut();
            // SAFETY: the protocol is valid, the pointer is valid for the call.
            let status = unsafe { ((*system).open_volume)(system, &raw mut root) };
            (status == Status::SUCCESS && !root.is_null()).then_some(root)
        });
    volume.unwrap_or_else(|| stop!("the partition that this program was started from has no files"))
}

/// The root of a volume.
struct Directory(*mut FileProtocolV1);

/// An open file, with its name for messages. It is never closed: the firmware is about to end.
struct File<'a> {
    name: &'a str,
    protocol: *mut FileProtocolV1,
}

impl Directory {
    /// Opens a file of the bundle's directory.
    fn open<'a>(&self, name: &'a str) -> File<'a> {
        let mut path = Vec::<u16, { MAX_NAME + 16 }>::new();
        path.extend(DIRECTORY.encode_utf16());
        path.extend("\\".encode_utf16());
        path.extend(
            name.encode_utf16().map(|c| if c == u16::from(b'/') { u16::from(b'\\') } else { c }),
        );
        path.extend([0]);
        let mut protocol = null_mut();
        // SAFETY: the directory is open, the path ends with zero, the pointers are valid.
        let status = unsafe {
            ((*self.0).open)(
                self.0,
                &raw mut protocol,
                path.as_ptr(),
                FileMode::READ,
                FileAttribute::empty(),
            )
        };
        match status {
            Status::SUCCESS => File { name, protocol },
            Status::NOT_FOUND => stop!("{DIRECTORY}/{name}: missing on the EFI system partition"),
            _ => stop!("{DIRECTORY}/{name}: cannot be opened ({status:?})"),
        }
    }
}

impl File<'_> {
    /// Size in bytes, as the file system says.
    fn size(&self) -> u64 {
        let mut size = 0;
        // SAFETY: the file is open, the pointer is valid. Position `u64::MAX` is the end (UEFI
        // 2.10, section 13.5, SetPosition).
        let statuses = unsafe {
            [
                ((*self.protocol).set_position)(self.protocol, u64::MAX),
                ((*self.protocol).get_position)(self.protocol, &raw mut size),
                ((*self.protocol).set_position)(self.protocol, 0),
            ]
        };
        if statuses.iter().any(|status| *status != Status::SUCCESS) {
            stop!("{DIRECTORY}/{}: its size cannot be read", self.name);
        }
        size
    }

    /// Reads `size` bytes from the beginning.
    fn read(&self, firmwares: &Firmwares<'_>, size: u64) -> &'static [u8] {
        let Some(buffer) = firmwares.allocate(size) else {
            stop!("{DIRECTORY}/{}: no memory for its {size} bytes", self.name);
        };
        let mut filled = 0;
        while filled < buffer.len() {
            let rest = buffer.get_mut(filled..).unwrap_or_default();
            let mut count = rest.len().min(CHUNK);
            // SAFETY: the file is open, the buffer has room for `count` bytes.
            let status = unsafe {
                ((*self.protocol).read)(self.protocol, &raw mut count, rest.as_mut_ptr().cast())
            };
            if status != Status::SUCCESS {
                stop!("{DIRECTORY}/{}: cannot be read at byte {filled} ({status:?})", self.name);
            }
            if count == 0 {
                stop!("{DIRECTORY}/{}: truncated: {filled} bytes of {size} are there", self.name);
            }
            filled = filled.saturating_add(count);
        }
        buffer
    }
}
