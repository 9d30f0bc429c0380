//! Damages files on the EFI system partition of a disk image.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use fatfs::{FileSystem, FsOptions};
use fscommon::StreamSlice;

const SECTOR: u64 = 512;

/// What happens to a file.
#[derive(Clone, Copy, Debug)]
pub enum Damage {
    /// It is not there.
    Removed,
    /// Its last byte is not there.
    Truncated,
    /// One bit in its middle is another.
    Corrupted,
}

/// Copies the disk image `from` to `to`, with a file on its system partition damaged.
///
/// # Panics
/// If the image cannot be copied, or has no such file.
pub fn damage(from: &Path, to: &Path, name: &str, damage: Damage) {
    std::fs::copy(from, to).expect("a copy");
    let disk = gpt::GptConfig::new().open(to).expect("a partition table");
    let partition = &disk.partitions()[&1];
    let range = partition.first_lba * SECTOR..(partition.last_lba + 1) * SECTOR;
    let file = File::options().read(true).write(true).open(to).expect("the copy");
    let volume = StreamSlice::new(file, range.start, range.end).expect("the partition");
    let volume = FileSystem::new(volume, FsOptions::new()).expect("a FAT volume");
    let root = volume.root_dir();
    match damage {
        Damage::Removed => root.remove(name).expect("the file is there"),
        Damage::Truncated => {
            let mut file = root.open_file(name).expect("the file is there");
            file.seek(SeekFrom::End(-1)).expect("it is not empty");
            file.truncate().expect("it can be cut");
        }
        Damage::Corrupted => {
            let mut file = root.open_file(name).expect("the file is there");
            let middle = file.seek(SeekFrom::End(0)).expect("a size") / 2;
            let mut byte = [0];
            file.seek(SeekFrom::Start(middle)).expect("a place");
            file.read_exact(&mut byte).expect("a byte");
            file.seek(SeekFrom::Start(middle)).expect("a place");
            file.write_all(&[byte[0] ^ 1]).expect("a byte");
        }
    }
    drop(root);
    volume.unmount().expect("the volume is whole");
}
