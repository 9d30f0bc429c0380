//! The attester: the one component that has the TPM, and answers auditors.
//!
//! A thin shell around [`cloister_attester`], which decides what is answered: this program gives it the boot
//! log, the TPM's registers, and requests from whoever the policy gives a channel. It answers one request
//! at a time, and not more of them than [`Pace`] lets.

#![no_std]
#![no_main]

mod audit;
mod desk;
mod given;
mod network;
mod registers;
mod service;

use cloister_attester::{Attester, Boot, Buffers, Extended};
use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::{component, log, stop, wait};
use cloister_tpm::Tpm;
use cloister_tpm::interface::{AnyInterface, Polled};
use spin::{Mutex, MutexGuard};

use crate::audit::Audit;
use crate::desk::Desk;
use crate::network::Network;
use crate::registers::Page;
use crate::service::Services;

component!(main);

/// The status with which this component ends when it was not given what it needs.
const FAILED: u64 = 1;

/// The version that evidence names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The way to the TPM.
type Way = Polled<Page, AnyInterface>;

static BUFFERS: Mutex<Buffers> = Mutex::new(Buffers::new());

fn main(info: &'static InfoPage) -> ! {
    let Some(page) = given::page() else { fail("there is no attester's page") };
    let (log, firmware_log) = given::logs(page);
    let firmware_log = Some(firmware_log).filter(|log| !log.is_empty());
    let events = u16::try_from(page.events).unwrap_or(u16::MAX);
    let Ok(boot) = Boot::parse(events, log, firmware_log) else { fail("the boot log is none") };
    let attester = start(info, page.registers, boot);
    let mut services = Services::new(info);
    log!("answers on {} channels", services.count());
    let mut network = Network::new(info, page);
    let events = services.events() | network.as_ref().map_or(0, Network::event);
    let mut desk = Desk::new(attester, info.ticks_per_second, MutexGuard::leak(BUFFERS.lock()));
    let mut audit = Audit::new(info);
    loop {
        desk.audited(audit.heads());
        services.serve(&mut desk);
        if let Some(network) = &mut network {
            network.serve(&mut desk);
        }
        wait(FRAME_EVENT | events);
    }
}

/// The attester, with the TPM if the boot was measured into it.
fn start(info: &InfoPage, registers: u64, boot: Boot<'static>) -> Attester<'static, Way> {
    let Some(mut registers) = Page::at(registers, info.ticks_per_second) else {
        log!("no TPM: evidence says so");
        return Attester::without_tpm(boot, VERSION);
    };
    let interface = match AnyInterface::detect(&mut registers) {
        Ok(interface) => interface,
        Err(fault) => fail_with("TPM", &fault),
    };
    match Attester::with_tpm(boot, Tpm::new(Polled::new(registers, interface)), VERSION) {
        Ok((attester, extended)) => {
            log!(
                "{}",
                match extended {
                    Extended::Now => "TPM: the machine's events are extended",
                    Extended::Before => "TPM: the machine's events were extended before",
                    Extended::Otherwise => "TPM: something else is in the machine's PCR",
                }
            );
            attester
        }
        Err(error) => fail_with("TPM", &error),
    }
}

/// Ends with a message.
fn fail(reason: &str) -> ! {
    log!("{reason}");
    stop(FAILED)
}

/// Ends with a message.
fn fail_with(what: &str, reason: &dyn core::fmt::Display) -> ! {
    log!("{what}: {reason}");
    stop(FAILED)
}
