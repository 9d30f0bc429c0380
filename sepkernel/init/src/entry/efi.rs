//! Started as an EFI program (UEFI specification 2.10).

use core::ffi::c_void;
use core::ptr::{null, null_mut};

use cloister_hardware::crash;
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_hardware::screen::Framebuffer;
use uefi_raw::protocol::console::{GraphicsOutputProtocol, GraphicsPixelFormat};
use uefi_raw::table::boot::{AllocateType, BootServices, MemoryDescriptor, MemoryType};
use uefi_raw::table::system::SystemTable;
use uefi_raw::{Guid, Handle, Status, guid};

use super::efi_tcg2::Tcg2;
use super::{efi_files, efi_rollback};
use crate::boot_info::{BootInfo, Firmware, MAX_RANGES, MemoryKind};
use crate::{announce, boot, bundle, stop};

/// Configuration tables (UEFI 2.10, section 4.6.1): ACPI 2.0 or later, and ACPI 1.0.
const ACPI_2: Guid = guid!("8868e871-e4f1-11d3-bc22-0080c73c8881");
const ACPI_1: Guid = guid!("eb9d2d30-2d88-11d3-9a16-0090273fc14d");

/// The firmware's boot services, and the handle of this program.
#[derive(Clone, Copy)]
pub struct Firmwares<'a> {
    /// The firmware's functions, until they are given up.
    pub services: &'a BootServices,
    /// This program.
    pub image: Handle,
}

impl Firmwares<'_> {
    /// An interface that `handle` offers, or that anyone offers.
    pub fn protocol<T>(&self, handle: Option<Handle>, guid: &Guid) -> Option<*mut T> {
        let mut interface: *mut c_void = null_mut();
        // SAFETY: boot services are available, all pointers are valid for the call.
        let status = unsafe {
            match handle {
                Some(handle) => (self.services.handle_protocol)(handle, guid, &raw mut interface),
                None => (self.services.locate_protocol)(guid, null(), &raw mut interface),
            }
        };
        (status == Status::SUCCESS && !interface.is_null()).then_some(interface.cast())
    }

    /// Takes pages for at least `size` bytes, anywhere.
    pub fn allocate(&self, size: u64) -> Option<&'static mut [u8]> {
        let pages = usize::try_from(size.div_ceil(PAGE).max(1)).ok()?;
        let mut address = 0;
        // SAFETY: boot services are available, the pointer is valid for the call.
        let status = unsafe {
            (self.services.allocate_pages)(
                AllocateType::ANY_PAGES,
                MemoryType::LOADER_DATA,
                pages,
                &raw mut address,
            )
        };
        if status != Status::SUCCESS {
            return None;
        }
        // SAFETY: the firmware gave these pages to us; they are mapped to themselves, and any
        // content is valid as bytes.
        Some(unsafe {
            core::slice::from_raw_parts_mut(address as *mut u8, usize::try_from(size).ok()?)
        })
    }
}

/// The entry point of the EFI program.
#[unsafe(no_mangle)]
extern "efiapi" fn efi_main(image: Handle, system: *const SystemTable) -> Status {
    // SAFETY: the firmware gives a valid system table, whose boot services are available until
    // `exit_boot_services`.
    let (system, services) = unsafe { (&*system, &*(*system).boot_services) };
    let firmwares = Firmwares { services, image };
    let mut info = BootInfo::new(Firmware::Uefi(system.header.revision.0));
    // SAFETY: boot services are available. The firmware would reset the machine in the middle of
    // reading large images after five minutes.
    let _ = unsafe { (services.set_watchdog_timer)(0, 0, 0, null()) };
    info.framebuffer = framebuffer(&firmwares);
    info.rsdp = rsdp(system);
    keep_crash_record(services, &mut info);
    announce::announce(&mut info);
    efi_files::read_bundle(&firmwares, &mut info);
    let tpm = Tcg2::find(&firmwares);
    info.measured = tpm.is_some();
    let version = bundle::check(&info, |event| {
        if let Some(tpm) = &tpm {
            tpm.extend(event);
        }
    });
    efi_rollback::admit(system, version);
    let firmware_log = tpm.and_then(|tpm| tpm.log(&firmwares, system));
    leave_firmware(&firmwares, &mut info);
    if let Some(log) = firmware_log {
        info.firmware_log = log.finish();
        info.occupy(info.firmware_log);
    }
    boot::enter(info)
}

/// The screen in the mode that the firmware chose, if its pixels can be written directly.
fn framebuffer(firmwares: &Firmwares<'_>) -> Option<Framebuffer> {
    let output: *mut GraphicsOutputProtocol =
        firmwares.protocol(None, &GraphicsOutputProtocol::GUID)?;
    // SAFETY: the firmware keeps protocol, mode and mode information valid; no call changes them
    // while these references live.
    let (mode, information) = unsafe {
        let mode = &*(*output).mode;
        (mode, &*mode.info)
    };
    let position = |mask: u32| {
        (mask.count_ones() == 8 && mask >> mask.trailing_zeros() == 0xff)
            .then_some(mask.trailing_zeros() as u8)
    };
    let masks = information.pixel_information;
    let shifts = match information.pixel_format {
        GraphicsPixelFormat::PIXEL_RED_GREEN_BLUE_RESERVED_8_BIT_PER_COLOR => [0, 8, 16],
        GraphicsPixelFormat::PIXEL_BLUE_GREEN_RED_RESERVED_8_BIT_PER_COLOR => [16, 8, 0],
        GraphicsPixelFormat::PIXEL_BIT_MASK => {
            [position(masks.red)?, position(masks.green)?, position(masks.blue)?]
        }
        _ => return None,
    };
    Some(Framebuffer {
        address: mode.frame_buffer_base,
        width: information.horizontal_resolution,
        height: information.vertical_resolution,
        stride: information.pixels_per_scan_line.checked_mul(4)?,
        shifts,
    })
}

/// ACPI's root pointer: of ACPI 2.0 or later, else the old one.
fn rsdp(system: &SystemTable) -> Option<u64> {
    [ACPI_2, ACPI_1].iter().find_map(|guid| configuration_table(system, guid)).map(|at| at as u64)
}

/// Where the firmware has the table with this name.
pub fn configuration_table(system: &SystemTable, guid: &Guid) -> Option<*const c_void> {
    // SAFETY: the firmware gives that many entries.
    let tables = unsafe {
        core::slice::from_raw_parts(
            system.configuration_table,
            system.number_of_configuration_table_entries,
        )
    };
    let found = tables.iter().find(|table| table.vendor_guid == *guid)?;
    Some(found.vendor_table.cast_const())
}

/// Asks the firmware for the crash record's page. Where it refuses, the boot does without.
fn keep_crash_record(services: &BootServices, info: &mut BootInfo) {
    let mut address = crash::PHYSICAL_ADDRESS;
    // SAFETY: boot services are available, the pointer is valid for the call.
    let status = unsafe {
        (services.allocate_pages)(
            AllocateType::ADDRESS,
            MemoryType::LOADER_DATA,
            1,
            &raw mut address,
        )
    };
    let page = Range { start: address, end: address.saturating_add(PAGE) };
    info.crash_record = status == Status::SUCCESS && info.occupied.push(page).is_ok();
}

/// Takes the memory map and ends the firmware's boot services.
fn leave_firmware(firmwares: &Firmwares<'_>, info: &mut BootInfo) {
    /// A descriptor takes 48 bytes today; later versions may make it longer.
    const ROOM: u64 = MAX_RANGES as u64 * 64;
    let Some(buffer) = firmwares.allocate(ROOM) else {
        stop!("the firmware has no memory for its own memory map");
    };
    // The map may change between the two calls, the second then fails and both are repeated
    // (UEFI 2.10, section 7.4.6).
    for _ in 0..8 {
        let (mut size, mut key, mut stride, mut version) = (buffer.len(), 0, 0, 0);
        // SAFETY: boot services are available, the buffer is as long as `size` says and aligned
        // to a page.
        let status = unsafe {
            (firmwares.services.get_memory_map)(
                &raw mut size,
                buffer.as_mut_ptr().cast(),
                &raw mut key,
                &raw mut stride,
                &raw mut version,
            )
        };
        if status != Status::SUCCESS {
            stop!("the firmware gives no memory map ({status:?})");
        }
        // SAFETY: boot services are available; `key` is the newest map's.
        let status = unsafe { (firmwares.services.exit_boot_services)(firmwares.image, key) };
        if status == Status::SUCCESS {
            let map = buffer.get(..size).unwrap_or_default();
            map.chunks_exact(stride.max(size_of::<MemoryDescriptor>()))
                .for_each(|bytes| add_memory(info, bytes));
            return;
        }
    }
    stop!("the firmware does not end its boot services");
}

fn add_memory(info: &mut BootInfo, descriptor: &[u8]) {
    // SAFETY: the caller gives at least as many bytes as a descriptor has; any content is valid.
    let descriptor = unsafe { descriptor.as_ptr().cast::<MemoryDescriptor>().read_unaligned() };
    let kind = match descriptor.ty {
        MemoryType::CONVENTIONAL => MemoryKind::Usable,
        // Also what we took ourselves: it is listed as occupied where it must be kept.
        MemoryType::LOADER_CODE
        | MemoryType::LOADER_DATA
        | MemoryType::BOOT_SERVICES_CODE
        | MemoryType::BOOT_SERVICES_DATA => MemoryKind::Reclaimable,
        MemoryType::ACPI_RECLAIM | MemoryType::ACPI_NON_VOLATILE => MemoryKind::Acpi,
        _ => return,
    };
    let start = descriptor.phys_start;
    let end = start.saturating_add(descriptor.page_count.saturating_mul(PAGE));
    info.add_memory(kind, Range { start, end });
}
