//! The disk image: GPT (UEFI 2.10 section 5.3) with one EFI system partition (section 13.3), FAT32.
//!
//! The image depends on the content alone: identifiers are derived from its digest, and every time
//! stamp is the same.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Write as _},
    ops::Range,
    path::Path,
};

use anyhow::{Context as _, Result};
use cloister_bundle::{DIRECTORY, Digest, MANIFEST_NAME};
use fatfs::{Dir, FatType, FileSystem, FormatVolumeOptions, FsOptions};
use fscommon::StreamSlice;
use gpt::{GptConfig, disk::LogicalBlockSize, mbr::ProtectiveMBR, partition::Partition};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::bundle::Bundle;
use crate::progress::Step;

/// Path of the boot program on the system partition (UEFI 2.10 section 3.5.1.1).
pub const BOOT_PROGRAM: &str = "EFI/BOOT/BOOTX64.EFI";

const SECTOR: u64 = 512;
/// Where the partition begins: what partitioning tools align to.
const PARTITION_START: u64 = 1 << 20;
/// What the backup of the partition table takes at the end of the disk: 33 sectors, rounded up.
const BACKUP_TABLE: u64 = 1 << 20;
/// A volume with fewer clusters than this is not FAT32 (Microsoft FAT specification 1.03).
const MINIMUM_CLUSTERS: u64 = 65_525;
/// Space beyond the files, in clusters: directories, and a reserve.
const SPARE_CLUSTERS: u64 = 1024;
/// What a directory entry with a long name takes at most, in bytes.
const DIRECTORY_ENTRY: u64 = 21 * 32;

/// Writes a disk image with `boot_program` (an EFI application) and `bundle` to `path`. Returns its
/// size in bytes.
///
/// # Errors
/// If reading or writing fails; the message names the file.
pub fn write(path: &Path, boot_program: &[u8], bundle: &Bundle) -> Result<u64> {
    let content = content_digest(boot_program, bundle);
    let geometry = Geometry::of(boot_program, bundle);
    super::write_whole(path, |file| {
        file.set_len(geometry.disk_size())?;
        write_partition_table(file, &geometry, &content).context("cannot write the partitions")?;
        let partition = geometry.partition();
        let volume = StreamSlice::new(&mut *file, partition.start, partition.end)?;
        write_volume(volume, &geometry, &content, boot_program, bundle)
            .context("cannot write the EFI system partition")
    })?;
    Ok(geometry.disk_size())
}

/// Digest of a file.
///
/// # Errors
/// If the file cannot be read; the message names it.
pub fn digest(path: &Path) -> Result<Digest> {
    let context = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(context)?;
    let step = Step::bytes("Measuring the image", file.metadata().with_context(context)?.len());
    let mut hash = Sha256::new();
    let mut reader = BufReader::with_capacity(1 << 20, file);
    loop {
        let chunk = io::BufRead::fill_buf(&mut reader).with_context(context)?;
        if chunk.is_empty() {
            return Ok(Digest(hash.finalize().into()));
        }
        hash.update(chunk);
        let count = chunk.len();
        step.advance(count as u64);
        io::BufRead::consume(&mut reader, count);
    }
}

/// Sizes of the image's parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Geometry {
    /// Bytes of a cluster.
    cluster: u64,
    /// Bytes of the volume.
    volume: u64,
}

impl Geometry {
    fn of(boot_program: &[u8], bundle: &Bundle) -> Self {
        let files = bundle.files.iter().map(|file| file.size);
        let sizes: Vec<u64> =
            files.chain([boot_program.len() as u64, bundle.manifest.len() as u64]).collect();
        Self::for_sizes(&sizes)
    }

    /// The largest clusters with which the volume is FAT32 without being larger than it must.
    fn for_sizes(sizes: &[u64]) -> Self {
        let clusters_needed = |cluster: u64| {
            let directories = (sizes.len() as u64 * DIRECTORY_ENTRY).div_ceil(cluster);
            sizes.iter().map(|size| size.div_ceil(cluster)).sum::<u64>()
                + directories
                + SPARE_CLUSTERS
        };
        let cluster = [4096, 2048, 1024]
            .into_iter()
            .find(|cluster| clusters_needed(*cluster) > MINIMUM_CLUSTERS)
            .unwrap_or(SECTOR);
        let clusters = clusters_needed(cluster).max(MINIMUM_CLUSTERS + SPARE_CLUSTERS);
        // Two tables of four bytes a cluster, and the reserved sectors before them.
        let tables = 2 * (4 * clusters).next_multiple_of(SECTOR) + 64 * SECTOR;
        let volume = (clusters * cluster + tables).next_multiple_of(1 << 20);
        Self { cluster, volume }
    }

    fn partition(&self) -> Range<u64> {
        PARTITION_START..PARTITION_START + self.volume
    }

    fn disk_size(&self) -> u64 {
        self.partition().end + BACKUP_TABLE
    }
}

/// What all identifiers of the image are derived from.
fn content_digest(boot_program: &[u8], bundle: &Bundle) -> Digest {
    let mut hash = Sha256::new_with_prefix("cloister disk image, content");
    hash.update(Digest::of(boot_program).0);
    hash.update(Digest::of(&bundle.manifest).0);
    Digest(hash.finalize().into())
}

/// An identifier for one use, as RFC 9562 version 8.
fn identifier(content: &Digest, purpose: &str) -> Uuid {
    let mut hash = Sha256::new_with_prefix("cloister disk image, identifier of ");
    hash.update(purpose);
    hash.update(content.0);
    let bytes: [u8; 32] = hash.finalize().into();
    let mut identifier = [0; 16];
    identifier.copy_from_slice(&bytes[..16]);
    uuid::Builder::from_custom_bytes(identifier).into_uuid()
}

fn write_partition_table(file: &mut File, geometry: &Geometry, content: &Digest) -> Result<()> {
    let sectors = u32::try_from(geometry.disk_size() / SECTOR - 1).unwrap_or(u32::MAX);
    ProtectiveMBR::with_lb_size(sectors).overwrite_lba0(file)?;
    let mut disk = GptConfig::new()
        .writable(true)
        .logical_block_size(LogicalBlockSize::Lb512)
        .create_from_device(file, Some(identifier(content, "disk")))?;
    let partition = geometry.partition();
    disk.update_partitions(BTreeMap::from([(
        1,
        Partition {
            part_type_guid: gpt::partition_types::EFI,
            part_guid: identifier(content, "partition"),
            first_lba: partition.start / SECTOR,
            last_lba: partition.end / SECTOR - 1,
            flags: 0,
            name: "Cloister".to_owned(),
        },
    )]))?;
    disk.write()?;
    Ok(())
}

type Volume<'a> = StreamSlice<&'a mut File>;

fn write_volume(
    mut volume: Volume<'_>,
    geometry: &Geometry,
    content: &Digest,
    boot_program: &[u8],
    bundle: &Bundle,
) -> Result<()> {
    let [a, b, c, d, ..] = *identifier(content, "volume").as_bytes();
    let options = FormatVolumeOptions::new()
        .fat_type(FatType::Fat32)
        .bytes_per_cluster(u32::try_from(geometry.cluster)?)
        .volume_id(u32::from_le_bytes([a, b, c, d]))
        .volume_label(*b"CLOISTER   ");
    fatfs::format_volume(&mut volume, options)?;
    let options = FsOptions::new().time_provider(&FixedTime).update_accessed_date(false);
    let volume = FileSystem::new(volume, options)?;
    let root = volume.root_dir();
    let total = boot_program.len() as u64 + bundle.size();
    let step = Step::bytes("Writing the image", total);

    create_file(&root, BOOT_PROGRAM)?.write_all(boot_program)?;
    step.advance(boot_program.len() as u64);
    create_file(&root, &format!("{DIRECTORY}/{MANIFEST_NAME}"))?.write_all(&bundle.manifest)?;
    for file in &bundle.files {
        step.at(&file.name);
        let mut output = create_file(&root, &format!("{DIRECTORY}/{}", file.name))?;
        file.copy(&mut output, &step)?;
        output.flush()?;
    }
    drop(root);
    volume.unmount()?;
    Ok(())
}

/// Makes a file, and the directories that lead to it.
fn create_file<'a, 'b>(
    root: &Dir<'a, Volume<'b>>,
    path: &str,
) -> io::Result<fatfs::File<'a, Volume<'b>>> {
    let mut directory = root.clone();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return directory.create_file(part);
        }
        directory = directory.create_dir(part)?;
    }
    Err(io::Error::from(io::ErrorKind::InvalidInput))
}

/// The time of every file: 1 January 2026, the base of deterministic runs.
#[derive(Debug)]
struct FixedTime;

impl fatfs::TimeProvider for FixedTime {
    fn get_current_date(&self) -> fatfs::Date {
        fatfs::Date { year: 2026, month: 1, day: 1 }
    }

    fn get_current_date_time(&self) -> fatfs::DateTime {
        fatfs::DateTime {
            date: self.get_current_date(),
            time: fatfs::Time { hour: 0, min: 0, sec: 0, millis: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use cloister_bundle::Role;

    use super::super::bundle::{Content, Source};
    use super::*;

    fn bundle(image: &[u8]) -> Bundle {
        let source = |name: &str, role, bytes: &[u8]| Source {
            name: name.to_owned(),
            role,
            content: Content::Bytes(bytes.to_vec()),
        };
        Bundle::new(vec![
            source("policy.bin", Role::Policy, b"policy"),
            source("debian/desktop.initrd", Role::GuestImage, image),
        ])
        .unwrap()
    }

    #[test]
    fn two_builds_of_the_same_content_are_byte_for_byte_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name| {
            let path = directory.path().join(name);
            write(&path, &[0x90; 10_000], &bundle(&[3; 100_000])).unwrap();
            std::fs::read(path).unwrap()
        };
        let first = write("first");
        // FAT time stamps count in steps of two seconds.
        std::thread::sleep(std::time::Duration::from_millis(2100));
        let second = write("second");
        assert!(first == second, "the images differ");
    }

    #[test]
    fn other_content_gives_other_identifiers() {
        let digest = |image: &[u8]| content_digest(b"program", &bundle(image));
        assert_ne!(identifier(&digest(b"1"), "disk"), identifier(&digest(b"2"), "disk"));
        assert_ne!(identifier(&digest(b"1"), "disk"), identifier(&digest(b"1"), "partition"));
    }

    #[test]
    fn files_lie_on_a_fat32_system_partition_where_firmware_looks() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        let bundle = bundle(&[3; 100_000]);
        write(&path, b"program", &bundle).unwrap();

        let disk = GptConfig::new().open(&path).unwrap();
        let partition = disk.partitions()[&1].clone();
        assert_eq!(partition.part_type_guid, gpt::partition_types::EFI);
        let range = partition.first_lba * SECTOR..(partition.last_lba + 1) * SECTOR;
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let volume = StreamSlice::new(file, range.start, range.end).unwrap();
        let volume = FileSystem::new(volume, FsOptions::new()).unwrap();
        assert_eq!(volume.fat_type(), FatType::Fat32);
        let read = |path: &str| {
            let mut bytes = Vec::new();
            volume.root_dir().open_file(path).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(read("EFI/BOOT/BOOTX64.EFI"), b"program");
        assert_eq!(read("cloister/manifest"), bundle.manifest);
        assert_eq!(read("cloister/policy.bin"), b"policy");
        assert_eq!(read("cloister/debian/desktop.initrd"), [3; 100_000]);
    }

    #[test]
    fn every_size_gives_a_volume_that_is_fat32_and_has_room() {
        for megabytes in [0, 1, 30, 31, 32, 60, 64, 127, 200, 255, 300, 3000] {
            let content = megabytes << 20;
            let Geometry { cluster, volume } = Geometry::for_sizes(&[content, 100]);
            let clusters = (volume - 64 * SECTOR) / (cluster + 8);
            assert!(clusters >= MINIMUM_CLUSTERS, "{megabytes} MiB: {clusters} clusters");
            assert!(clusters * cluster >= content + 100, "{megabytes} MiB: no room");
            assert!(volume < content + content / 50 + (40 << 20), "{megabytes} MiB: {volume}");
        }
    }
}
