//! The driver of an outside network: a component with a network adapter behind the IOMMU, which shares the
//! adapter's one port among the worlds and the attester that the policy puts on the network.
//!
//! It is trusted with nothing but the network's own level. What its adapter reaches is its working memory,
//! whom it reaches are the network's members, each by a channel in and one out. [`cloister_link`] decides
//! which frames pass. There are no interrupts: it looks at its adapter in its frames.

#![no_std]
#![no_main]

mod adapter;
mod member;
mod memory;
mod port;
mod virtio;

use core::hint::spin_loop;

use cloister_runtime::abi::{FRAME_EVENT, InfoPage};
use cloister_runtime::call::restart;
use cloister_runtime::device::Device;
use cloister_runtime::{Item, component, info, log, now, stop, wait};

use crate::adapter::{Adapter, Fault};
use crate::member::Members;
use crate::port::Port;
use crate::virtio::Virtio;

/// The status with which this component ends when it was not given what it needs, or its adapter does what
/// no adapter does.
const FAILED: u64 = 1;

/// The part of a second for which the rest of the frame is kept when nothing came: answers of a network
/// nearby take less.
const PATIENCE: u64 = 1000;

component!(main);

fn main(given: &'static InfoPage) -> ! {
    let Some(device) = Device::all(given).next() else { fail("the policy gives it no adapter") };
    memory::begin(given, device.info.window);
    let adapter = match Virtio::start(&device) {
        Ok(adapter) => adapter,
        Err(fault) => fail(fault.0),
    };
    let again = info(Item::Incarnation) > 1;
    let members = Members::of(given, again);
    log!(
        "{} members share the adapter {}{}",
        members.count(),
        Address(adapter.address()),
        if again { ", again" } else { "" }
    );
    let events = members.events();
    let mut port = Port::new(adapter, members);
    let patience = given.ticks_per_second / PATIENCE;
    let mut last = now();
    loop {
        match port.exchange() {
            Ok(true) => last = now(),
            Ok(false) if now().wrapping_sub(last) < patience => spin_loop(),
            Ok(false) => {
                wait(FRAME_EVENT | events);
                last = now();
            }
            Err(Fault(reason)) => {
                log!("{reason}");
                restart(FAILED)
            }
        }
    }
}

/// Ends with a message.
fn fail(reason: &str) -> ! {
    log!("{reason}");
    stop(FAILED)
}

/// An Ethernet address in text.
struct Address([u8; 6]);

impl core::fmt::Display for Address {
    fn fmt(&self, text: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(text, "{first:02x}")?;
        rest.iter().try_for_each(|byte| write!(text, ":{byte:02x}"))
    }
}
