//! The ports of a PC.

use cloister_device::Width;

use super::Platform;
use crate::{i8042, pic, pit, power, rtc};

/// The first serial port.
const SERIAL_PORT: u16 = 0x3f8;
/// What firmware tells its progress by, and what systems write to pass the time of a bus cycle.
const DELAY_PORTS: [u16; 2] = [0x80, 0xed];

/// Who answers at a port that takes bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Device {
    Pic,
    Pit,
    KeyboardController,
    Clock,
    Serial,
    Delay,
}

const FIRST_DATA: u16 = pic::FIRST_PORT + 1;
const SECOND_DATA: u16 = pic::SECOND_PORT + 1;
const TRIGGER_LAST: u16 = pic::TRIGGER_PORT + 1;
const PIT_LAST: u16 = pit::PORT + 3;
const CLOCK_LAST: u16 = rtc::PORT + 1;
const SERIAL_LAST: u16 = SERIAL_PORT + 7;

const fn device(port: u16) -> Option<Device> {
    Some(match port {
        pic::FIRST_PORT..=FIRST_DATA
        | pic::SECOND_PORT..=SECOND_DATA
        | pic::TRIGGER_PORT..=TRIGGER_LAST => Device::Pic,
        pit::PORT..=PIT_LAST | pit::SPEAKER_PORT => Device::Pit,
        i8042::DATA_PORT | i8042::COMMAND_PORT => Device::KeyboardController,
        rtc::PORT..=CLOCK_LAST => Device::Clock,
        SERIAL_PORT..=SERIAL_LAST => Device::Serial,
        port if port == DELAY_PORTS[0] || port == DELAY_PORTS[1] => Device::Delay,
        _ => return None,
    })
}

/// Ports of the power management, which take accesses of any width.
const fn is_power(port: u16) -> bool {
    matches!(
        port,
        power::EVENT_PORT
            ..power::END_PORT
                | power::SYSTEM_CONTROL_PORT
                | power::RESET_PORT
                | power::DEBUG_EXIT_PORT
    )
}

/// The bytes of an access to a port, which is at most 4.
fn count(width: Width) -> u16 {
    width.bytes().min(4) as u16
}

impl<const PROCESSORS: usize> Platform<PROCESSORS> {
    /// Reads a port. Devices on the old bus have registers of bytes: a wider access is several, in
    /// ascending order. Where nothing is, all ones are read. (PCI's configuration ports, 0xcf8 to 0xcff
    /// but for an access of one byte to 0xcf9, are not here.)
    pub fn port_read(&mut self, port: u16, width: Width, now: u64) -> u64 {
        self.advance_devices(now);
        if is_power(port) {
            let value = self.power.read(port, width, now);
            self.settle_power();
            self.update_deadline();
            return value;
        }
        let mut value = [0; 8];
        let mut claimed = false;
        for (offset, place) in (0..count(width)).zip(&mut value) {
            let port = port.wrapping_add(offset);
            let device = device(port);
            claimed |= device.is_some();
            *place = device.map_or(0xff, |device| self.read_byte(device, port, now));
        }
        self.count_unclaimed(claimed);
        u64::from_le_bytes(value)
    }

    /// Writes a port; see [`Self::port_read`]. Where nothing is, nothing happens.
    pub fn port_write(&mut self, port: u16, width: Width, value: u64, now: u64) {
        self.advance_devices(now);
        if is_power(port) {
            self.power.write(port, width, value, now);
            self.settle_power();
            return self.update_deadline();
        }
        let mut claimed = false;
        for (offset, byte) in (0..count(width)).zip(value.to_le_bytes()) {
            let port = port.wrapping_add(offset);
            if let Some(device) = device(port) {
                claimed = true;
                self.write_byte(device, port, byte, now);
            }
        }
        self.count_unclaimed(claimed);
    }

    fn count_unclaimed(&mut self, claimed: bool) {
        self.unclaimed = self.unclaimed.saturating_add(u64::from(!claimed));
    }

    fn read_byte(&mut self, device: Device, port: u16, now: u64) -> u8 {
        match device {
            Device::Pic => {
                let value = self.pic.read(port);
                self.settle_pair();
                value
            }
            Device::Pit => self.pit.read(port, now),
            Device::KeyboardController => {
                let value = self.keyboard_controller.read(port);
                self.settle_keyboard_controller();
                self.update_deadline();
                value
            }
            Device::Clock => {
                let value = self.rtc.read(port, now);
                self.settle_clock();
                self.update_deadline();
                value
            }
            Device::Serial => {
                let value = self.serial.read(port - SERIAL_PORT);
                self.settle_serial();
                value
            }
            Device::Delay => 0xff,
        }
    }

    fn write_byte(&mut self, device: Device, port: u16, value: u8, now: u64) {
        match device {
            Device::Pic => {
                self.pic.write(port, value);
                self.settle_pair();
            }
            Device::Pit => {
                self.pit.write(port, value, now);
                self.settle_timer(now);
                self.update_deadline();
            }
            Device::KeyboardController => {
                self.keyboard_controller.write(port, value);
                self.settle_keyboard_controller();
                self.update_deadline();
            }
            Device::Clock => {
                self.rtc.write(port, value, now);
                self.settle_clock();
                self.update_deadline();
            }
            Device::Serial => {
                self.serial.write(port - SERIAL_PORT, value);
                self.settle_serial();
            }
            Device::Delay => {}
        }
    }
}
