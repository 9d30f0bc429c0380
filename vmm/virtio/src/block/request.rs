//! One request (virtio 1.2, section 5.2.6): a header to read, data to read or to write, and last a
//! byte for the status.

use cloister_device::{GuestMemory, Width};

use super::{Block, Disk, DiskError, Run, SECTOR, device::REQUEST_SIZE};
use crate::{
    bytes::load,
    queue::{Chain, Cursor, Malformed},
};

const READ: u64 = 0;
const WRITE: u64 = 1;
const FLUSH: u64 = 4;
const GET_ID: u64 = 8;
const HEADER: usize = 16;

const OK: u8 = 0;
const FAILED: u8 = 1;
const UNSUPPORTED: u8 = 2;

/// Why a request was not carried out.
enum Failure {
    /// The guest broke the rules: the device stops.
    Malformed(Malformed),
    /// The request ends with this status.
    Status(u8),
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<DiskError> for Failure {
    fn from(_: DiskError) -> Self {
        Self::Status(FAILED)
    }
}

/// Carries out a request, and returns how many bytes from the beginning of its writable buffers
/// were written.
pub(super) fn serve<D: Disk, M: GuestMemory + ?Sized>(
    block: &mut Block<D>,
    chain: &Chain,
    memory: &M,
) -> Result<u32, Malformed> {
    // Without a byte for the status there is no way to answer.
    let data_length = chain.writable_length().checked_sub(1).ok_or(Malformed::Room)?;
    let mut data = chain.writable();
    data.limit(data_length);
    let status = match carry_out(block, chain.readable(), &mut data, memory) {
        Ok(()) => OK,
        Err(Failure::Status(status)) => status,
        Err(Failure::Malformed(malformed)) => return Err(malformed),
    };
    let written = data_length - data.remaining();
    let mut last = chain.writable();
    last.skip(data_length);
    last.write(memory, &[status])?;
    Ok(if written == data_length { written + 1 } else { written })
}

fn carry_out<D: Disk, M: GuestMemory + ?Sized>(
    block: &mut Block<D>,
    mut readable: Cursor<'_>,
    writable: &mut Cursor<'_>,
    memory: &M,
) -> Result<(), Failure> {
    let mut header = [0; HEADER];
    if readable.read(memory, &mut header)? < HEADER {
        return Err(Malformed::Room.into());
    }
    let kind = load(&header, 0, Width::Four).unwrap_or(u64::MAX);
    let sector = load(&header, 8, Width::Eight).unwrap_or(u64::MAX);
    match kind {
        READ => read(&block.disk, place(sector, writable)?, writable, memory),
        WRITE => write(&mut block.disk, place(sector, &readable)?, &mut readable, memory),
        FLUSH => Ok(block.disk.flush()?),
        GET_ID => {
            writable.write(memory, &block.serial)?;
            Ok(())
        }
        _ => Err(Failure::Status(UNSUPPORTED)),
    }
}

/// The offset on the disk of a sector, if the data is of whole sectors and not more than a request
/// may have.
fn place(sector: u64, data: &Cursor<'_>) -> Result<u64, Failure> {
    let length = data.remaining();
    if length > REQUEST_SIZE || !u64::from(length).is_multiple_of(SECTOR) {
        return Err(Failure::Status(FAILED));
    }
    sector.checked_mul(SECTOR).ok_or(Failure::Status(FAILED))
}

fn read<D: Disk, M: GuestMemory + ?Sized>(
    disk: &D,
    mut offset: u64,
    data: &mut Cursor<'_>,
    memory: &M,
) -> Result<(), Failure> {
    in_range(disk, offset, data)?;
    while let Some(segment) = data.clone().take(u32::MAX) {
        let run = disk.read(offset, segment.length.into())?;
        let length = match run {
            Run::Bytes(bytes) => {
                memory.write(segment.address, bytes).map_err(Malformed::from)?;
                bytes.len() as u64
            }
            Run::Zeros(length) => {
                memory.zero(segment.address, length).map_err(Malformed::from)?;
                length
            }
        };
        pass(&mut offset, length, data)?;
    }
    Ok(())
}

fn write<D: Disk, M: GuestMemory + ?Sized>(
    disk: &mut D,
    mut offset: u64,
    data: &mut Cursor<'_>,
    memory: &M,
) -> Result<(), Failure> {
    if disk.is_read_only() {
        return Err(Failure::Status(FAILED));
    }
    in_range(disk, offset, data)?;
    while let Some(segment) = data.clone().take(u32::MAX) {
        let run = disk.write(offset, segment.length.into())?;
        let length = run.len() as u64;
        if memory.read(segment.address, run).is_err() {
            // What the run held before is nobody's to read.
            run.fill(0);
            return Err(Malformed::Address.into());
        }
        pass(&mut offset, length, data)?;
    }
    Ok(())
}

/// Refuses a request that runs out of the disk before anything of it is done.
fn in_range<D: Disk>(disk: &D, offset: u64, data: &Cursor<'_>) -> Result<(), DiskError> {
    match offset.checked_add(data.remaining().into()) {
        Some(end) if end <= disk.size() => Ok(()),
        _ => Err(DiskError::Range),
    }
}

/// Goes past a run. A disk that gives nothing, or more than it was asked for, is broken.
fn pass(offset: &mut u64, length: u64, data: &mut Cursor<'_>) -> Result<(), DiskError> {
    let limit = u32::try_from(length).unwrap_or(0).min(data.remaining());
    if limit == 0 {
        return Err(DiskError::Medium);
    }
    data.skip(limit);
    *offset = offset.saturating_add(length);
    Ok(())
}
