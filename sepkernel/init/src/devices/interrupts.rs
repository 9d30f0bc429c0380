//! Messages of devices become events of their owners.
//!
//! While somebody else's frame is, they wait in the local APIC, by their priority class: so that nobody's devices take
//! time from another, only one subject on each processor has devices that interrupt. Others look at theirs.

use cloister_abi::EVENT_BITS;
use cloister_hardware::handoff::{MAX_PROCESSORS, Range};
use cloister_hardware::layout::PAGE;
use cloister_model::isolation::DmaInterrupt;
use cloister_model::subject::{EventBit, EventTarget};
use cloister_tables::{FIRST_DEVICE_VECTOR, Interrupt};
use heapless::Vec;

use super::Owner;
use crate::address_space::{Access, AddressSpace};
use crate::frames::Frames;
use crate::iommu::Iommu;
use crate::pci::Function;
use crate::pci::configuration::requester;
use crate::subject::id;

/// Vectors of one processor.
const VECTORS: usize = 16;
/// Messages of all devices, at most: fewer than one table of a unit's has entries.
pub const MAX_INTERRUPTS: usize = VECTORS * MAX_PROCESSORS;

/// The messages that pass, as the units and as the kernel know them.
pub type Interrupts = Vec<(DmaInterrupt, Interrupt), MAX_INTERRUPTS>;

/// Makes the messages of a function events of its owner, and switches them on. Returns the first event's bit and how
/// many there are; none if it has no messages, there is no room, or another subject's devices interrupt the processor.
pub fn make(
    all: &mut Interrupts,
    (builder, owner, processor): Owner<'_>,
    (iommu, frames, boot): (&Iommu, &mut Frames, &mut AddressSpace),
    function: &Function,
) -> Option<(u32, u32)> {
    let messages = function.messages()?;
    let (receiver, requester) = (id(owner), requester(function.place));
    let apic = *builder.apics.get(usize::from(processor))?;
    let here = || all.iter().filter(|(_, other)| other.processor == processor);
    let channels = builder.policy.channels().iter();
    let events = channels.filter(|channel| channel.reader == owner && channel.event.is_some());
    let (first, before, count) = (all.len(), here().count(), messages.count as usize);
    let bit = events.count() + before;
    let foreign = here().any(|(_, other)| other.target.receiver != receiver);
    // The last event is that of virtual processors among themselves.
    if foreign || before + count > VECTORS || bit + count >= usize::from(EVENT_BITS) {
        return None;
    }
    for number in 0..count {
        let vector = FIRST_DEVICE_VECTOR + (before + number) as u8;
        let target = EventTarget { receiver, bit: EventBit::new((bit + number) as u8)? };
        let seen = DmaInterrupt { requester, vector, processor: apic };
        // There is room for those of all processors.
        let _ = all.push((seen, Interrupt { processor, vector, target }));
    }
    let made = all.iter().map(|(seen, _)| *seen).skip(first);
    let start = iommu.connect(frames, requester, first as u32, made);
    if let Some(page) = messages.table.map(|table| table / PAGE * PAGE) {
        boot.map(frames, page, Range { start: page, end: page + PAGE }, Access::Device);
    }
    function.send(messages, |number| iommu.format.message(start + number));
    Some((bit as u32, messages.count))
}
