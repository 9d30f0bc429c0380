//! The fixed description: FADT and FACS (ACPI 6.5, sections 5.2.9 and 5.2.10).

use super::Machine;
use super::table::Table;

/// The FACS begins at a multiple of this.
pub(super) const CONTROL_ALIGN: u64 = 64;

/// The FACS: no wake-up vector, a global lock that nobody takes.
pub(super) const fn control_structure() -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[0] = b'F';
    bytes[1] = b'A';
    bytes[2] = b'C';
    bytes[3] = b'S';
    bytes[4] = 64;
    // Version.
    bytes[32] = 2;
    bytes
}

/// Revision 6.3 of the table.
const REVISION: u8 = 6;
const MINOR_REVISION: u8 = 3;
const WORKSTATION: u8 = 3;

/// Latencies that say that there is no such state.
const NO_C2: u16 = 101;
const NO_C3: u16 = 1001;

/// The register of the RTC that has the century.
const CENTURY: u8 = 0x32;

/// Boot flags: devices on the ISA bus, an i8042, no VGA, no power states of PCI Express links.
const LEGACY_DEVICES: u16 = 1 << 0;
const I8042: u16 = 1 << 1;
const NO_VGA: u16 = 1 << 2;
const NO_LINK_STATES: u16 = 1 << 4;

/// Flags: WBINVD works, C1 works, no sleep button, no wake-up by the RTC, 32-bit timer, reset register.
const FLAGS: u32 = 1 << 0 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 10;

const EVENT_BYTES: u8 = 4;
const CONTROL_BYTES: u8 = 2;
const TIMER_BYTES: u8 = 4;

/// The address of a port (section 5.2.3.2); none where it has no bytes.
fn port_address(port: u16, bytes: u8) -> [u8; 12] {
    const PORTS: u8 = 1;
    let mut address = [0; 12];
    if bytes != 0 {
        // Access size: 1 for a byte, 2 for two, 3 for four.
        let access = bytes.min(4).trailing_zeros() as u8 + 1;
        let [low, high] = port.to_le_bytes();
        address = [PORTS, bytes * 8, 0, access, low, high, 0, 0, 0, 0, 0, 0];
    }
    address
}

/// The FADT.
pub(super) fn description<'a>(
    buffer: &'a mut [u8],
    machine: &Machine<'_>,
    control: u64,
    differentiated: u64,
) -> Table<'a> {
    let power = &machine.power;
    let mut table = Table::new(buffer, *b"FACP", REVISION);
    let ports = |table: &mut Table<'_>, port: u16| table.bytes(&u32::from(port).to_le_bytes());
    // Both tables are below 1 MiB.
    table.bytes(&(control as u32).to_le_bytes());
    table.bytes(&(differentiated as u32).to_le_bytes());
    table.bytes(&[0, WORKSTATION, power.interrupt, 0]);
    // No port to switch ACPI on by: it is on.
    table.bytes(&[0; 8]);
    ports(&mut table, power.event_port);
    ports(&mut table, 0);
    ports(&mut table, power.control_port);
    ports(&mut table, 0);
    ports(&mut table, 0);
    ports(&mut table, power.timer_port);
    // No general-purpose events.
    table.bytes(&[0; 8]);
    table.bytes(&[EVENT_BYTES, CONTROL_BYTES, 0, TIMER_BYTES, 0, 0, 0, 0]);
    table.bytes(&NO_C2.to_le_bytes());
    table.bytes(&NO_C3.to_le_bytes());
    // Flush size and stride, duty cycle, day and month of alarms: none.
    table.bytes(&[0; 8]);
    table.bytes(&[CENTURY]);
    let keyboard = if machine.devices.keyboard_and_mouse { I8042 } else { 0 };
    let boot = LEGACY_DEVICES | keyboard | NO_VGA | NO_LINK_STATES;
    table.bytes(&boot.to_le_bytes());
    table.bytes(&[0]);
    table.bytes(&FLAGS.to_le_bytes());
    table.bytes(&port_address(power.reset_port, 1));
    table.bytes(&[power.reset_value, 0, 0, MINOR_REVISION]);
    // The FACS is where its 32-bit field says.
    table.bytes(&[0; 8]);
    table.bytes(&differentiated.to_le_bytes());
    for (port, bytes) in [
        (power.event_port, EVENT_BYTES),
        (0, 0),
        (power.control_port, CONTROL_BYTES),
        (0, 0),
        (0, 0),
        (power.timer_port, TIMER_BYTES),
    ] {
        let mut address = port_address(port, bytes);
        if port == power.event_port {
            // Two registers of 16 bits: they are accessed one by one.
            address[3] = 2;
        }
        table.bytes(&address);
    }
    // General-purpose events, sleep registers of reduced hardware, hypervisor's vendor: none.
    table.bytes(&[0; 12 * 4 + 8]);
    table
}
