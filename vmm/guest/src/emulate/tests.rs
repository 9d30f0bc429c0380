use cloister_abi::PortAccess;
use cloister_device::HostMemory;
use proptest::prelude::*;
use std::vec::Vec;

use super::*;
use crate::cpu::{CR0_PE, CR0_PG, CR4_PAE, EFER_LMA, FLAT_CODE_64, FLAT_DATA, Register, State};

/// What a device and a port saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seen {
    Read(u64, Width),
    Write(u64, Width, u64),
    In(u16, Width),
    Out(u16, Width, u64),
}

/// A device that answers with the same value each time, plus one.
struct Device {
    value: u64,
    seen: Vec<Seen>,
}

impl Mmio for Device {
    fn read(&mut self, address: u64, width: Width) -> u64 {
        self.seen.push(Seen::Read(address, width));
        self.value = self.value.wrapping_add(1);
        self.value.wrapping_sub(1)
    }

    fn write(&mut self, address: u64, width: Width, value: u64) {
        self.seen.push(Seen::Write(address, width, value));
    }
}

impl Ports for Device {
    fn read_port(&mut self, port: u16, width: Width) -> u64 {
        self.seen.push(Seen::In(port, width));
        self.value
    }

    fn write_port(&mut self, port: u16, width: Width, value: u64) {
        self.seen.push(Seen::Out(port, width, value));
    }
}

const CODE: u64 = 0x1_0000;
const DEVICE: u64 = 0xfee0_0000;
const LINEAR: u64 = 0x40_0000;

/// A 64-bit guest: linear 0 to 2 MiB is memory (1 MiB of it is there), linear 4 MiB is the device.
struct Guest {
    memory: HostMemory,
    device: Device,
    state: State,
    emulator: Emulator,
}

impl Guest {
    fn new(code: &[u8]) -> Self {
        let memory = HostMemory::new(0x10_0000);
        for (at, entry) in [
            (0x1000, 0x2003),
            (0x2000, 0x3003),
            (0x3000, 0x83),
            (0x3010, 0x4003),
            (0x4000, DEVICE | 3),
        ] {
            memory.write_u64(at, entry).unwrap();
        }
        memory.write(CODE, code).unwrap();
        let mut state = State::reset();
        (state.system.cr0, state.system.cr3) = (CR0_PE | CR0_PG, 0x1000);
        (state.system.cr4, state.system.efer) = (CR4_PAE, EFER_LMA);
        state.system.segments.cs.attributes = FLAT_CODE_64;
        state.general.rip = CODE;
        let device = Device { value: 0x8877_6655_4433_2211, seen: Vec::new() };
        Self { memory, device, state, emulator: Emulator::new() }
    }

    fn set(mut self, register: u8, value: u64) -> Self {
        Register::new(register, Width::Eight).write(&mut self.state.general, value);
        self
    }

    fn register(&self, register: u8) -> u64 {
        Register::new(register, Width::Eight).read(&self.state.general)
    }

    fn emulate(&mut self, address: u64) -> Result<Outcome, Error> {
        let access = MemoryAccess { write: false, fetch: false, walk: false };
        self.emulator.emulate(
            &self.memory,
            &mut self.device,
            &mut self.state.general,
            &self.state.system,
            address,
            access,
            &[],
        )
    }

    fn done(mut self, address: u64, length: u64) -> Self {
        assert_eq!(self.emulate(address), Ok(Outcome::Done));
        assert_eq!(self.state.general.rip, CODE + length);
        self
    }
}

const RAX: u8 = 0;
const RCX: u8 = 1;
const RBX: u8 = 3;
const RSI: u8 = 6;
const RDI: u8 = 7;

#[test]
fn loads_of_each_width_extend_as_the_instruction_says() {
    for (code, expected, width) in [
        (&[0x8a, 0x03][..], 0xffff_ffff_ffff_ff11, Width::One),
        (&[0x66, 0x8b, 0x03], 0xffff_ffff_ffff_2211, Width::Two),
        (&[0x8b, 0x03], 0x4433_2211, Width::Four),
        (&[0x48, 0x8b, 0x03], 0x8877_6655_4433_2211, Width::Eight),
        (&[0x0f, 0xb6, 0x03], 0x11, Width::One),
        (&[0x0f, 0xb7, 0x03], 0x2211, Width::Two),
    ] {
        let guest = Guest::new(code).set(RBX, LINEAR + 0x20).set(RAX, u64::MAX);
        let guest = guest.done(DEVICE + 0x20, code.len() as u64);
        assert_eq!(guest.register(RAX), expected, "{code:02x?}");
        assert_eq!(guest.device.seen, [Seen::Read(DEVICE + 0x20, width)]);
    }
    let mut guest = Guest::new(&[0x48, 0x63, 0x03]).set(RBX, LINEAR);
    guest.device.value = 0x8000_0000;
    assert_eq!(guest.done(DEVICE, 3).register(RAX), 0xffff_ffff_8000_0000);
}

#[test]
fn stores_carry_registers_and_immediates() {
    let store = Guest::new(&[0x89, 0x43, 0x20]).set(RBX, LINEAR).set(RAX, 0x1_2345_6789);
    assert_eq!(
        store.done(DEVICE + 0x20, 3).device.seen,
        [Seen::Write(DEVICE + 0x20, Width::Four, 0x2345_6789)]
    );
    let immediate = Guest::new(&[0x48, 0xc7, 0x03, 0xfe, 0xff, 0xff, 0xff]).set(RBX, LINEAR);
    assert_eq!(
        immediate.done(DEVICE, 7).device.seen,
        [Seen::Write(DEVICE, Width::Eight, 0xffff_ffff_ffff_fffe)]
    );
    let high = Guest::new(&[0x88, 0x23]).set(RBX, LINEAR).set(RAX, 0xab00);
    assert_eq!(high.done(DEVICE, 2).device.seen, [Seen::Write(DEVICE, Width::One, 0xab)]);
}

#[test]
fn operands_are_found_relative_to_the_instruction_pointer_and_through_gs() {
    let displacement = (LINEAR - CODE - 6) as u32;
    let mut code = std::vec![0x8b, 0x05];
    code.extend(displacement.to_le_bytes());
    assert_eq!(Guest::new(&code).done(DEVICE, 6).register(RAX), 0x4433_2211);
    let mut guest = Guest::new(&[0x65, 0x8b, 0x03]).set(RBX, 0x10);
    guest.state.system.segments.gs.base = LINEAR;
    assert_eq!(guest.done(DEVICE + 0x10, 3).device.seen, [Seen::Read(DEVICE + 0x10, Width::Four)]);
}

#[test]
fn read_modify_write_reads_once_and_writes_once() {
    // lock or dword [rbx], 0x80
    let code = [0xf0, 0x81, 0x0b, 0x80, 0, 0, 0];
    let guest = Guest::new(&code).set(RBX, LINEAR).done(DEVICE, 7);
    assert_eq!(
        guest.device.seen,
        [Seen::Read(DEVICE, Width::Four), Seen::Write(DEVICE, Width::Four, 0x4433_2211 | 0x80)]
    );
    // test dword [rbx], 1: no write
    let guest = Guest::new(&[0xf7, 0x03, 1, 0, 0, 0]).set(RBX, LINEAR).done(DEVICE, 6);
    assert_eq!(guest.device.seen, [Seen::Read(DEVICE, Width::Four)]);
    assert_eq!(guest.state.general.rflags & flags::ZERO, 0);
}

#[test]
fn a_bit_chosen_by_a_register_may_be_far_from_the_address() {
    // bts dword [rbx], ecx: bit -1 is the highest one of the word before.
    let guest = Guest::new(&[0x0f, 0xab, 0x0b]).set(RBX, LINEAR + 0x24).set(RCX, 0xffff_ffff);
    let guest = guest.done(DEVICE + 0x20, 3);
    assert_eq!(
        guest.device.seen,
        [
            Seen::Read(DEVICE + 0x20, Width::Four),
            Seen::Write(DEVICE + 0x20, Width::Four, 0xc433_2211)
        ]
    );
    assert_eq!(guest.state.general.rflags & flags::CARRY, 0);
}

#[test]
fn repeated_moves_stop_after_a_while_and_go_on() {
    // rep movsd from memory to the device
    let count = ITERATIONS as u64 + 2;
    let mut guest = Guest::new(&[0xf3, 0xa5]).set(RSI, 0x2_0000).set(RDI, LINEAR).set(RCX, count);
    for index in 0..count {
        guest.memory.write_u64(0x2_0000 + 4 * index, index).unwrap();
    }
    guest.state.general.rflags |= flags::RESUME;
    assert_eq!(guest.emulate(DEVICE), Ok(Outcome::Again));
    assert_eq!((guest.register(RCX), guest.state.general.rip), (2, CODE));
    assert_eq!(guest.register(RDI), LINEAR + 4 * ITERATIONS as u64);
    let guest = guest.done(DEVICE + 4 * ITERATIONS as u64, 2);
    assert_eq!((guest.register(RCX), guest.register(RSI)), (0, 0x2_0000 + 4 * count));
    assert_eq!(guest.state.general.rflags & flags::RESUME, 0);
    let expected: Vec<_> =
        (0..count).map(|index| Seen::Write(DEVICE + 4 * index, Width::Four, index)).collect();
    assert_eq!(guest.device.seen, expected);
}

#[test]
fn strings_go_down_with_the_direction_flag_and_nowhere_with_a_count_of_zero() {
    // std; rep stosb
    let mut guest = Guest::new(&[0xf3, 0xaa]).set(RDI, LINEAR + 1).set(RCX, 2).set(RAX, 7);
    guest.state.general.rflags |= flags::DIRECTION;
    let guest = guest.done(DEVICE + 1, 2);
    assert_eq!(
        guest.device.seen,
        [Seen::Write(DEVICE + 1, Width::One, 7), Seen::Write(DEVICE, Width::One, 7)]
    );
    assert_eq!(guest.register(RDI), LINEAR - 1);
    let guest = Guest::new(&[0xf3, 0xaa]).set(RDI, LINEAR).done(DEVICE, 2);
    assert_eq!(guest.device.seen, []);
}

#[test]
fn a_page_fault_within_a_string_keeps_what_was_done() {
    // rep movsb from the device to memory; the second page is not there, nor asked for by the device.
    let mut guest = Guest::new(&[0xf3, 0xa4]).set(RSI, LINEAR).set(RDI, 0x1f_ffff).set(RCX, 5);
    let address = Some(0x20_0000);
    let event = Event::Exception(14, Some(0b10));
    assert_eq!(guest.emulate(DEVICE), Ok(Outcome::Exception { event, address }));
    assert_eq!((guest.register(RCX), guest.state.general.rip), (4, CODE));
    // 2 MiB - 1 is within the mapping, beyond memory: a device's too.
    assert_eq!(
        guest.device.seen,
        [Seen::Read(DEVICE, Width::One), Seen::Write(0x1f_ffff, Width::One, 0x11)]
    );
}

#[test]
fn an_operand_in_two_pages_is_read_byte_by_byte() {
    let guest = Guest::new(&[0x8b, 0x03]).set(RBX, LINEAR - 2);
    guest.memory.write_u64(0x3008, 0x83).unwrap();
    // Linear 2 MiB to 4 MiB is memory from 0 on, its end is beyond: all four bytes are devices'.
    let guest = guest.done(DEVICE, 2);
    assert_eq!(guest.register(RAX), 0x1413_1211_u32.swap_bytes().into());
    assert_eq!(guest.device.seen[0], Seen::Read(DEVICE + 1, Width::One));
    assert_eq!(guest.device.seen[3], Seen::Read(0x1f_fffe, Width::One));
}

#[test]
fn what_is_not_emulated_names_its_bytes() {
    // movups [rbx], xmm0
    let mut guest = Guest::new(&[0x0f, 0x11, 0x03]).set(RBX, LINEAR);
    let before = guest.state;
    let error = guest.emulate(DEVICE).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)));
    assert!(
        std::string::ToString::to_string(&error)
            .starts_with("an instruction that is not emulated accesses a device: 0f 11 03 00")
    );
    assert_eq!((guest.state, guest.device.seen), (before, std::vec![]));
}

#[test]
fn bytes_from_the_processor_spare_the_fetch() {
    let mut guest = Guest::new(&[]).set(RBX, LINEAR);
    let access = MemoryAccess { write: false, fetch: false, walk: false };
    let outcome = guest.emulator.emulate(
        &HostMemory::new(0),
        &mut guest.device,
        &mut guest.state.general,
        &guest.state.system,
        DEVICE,
        access,
        &[0x8b, 0x03],
    );
    assert_eq!(outcome, Ok(Outcome::Done));
    assert_eq!(guest.register(RAX), 0x4433_2211);
}

#[test]
fn real_mode_strings_to_ports_wrap_at_16_bits() {
    let memory = HostMemory::new(0x2_0000);
    memory.write(0x1_0000 + 0xfffe, &[0xaa, 0xbb]).unwrap();
    memory.write(0x1_0000, &[0xcc]).unwrap();
    let mut state = State::reset();
    state.system.segments.ds.base = 0x1_0000;
    state.system.segments.ds.attributes = FLAT_DATA;
    state.general.registers[usize::from(RSI)] = 0xffff_fffe;
    state.general.registers[usize::from(RCX)] = 0x1_0003;
    let mut device = Device { value: 0, seen: Vec::new() };
    let access = PortAccess {
        port: 0x3f8,
        bytes: 1,
        read: false,
        string: true,
        repeat: true,
        address_bytes: 2,
        segment: 3,
    };
    let (general, system) = (&mut state.general, &state.system);
    let outcome = port_string(&memory, &mut device, general, system, access, 0x1234);
    assert_eq!(outcome, Ok(Outcome::Done));
    let sent = [0xaa, 0xbb, 0xcc].map(|byte| Seen::Out(0x3f8, Width::One, byte));
    assert_eq!(device.seen, sent);
    assert_eq!((general.rip, general.registers[usize::from(RCX)]), (0x1234, 0x1_0000));
    assert_eq!(general.registers[usize::from(RSI)], 0xffff_0001);
    let malformed = PortAccess { bytes: 8, ..access };
    assert_eq!(
        port_string(&memory, &mut device, general, system, malformed, 0),
        Err(Error::MalformedExit)
    );
}

#[test]
fn strings_from_ports_go_to_memory() {
    let mut guest = Guest::new(&[0xf3, 0x6d]).set(RDI, 0x2_0000).set(RCX, 3);
    let access = PortAccess {
        port: 0x1f0,
        bytes: 2,
        read: true,
        string: true,
        repeat: true,
        address_bytes: 8,
        segment: 0,
    };
    let (general, system) = (&mut guest.state.general, &guest.state.system);
    let outcome = port_string(&guest.memory, &mut guest.device, general, system, access, CODE + 2);
    assert_eq!(outcome, Ok(Outcome::Done));
    assert_eq!(guest.memory.read_u64(0x2_0000), Ok(0x2211_2211_2211));
    assert_eq!(guest.device.seen, [Seen::In(0x1f0, Width::Two); 3]);
}

/// Any processor: registers, control registers and segments as they come.
fn any_state() -> impl Strategy<Value = State> {
    (any::<[u64; 18]>(), any::<[u64; 6]>(), any::<[(u16, u32, u64); 6]>(), 0_u64..8).prop_map(
        |(general, control, segments, mode)| {
            let mut state = State::reset();
            state.general.registers.copy_from_slice(&general[..16]);
            (state.general.rip, state.general.rflags) = (general[16], general[17]);
            let system = &mut state.system;
            // Paging and long mode each in some of the cases, tables and code often in memory.
            system.cr0 = control[0] & !1 | mode & 1 | (mode >> 1 & 1) << 31;
            system.efer = control[1] & !EFER_LMA | ((mode >> 2) * EFER_LMA);
            (system.cr3, system.cr4) = (control[2] & 0xf000, control[3]);
            system.cpl = control[4];
            state.general.rip &= if control[5] & 1 == 0 { 0x7fff } else { u64::MAX };
            let all = [
                &mut system.segments.cs,
                &mut system.segments.ds,
                &mut system.segments.es,
                &mut system.segments.ss,
                &mut system.segments.fs,
                &mut system.segments.gs,
            ];
            for (segment, (attributes, limit, base)) in all.into_iter().zip(segments) {
                let base = if control[5] & 2 == 0 { 0 } else { base };
                (segment.attributes, segment.limit, segment.base) = (attributes, limit, base);
            }
            state
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_guest_makes_the_emulator_panic_or_work_without_bound(
        (state, content) in (any_state(), any::<[u64; 32]>()),
        (code, given, address) in (any::<[u8; 12]>(), 0_usize..16, any::<u64>()),
        access in any::<u64>(),
    ) {
        let memory = HostMemory::new(0x1_0000);
        // The same entries in every table, some of them as the walk likes them.
        for at in (0..0x1_0000).step_by(8) {
            let entry = content[at / 8 % 32];
            let likely = if at % 24 == 0 { entry } else { entry & 0xf03f | 0x23 };
            memory.write_u64(at as u64, likely).unwrap();
        }
        let _ = memory.write(state.general.rip, &code);
        let mut device = Device { value: 0, seen: Vec::new() };
        let mut general = state.general;
        let outcome = Emulator::new().emulate(
            &memory,
            &mut device,
            &mut general,
            &state.system,
            address,
            MemoryAccess { write: true, fetch: false, walk: false },
            &code[..given.min(code.len())],
        );
        prop_assert!(outcome == Ok(Outcome::Done) || general.rip == state.general.rip);
        // Two operands of 8 bytes each, byte by byte.
        prop_assert!(device.seen.len() <= 16 * ITERATIONS);
        let access = PortAccess::from_detail(access);
        let _ = port_string(&memory, &mut device, &mut general, &state.system, access, 0);
    }
}
