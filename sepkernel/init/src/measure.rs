//! Measured boot: the boot log, event by event (`docs/evidence.md`).
//!
//! The image's events are extended by the firmware as they come, before anything of the image is used.
//! The machine's are known when the firmware is gone: the attester extends them, from the log that it is
//! given here, before it answers anybody.

use cloister_abi::{ATTESTER_BYTES, ATTESTER_MAGIC, AttesterPage, FileView};
use cloister_bundle::{Digest, Role};
use cloister_evidence::log::{BootLog, Event, Extension, Measurer, Record, Switches, Verdict};
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::PAGE;
use cloister_policy_format::{Flags, TpmRule};
use cloister_tables::component;
use spin::Mutex;

use crate::bundle::Bundle;
use crate::partition::Builder;
use crate::{devices, kernel, policy, stop};

/// Bytes of the log: some 500 events with names of the usual length.
const ROOM: usize = 64 * 1024;

/// Registers of a TPM's locality 0 (TCG PC Client Platform TPM Profile, 6.3.2).
const TPM_REGISTERS: u64 = 0xfed4_0000;

static LOG: Mutex<BootLog<ROOM>> = Mutex::new(BootLog::new());

/// Logs an event; `extend` does the rest.
fn measure(event: Event<'_>, extend: &mut impl FnMut(&Extension<'_>)) {
    let by = Measurer::BootProgram;
    match LOG.lock().push(&Record { by, event }) {
        Ok(extension) => extend(&extension),
        Err(refused) => stop!("measured boot: {event}: {refused}"),
    }
}

/// Measures what the machine is started with: the checked bundle.
pub fn image(bundle: &Bundle<'_>, manifest: Digest, mut extend: impl FnMut(&Extension<'_>)) {
    let mut add = |event| measure(event, &mut extend);
    let policy = policy::view(bundle);
    let system = policy.system();
    let switches = Switches {
        debug: system.flags.contains(Flags::DEBUG),
        unsafe_dma: system.flags.contains(Flags::UNSAFE_DMA),
    };
    let the = |role| Digest::of(bundle.the(role));
    add(Event::Kernel(kernel::digest()));
    add(Event::TrustAnchors(the(Role::TrustAnchors)));
    add(Event::Manifest(manifest));
    add(Event::Policy { sha256: the(Role::Policy), version: system.version, switches });
    add(Event::PolicySignature(the(Role::PolicySignature)));
    for (entry, _) in bundle.files() {
        // Each file's digest has been compared with its content.
        let (name, sha256) = (entry.name, entry.sha256);
        match entry.role {
            Role::Component => add(Event::Component { name, sha256 }),
            Role::GuestImage => add(Event::GuestImage { name, sha256 }),
            Role::TrustAnchors | Role::Policy | Role::PolicySignature => {}
        }
    }
    for world in policy.worlds().iter() {
        let Some(image) = policy.images().get(world.image.position()) else {
            stop!("world {}: the policy has no such image", world.name)
        };
        let sha256 = Digest::of(image.command_line.as_bytes());
        add(Event::CommandLine { subject: world.name, sha256 });
    }
}

/// The value of the image's PCR, whether a TPM holds it or not.
pub fn image_pcr() -> Digest {
    let [image, _] = LOG.lock().pcrs();
    image
}

/// Logs what the machine made of the image, and gives everything to the attester. Stops a machine without
/// TPM where the policy wants one.
pub fn machine(resource_map: Digest, attester: Option<Range>, builder: &Builder<'_>) {
    let mut later = |_: &Extension<'_>| {};
    measure(Event::ResourceMap(resource_map), &mut later);
    measure(Event::Isolation(Verdict::Passed), &mut later);
    measure(Event::Lock, &mut later);
    let (firmware_log, measured) = builder.firmware_log;
    let required = |it: cloister_policy_format::Attestation| it.tpm == TpmRule::Required;
    if !measured && builder.policy.attestation().is_some_and(required) {
        stop!("no TPM: the policy's attestation requires one");
    }
    let Some(room) = attester else { return };
    let registers = Range { start: TPM_REGISTERS, end: TPM_REGISTERS + PAGE };
    let attestation = builder.policy.attestation();
    let component = attestation.map(|it| it.component);
    let adapter = builder.policy.network_ports().iter().find(|it| Some(it.subject) == component);
    let given = devices::memory(&builder.policy)
        .any(|(owner, range)| Some(owner) == component && range.overlaps(registers));
    if measured && !given {
        stop!("the attester has no TPM: give it `mmio` at {TPM_REGISTERS:#x}, {PAGE} bytes");
    }
    let log = LOG.lock();
    let (events, items) = log.parts();
    let logs = items.len() + firmware_log.len();
    if logs > ATTESTER_BYTES - PAGE as usize {
        stop!("measured boot: logs of {logs} bytes are longer than the attester takes");
    }
    let at = component::ATTESTER + PAGE;
    let page = AttesterPage {
        magic: ATTESTER_MAGIC,
        boot_log: FileView { address: at, size: items.len() as u64 },
        firmware_log: FileView {
            address: at + items.len() as u64,
            size: firmware_log.len() as u64,
        },
        events: events.into(),
        registers: if measured { TPM_REGISTERS } else { 0 },
        mac: adapter.map_or([0; 6], |it| it.mac),
        port: attestation.map_or(0, |it| it.port),
    };
    // SAFETY: the page is made of integers without padding.
    let page =
        unsafe { core::slice::from_raw_parts((&raw const page).cast(), size_of::<AttesterPage>()) };
    let mut place = room.start;
    for (bytes, length) in
        [(page, PAGE as usize), (items, items.len()), (firmware_log, firmware_log.len())]
    {
        // SAFETY: the memory is the attester's, mapped to itself, at least as long as was compared, and
        // nobody runs who could read it yet.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), place as *mut u8, bytes.len()) };
        place += length as u64;
    }
}
