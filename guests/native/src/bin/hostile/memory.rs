//! Memory: every part of the address space that is not the component's own, the ends of its own, and
//! its own in ways that it may not use it.

use core::mem::transmute;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

use cloister_runtime::abi::{ChannelInfo, Direction, INFO_ADDRESS, INFO_PAGE_BYTES, InfoPage};
use cloister_runtime::log;

use crate::Kind;

/// What one entry of the top page table is for.
const PART: u64 = 1 << 39;
/// Where addresses of the kernel begin.
const KERNEL_HALF: u64 = 0xffff_8000_0000_0000;
/// Entries of the top table for one half.
const PARTS: u64 = 256;

/// Memory of the machine, by the addresses that it has there; where the kernel maps what it has; and
/// addresses that are none.
const PLACES: [u64; 19] = [
    0x1000,
    0x9_f000,
    0xb_8000,
    0xf_0000,
    0x10_0000,
    0x3f_ffff,
    0x03ff_f000,
    0x4000_0000,
    0xb000_0000,
    0xfec0_0000,
    0xfee0_0000,
    0xffff_fff0,
    0x1_0000_0000,
    0x4000_0000_0000,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_f000,
    0x0000_8000_0000_0000,
    0x7fff_ffff_ffff_fff0,
    0xffff_7fff_ffff_fff0,
];

/// How memory is used.
#[derive(Clone, Copy)]
enum Use {
    Read,
    Write,
    Execute,
}

const USES: [Use; 3] = [Use::Read, Use::Write, Use::Execute];

/// The attacks.
pub const KIND: Kind = Kind {
    count: |page| places(page) + own(page).count(),
    attack: |page, number| {
        let attack =
            place(page, number).or_else(|| own(page).nth(number.wrapping_sub(places(page))));
        if let Some((address, how)) = attack {
            carry_out(address, how);
        }
    },
};

/// Attacks that are told by numbers alone.
fn places(_: &InfoPage) -> usize {
    PARTS as usize + (PARTS as usize - 1) + PLACES.len() * USES.len()
}

fn place(page: &InfoPage, number: usize) -> Option<(u64, Use)> {
    let parts = PARTS as usize;
    if number < parts {
        return Some((KERNEL_HALF + number as u64 * PART, USES[number % USES.len()]));
    }
    let number = number - parts;
    if number < parts - 1 {
        // The end of each part of the own half, but the last: there ends the half.
        let address = number as u64 * PART + PART - 16;
        let is_stack = address / PART == stack() / PART;
        let own = is_stack || mapped(page).any(|(start, end)| (start..end).contains(&address));
        return Some((if own { PART * PARTS - 16 } else { address }, USES[number % USES.len()]));
    }
    let number = number - (parts - 1);
    let address = PLACES.get(number / USES.len())?;
    Some((*address, USES[number % USES.len()]))
}

/// What the component has beside its program and stack: first address, and the one behind.
fn mapped(page: &InfoPage) -> impl Iterator<Item = (u64, u64)> {
    let channels = page.channels().iter().map(|channel| (channel.address, channel.size));
    let memory = [(page.memory, page.memory_size), (INFO_ADDRESS, INFO_PAGE_BYTES as u64)];
    channels.chain(memory).map(|(start, size)| (start, start + size))
}

/// An address of the stack, which ends where a part of the address space ends.
fn stack() -> u64 {
    let local = 0_u64;
    (&raw const local).expose_provenance() as u64
}

/// The ends of the own memory, from both sides and across, and what it is not for.
fn own(page: &InfoPage) -> impl Iterator<Item = (u64, Use)> {
    let ends = mapped(page).flat_map(|(start, end)| {
        [(start - 1, Use::Read), (start - 4, Use::Write), (end, Use::Read), (end - 4, Use::Read)]
    });
    let code = carry_out as fn(u64, Use) as usize as u64;
    let constant = PLACES.as_ptr().expose_provenance() as u64;
    let reads = |channel: &&ChannelInfo| channel.direction == Direction::Read as u32;
    let read_only = page.channels().iter().filter(reads).map(|channel| channel.address);
    let written = [INFO_ADDRESS, code, constant].into_iter().chain(read_only);
    let executed = [stack(), constant].into_iter().chain(mapped(page).map(|(start, _)| start));
    let written = written.map(|address| (address, Use::Write));
    ends.chain(written).chain(executed.map(|address| (address, Use::Execute)))
}

/// Uses eight bytes at an address.
fn carry_out(address: u64, how: Use) {
    match how {
        Use::Read => {
            log!("memory read {address:#x}");
            let place = with_exposed_provenance::<u64>(address as usize);
            // SAFETY: not safe; the page tables must stop it.
            unsafe { place.read_volatile() };
        }
        Use::Write => {
            log!("memory write {address:#x}");
            let place = with_exposed_provenance_mut::<u64>(address as usize);
            // SAFETY: not safe; the page tables must stop it.
            unsafe { place.write_volatile(0) };
        }
        Use::Execute => {
            log!("memory run {address:#x}");
            // SAFETY: not safe; the page tables must stop it.
            unsafe { transmute::<usize, fn()>(address as usize)() };
        }
    }
}
