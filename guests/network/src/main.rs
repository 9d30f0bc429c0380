//! A world without an operating system that serves a page about itself, by HTTP, on a link of the
//! policy. Its network stack is smoltcp, its adapter's driver is `virtio-drivers`; it has no heap.
//!
//! It serves the link that `cloister.address=LINK:ADDRESS/PREFIX` on its command line names, as Debian
//! worlds do, or else its first one. There it also has the address that follows from its Ethernet
//! address (IPv6, fe80::/10).

#![no_std]
#![no_main]

mod acpi;
mod adapter;
mod address;
mod clock;
mod connection;
mod dma;
mod identity;
mod page;
mod pci;
mod request;
mod server;

use adapter::{Adapter, Buffers};
use address::Assignment;
use clock::Clock;
use cloister_bare::timer::Timer;
use cloister_bare::{StartInformation, apic, guest, idle, say};
use identity::Identity;

guest!(main);

fn main(information: &StartInformation) -> ! {
    match serve(information) {
        Ok(never) => match never {},
        Err(failure) => {
            say!("network: {failure}");
            idle()
        }
    }
}

/// Finds out who the world is, starts the adapter of its link, and serves for ever.
fn serve(information: &StartInformation) -> Result<core::convert::Infallible, &'static str> {
    let clock = Clock::start().ok_or("there is no clock of KVM's kind")?;
    let identity = Identity::find(information).ok_or("no table says which world this is")?;
    let assignment = Assignment::of(information.command_line())?;
    let is_wanted = |name| assignment.is_none_or(|wanted| wanted.link == name);
    let mut links = identity.links();
    let link = links.find(|link| is_wanted(link.name())).ok_or("there is no such link")?;
    let slot = link.slot().ok_or("the link has no adapter")?;
    say!("network: world {} on link {}", identity.name(), link.name());

    apic::start();
    let timer = Timer::start();
    let mut buffers = Buffers::new();
    let mut adapter = Adapter::start(slot, &mut buffers)?;
    server::run(&mut adapter, &identity, assignment, clock, timer)
}
