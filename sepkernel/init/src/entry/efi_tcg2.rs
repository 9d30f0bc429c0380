//! The firmware measures for us into its TPM, and keeps a log of it (TCG EFI Protocol Specification, level
//! 00 revision 00.13; "PFP": TCG PC Client Platform Firmware Profile).

use core::ffi::c_void;
use core::ptr::copy_nonoverlapping;

use cloister_evidence::MAX_FIRMWARE_LOG;
use cloister_evidence::log::{Extension, MAX_EVENT};
use cloister_hardware::console::Topic;
use cloister_hardware::log;
use cloister_tpm::event_log;
use heapless::Vec;
use uefi_raw::protocol::tcg::EventType;
use uefi_raw::protocol::tcg::v2::{
    Tcg2BootServiceCapability, Tcg2EventLogBitmap, Tcg2HashAlgorithmBitmap,
    Tcg2HashLogExtendEventFlags, Tcg2Protocol,
};
use uefi_raw::table::system::SystemTable;
use uefi_raw::{Boolean, Guid, Status, guid};

use super::efi::{Firmwares, configuration_table};
use crate::stop;

/// Events since the log was first asked for (section 7): version, number, events.
const FINAL_EVENTS: Guid = guid!("1e2ed096-30e2-4254-bd89-863bbef82325");

/// Bytes of EFI_TCG2_EVENT before the event's data, and of the header in it.
const EVENT: u32 = 4 + EVENT_HEADER;
const EVENT_HEADER: u32 = 14;

/// The firmware's interface to its TPM.
pub struct Tcg2(*mut Tcg2Protocol);

impl Tcg2 {
    /// The interface, if there is a TPM that measures with SHA-256; else the boot log says what is missing.
    pub fn find(firmwares: &Firmwares<'_>) -> Option<Self> {
        let missing = |what: &str| {
            log!(Topic::Warning, "no TPM: {what}; nothing of this boot is measured");
            None
        };
        let Some(protocol) = firmwares.protocol::<Tcg2Protocol>(None, &Tcg2Protocol::GUID) else {
            return missing("the firmware offers none");
        };
        let size = size_of::<Tcg2BootServiceCapability>() as u8;
        let mut found = Tcg2BootServiceCapability { size, ..Default::default() };
        // SAFETY: the protocol is valid, the structure says its size.
        let status = unsafe { ((*protocol).get_capability)(protocol, &raw mut found) };
        if status != Status::SUCCESS || found.tpm_present_flag == 0 {
            return missing("the firmware finds none");
        }
        if !found.active_pcr_banks.contains(Tcg2HashAlgorithmBitmap::SHA256) {
            return missing("its SHA-256 bank is switched off");
        }
        log!(Topic::Boot, "TPM 2.0: the firmware measures this boot");
        Some(Self(protocol))
    }

    /// Has an event of the boot log extended and logged, with its encoding as data.
    pub fn extend(&self, event: &Extension<'_>) {
        let length = event.data.len();
        let mut bytes = Vec::<u8, { EVENT as usize + MAX_EVENT }>::new();
        let parts: [&[u8]; 6] = [
            &(EVENT + length as u32).to_le_bytes(),
            &EVENT_HEADER.to_le_bytes(),
            &1_u16.to_le_bytes(),
            &u32::from(event.pcr).to_le_bytes(),
            &EventType::IPL.0.to_le_bytes(),
            event.data,
        ];
        let whole = parts.iter().all(|part| bytes.extend_from_slice(part).is_ok());
        // SAFETY: the protocol is valid; data and event are as long as said, and outlive the call.
        let status = unsafe {
            ((*self.0).hash_log_extend_event)(
                self.0,
                Tcg2HashLogExtendEventFlags::empty(),
                event.data.as_ptr() as u64,
                length as u64,
                bytes.as_ptr().cast(),
            )
        };
        if !whole || status != Status::SUCCESS {
            stop!("measured boot: the firmware does not measure ({status:?})");
        }
    }

    /// Takes a copy of the firmware's log so far; [`FirmwareLog::finish`] adds what the firmware's own end
    /// brings.
    pub fn log(&self, firmwares: &Firmwares<'_>, system: &SystemTable) -> Option<FirmwareLog> {
        let (mut start, mut last, mut truncated) = (0, 0, Boolean::FALSE);
        // SAFETY: the protocol is valid, the pointers are valid for the call.
        let status = unsafe {
            ((*self.0).get_event_log)(
                self.0,
                Tcg2EventLogBitmap::TCG_2,
                &raw mut start,
                &raw mut last,
                &raw mut truncated,
            )
        };
        let before_last = usize::try_from(last.saturating_sub(start)).unwrap_or(usize::MAX);
        let usable = status == Status::SUCCESS && start != 0 && truncated == Boolean::FALSE;
        // SAFETY: the log begins there and goes on to the last event.
        let fixed = (usable && before_last <= MAX_FIRMWARE_LOG)
            .then(|| unsafe { core::slice::from_raw_parts(start as *const u8, before_last) })
            .and_then(event_log::fixed_length);
        let log =
            fixed.zip(firmwares.allocate(MAX_FIRMWARE_LOG as u64)).and_then(|(fixed, room)| {
                let final_events = configuration_table(system, &FINAL_EVENTS);
                let mut log = FirmwareLog { room, length: 0, fixed, final_events, seen: 0 };
                // SAFETY: the last event is whole, and so is the table.
                unsafe {
                    let end = before_last + log.event_length(last);
                    log.seen = log.final_count();
                    log.append(start, end).then_some(log)
                }
            });
        if log.is_none() {
            log!(Topic::Warning, "TPM: the firmware gives no usable event log ({status:?})");
        }
        log
    }
}

/// A copy of the firmware's log, while the firmware still adds to its own.
pub struct FirmwareLog {
    room: &'static mut [u8],
    length: usize,
    /// Bytes of an event without its data.
    fixed: usize,
    final_events: Option<*const c_void>,
    /// Events of the final table that are in the copy already.
    seen: u64,
}

impl FirmwareLog {
    /// Bytes of the event at `address`.
    ///
    /// # Safety
    /// An event of the firmware's log must be there.
    unsafe fn event_length(&self, address: u64) -> usize {
        let size = (address as *const u8).wrapping_add(self.fixed - 4).cast::<u32>();
        // SAFETY: the last of an event's fixed part is the length of its data.
        let data = unsafe { size.read_unaligned() };
        self.fixed.saturating_add(data as usize)
    }

    /// Events in the final table.
    ///
    /// # Safety
    /// The table must still be the firmware's.
    unsafe fn final_count(&self) -> u64 {
        // SAFETY: the number follows the version.
        self.final_events.map_or(0, |table| unsafe { table.cast::<u64>().add(1).read_unaligned() })
    }

    /// Adds so many bytes; returns whether there was room.
    ///
    /// # Safety
    /// They must be there.
    unsafe fn append(&mut self, address: u64, length: usize) -> bool {
        let end = self.length.saturating_add(length);
        let Some(place) = self.room.get_mut(self.length..end) else { return false };
        // SAFETY: passed on to the caller.
        unsafe { copy_nonoverlapping(address as *const u8, place.as_mut_ptr(), length) };
        self.length = end;
        true
    }

    /// The whole log, once the firmware has ended: with the events by which it did (PFP, 3.3.4.6).
    pub fn finish(mut self) -> &'static [u8] {
        let mut place = self.final_events.map_or(0, |table| table as u64 + 16);
        // SAFETY: the table outlives the boot services (section 7); its events lie one after the other,
        // as many as it says.
        unsafe {
            for number in 0..self.final_count().min(event_log::MAX_EVENTS.into()) {
                let length = self.event_length(place);
                if number >= self.seen && !self.append(place, length) {
                    log!(Topic::Warning, "TPM: the firmware's event log is too long to be kept");
                    return &[];
                }
                place += length as u64;
            }
        }
        self.room.get(..self.length).unwrap_or_default()
    }
}
