//! Generated machines: a kernel, components and worlds with memory in pages of two sizes, channels,
//! windows, devices, ports and registers.

use std::fmt;

use cloister_model::isolation::{
    Channel, Device, FrameRange, KernelRoot, Machine, PhysAddr, PortGrant, PortMap, Region,
    RegisterGrant, RegisterMap, Rights, Space, SpaceKind, Through, Violation, Window, check,
};
use cloister_model::subject::SubjectId;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::tables::{NO_EXECUTE, Tables, USER, WRITABLE};

const KERNEL_FRAMES: u64 = 0x100;
const TABLE_FRAMES: u64 = 0x2000;
const TABLE_COUNT: u64 = 2000;
/// Frames of memory for subjects: a multiple of 512 each.
pub const MEMORY: FrameRange = FrameRange { first: 0x1_0000, end: 0x4_0000 };
/// Behind the memory.
const DEVICES: u64 = 0xf_e000;
/// First page of the kernel's half.
const KERNEL_PAGE: u64 = 0xf_ff80_0000;

/// What a mapping is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    Text,
    Data,
    Guest,
    Writer,
    Reader,
    Window,
    Registers,
}

/// A page that was mapped.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    pub region: Region,
    pub purpose: Purpose,
    pub entry: u64,
}

/// A machine that keeps everybody apart.
#[derive(Clone)]
pub struct Layout {
    pub tables: Tables,
    pub kernel_root: u64,
    pub spaces: Vec<Space>,
    pub channels: Vec<Channel>,
    pub windows: Vec<Window>,
    pub devices: Vec<Device>,
    pub ports: Vec<PortGrant>,
    pub port_maps: Vec<Vec<u8>>,
    pub registers: Vec<RegisterGrant>,
    pub register_maps: Vec<Vec<u8>>,
    pub placed: Vec<Placed>,
    next_frame: u64,
    next_page: u64,
}

impl fmt::Debug for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Placed { region, purpose, entry } in &self.placed {
            writeln!(formatter, "{entry:#x} {purpose:?} {region:?}")?;
        }
        writeln!(formatter, "{:?}", self.channels)
    }
}

/// What is drawn of a subject.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    pub world: bool,
    pub text: u64,
    pub data: u64,
    pub large: u64,
    pub skip: u64,
    pub port: Option<u16>,
}

fn draws() -> impl Strategy<Value = Draw> {
    (any::<bool>(), 1_u64..4, 1_u64..9, 0_u64..3, 0_u64..5, any::<Option<u16>>()).prop_map(
        |(world, text, data, large, skip, port)| Draw { world, text, data, large, skip, port },
    )
}

/// Machines of 2 to 6 subjects.
pub fn layouts() -> impl Strategy<Value = Layout> {
    let channel = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1_u64..4);
    (vec(draws(), 2..7), vec(channel, 1..6)).prop_map(|(subjects, channels)| {
        let mut layout = Layout::kernel();
        for (draw, id) in subjects.iter().zip(0..) {
            layout.subject(SubjectId(id), draw);
        }
        for (writer, reader, pages) in channels {
            let count = subjects.len();
            let writer = writer.index(count);
            let reader = (writer + 1 + reader.index(count - 1)) % count;
            layout.channel(SubjectId(writer as u16), SubjectId(reader as u16), pages);
        }
        layout.channel(SubjectId::KERNEL, SubjectId(0), 2);
        layout
    })
}

impl Layout {
    /// A kernel of text and data.
    fn kernel() -> Self {
        let mut tables = Tables::new(TABLE_FRAMES);
        let root = tables.table();
        let mut layout = Self {
            tables,
            kernel_root: root,
            spaces: vec![],
            channels: vec![],
            windows: vec![],
            devices: vec![],
            ports: vec![],
            port_maps: vec![],
            registers: vec![],
            register_maps: vec![],
            placed: vec![],
            next_frame: MEMORY.first,
            next_page: 0x400,
        };
        for page in 0..4 {
            let rights = Rights { write: page >= 2, execute: page < 2 };
            layout.place_kernel(KERNEL_FRAMES + page, Purpose::Text, rights);
        }
        layout
    }

    fn place_kernel(&mut self, frame: u64, purpose: Purpose, rights: Rights) {
        let page = KERNEL_PAGE + self.next_page;
        self.next_page += 1;
        let entry =
            self.tables.map(self.kernel_root, page, frame, 1, bits(rights, false), WRITABLE);
        let subject = SubjectId::KERNEL;
        self.note(FrameRange::of(frame, 1), subject, Through::Native, rights, purpose, entry);
    }

    fn note(
        &mut self,
        frames: FrameRange,
        subject: SubjectId,
        through: Through,
        rights: Rights,
        purpose: Purpose,
        entry: u64,
    ) {
        let region = Region { frames, subject, through, rights };
        self.placed.push(Placed { region, purpose, entry });
    }

    /// Maps frames in a subject's space, in the largest pages that fit, at a fresh address. Returns
    /// the entry of the first.
    pub fn place(
        &mut self,
        space: usize,
        frames: FrameRange,
        rights: Rights,
        purpose: Purpose,
    ) -> u64 {
        let Space { subject, root, kind } = self.spaces[space];
        let through = if kind == SpaceKind::Nested { Through::Nested } else { Through::Native };
        let mut first_entry = None;
        // As far into a large page as the frame is.
        self.next_page = (self.next_page | 511) + 1 + frames.first % 512;
        let mut frame = frames.first;
        while frame < frames.end {
            let large = frame.is_multiple_of(512) && frames.end - frame >= 512;
            let (level, count) = if large { (2, 512) } else { (1, 1) };
            let leaf = bits(rights, true);
            let path = WRITABLE | USER;
            let entry = self.tables.map(root.0, self.next_page, frame, level, leaf, path);
            first_entry.get_or_insert(entry);
            self.note(FrameRange::of(frame, count), subject, through, rights, purpose, entry);
            self.next_page += count;
            frame += count;
        }
        first_entry.unwrap()
    }

    fn take(&mut self, count: u64) -> FrameRange {
        let frames = FrameRange::of(self.next_frame, count);
        self.next_frame = frames.end;
        assert!(self.next_frame < MEMORY.end);
        frames
    }

    fn subject(&mut self, id: SubjectId, draw: &Draw) {
        let root = self.tables.table();
        for index in 256..512 {
            *self.tables.entry(root + index * 8) = *self.tables.entry(self.kernel_root + index * 8);
        }
        // The processor notes that it used an entry.
        *self.tables.entry(root + 511 * 8) |= 1 << 5;
        let native = self.spaces.len();
        let kind = SpaceKind::Native { kernel_root: 0 };
        self.spaces.push(Space { subject: id, root: PhysAddr(root), kind });
        self.next_frame += draw.skip;
        let text = self.take(draw.text);
        self.place(native, text, EXECUTE, Purpose::Text);
        let data = self.take(draw.data);
        self.place(native, data, WRITE, Purpose::Data);
        if draw.world {
            let root = self.tables.table();
            self.spaces.push(Space { subject: id, root: PhysAddr(root), kind: SpaceKind::Nested });
            if draw.large > 0 {
                self.next_frame = self.next_frame.next_multiple_of(512) - draw.skip;
            }
            let guest = self.take(draw.large * 512 + 3 + draw.skip);
            let all = Rights { write: true, execute: true };
            self.place(native + 1, guest, all, Purpose::Guest);
            self.place(native, guest, WRITE, Purpose::Data);
            let window = self.take(1);
            self.windows.push(Window { frames: window, subject: id });
            self.place(native, window, WRITE, Purpose::Window);
            self.place_kernel(window.first, Purpose::Window, WRITE);
            self.register_map(id);
        }
        let device = FrameRange::of(DEVICES + u64::from(id.0) * 4, 2);
        self.devices.push(Device { frames: device, owner: id });
        self.place(native, device, WRITE, Purpose::Registers);
        self.port_map(id, draw.port);
    }

    fn port_map(&mut self, id: SubjectId, port: Option<u16>) {
        let mut map = vec![0xff; 8193];
        let port = port.filter(|port| self.ports.iter().all(|grant| grant.first != *port));
        if let Some(port) = port {
            map[usize::from(port / 8)] &= !(1 << (port % 8));
            self.ports.push(PortGrant { subject: id, first: port, last: port });
            self.ports.sort_by_key(|grant| grant.first);
        }
        self.port_maps.push(map);
    }

    fn register_map(&mut self, id: SubjectId) {
        let mut map = vec![0xff; 8192];
        // FS_BASE, which the kernel swaps: both bits of the second register from C000_0100h on.
        map[0x840] &= !0b11;
        // One register of its own, to read.
        let number = 0x100 + u32::from(id.0);
        map[number as usize / 4] &= !(1 << (number % 4 * 2));
        let grant = RegisterGrant { subject: id, first: number, last: number, write: false };
        self.registers.push(grant);
        self.register_maps.push(map);
    }

    fn channel(&mut self, writer: SubjectId, reader: SubjectId, pages: u64) {
        let frames = self.take(pages);
        self.channels.push(Channel { frames, writer, reader });
        for (subject, rights, purpose) in
            [(writer, WRITE, Purpose::Writer), (reader, READ, Purpose::Reader)]
        {
            if subject == SubjectId::KERNEL {
                for frame in frames.first..frames.end {
                    self.place_kernel(frame, purpose, rights);
                }
            } else {
                let space = self.native(subject);
                self.place(space, frames, rights, purpose);
            }
        }
    }

    /// Position of a subject's native space.
    pub fn native(&self, subject: SubjectId) -> usize {
        self.spaces.iter().position(|space| space.subject == subject).unwrap()
    }

    /// What the check says, with the resource map.
    pub fn check(&self) -> Result<Vec<Region>, Violation> {
        let memory = [MEMORY];
        let kernel = [FrameRange::of(KERNEL_FRAMES, 4), self.table_frames()];
        let tables = [self.table_frames()];
        let kernel_roots = [KernelRoot { root: PhysAddr(self.kernel_root), boot_half: false }];
        let subjects = self.spaces.iter().filter(|space| space.kind != SpaceKind::Nested);
        let worlds = self.spaces.iter().filter(|space| space.kind == SpaceKind::Nested);
        let pair = |(space, bytes): (&Space, _)| (space.subject, bytes);
        let port_maps: Vec<_> = subjects
            .zip(self.port_maps.iter().map(Vec::as_slice))
            .map(pair)
            .map(|(subject, bytes)| PortMap { subject, bytes })
            .collect();
        let register_maps: Vec<_> = worlds
            .zip(self.register_maps.iter().map(Vec::as_slice))
            .map(pair)
            .map(|(subject, bytes)| RegisterMap { subject, bytes })
            .collect();
        let machine = Machine {
            physical_bits: 40,
            memory: &memory,
            kernel: &kernel,
            tables: &tables,
            kernel_roots: &kernel_roots,
            spaces: &self.spaces,
            channels: &self.channels,
            windows: &self.windows,
            devices: &self.devices,
            ports: &self.ports,
            dma_units: &[],
            dma_functions: &[],
            dma_interrupts: &[],
            port_maps: &port_maps,
            registers: &self.registers,
            switched_registers: &[(0xc000_0100, 0xc000_0102)],
            register_maps: &register_maps,
        };
        let mut room = vec![Region::EMPTY; 4000];
        check(&machine, &self.tables, &mut room).map(<[Region]>::to_vec)
    }

    fn table_frames(&self) -> FrameRange {
        FrameRange::of(TABLE_FRAMES, TABLE_COUNT)
    }
}

pub const READ: Rights = Rights { write: false, execute: false };
pub const WRITE: Rights = Rights { write: true, execute: false };
pub const EXECUTE: Rights = Rights { write: false, execute: true };

fn bits(rights: Rights, user: bool) -> u64 {
    let write = if rights.write { WRITABLE } else { 0 };
    let execute = if rights.execute { 0 } else { NO_EXECUTE };
    write | execute | if user { USER } else { 0 }
}
