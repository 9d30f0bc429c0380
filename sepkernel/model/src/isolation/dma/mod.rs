//! What devices reach: the tables of the IOMMUs, from the registers that the hardware uses.
//!
//! A device is its owner's, so what it reaches counts as the owner's: the same rules hold, and it is in the
//! resource map. Of a unit it must be true that it is on, that no function passes that was not given
//! to anybody, and that no interrupt passes but those that the kernel expects, as what it expects.

mod amd_vi;
mod vt_d;

use super::check::Visitor;
use super::walk::{Format, WHOLE, Walker};
use super::{Machine, PhysAddr, Place, Through, Violation};
use crate::subject::SubjectId;

/// An IOMMU, as its registers say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DmaUnit {
    /// Intel VT-d.
    VtD {
        /// The root table address register.
        root_table: u64,
        /// The interrupt remapping table address register.
        interrupt_table: u64,
        /// The global status register.
        status: u32,
    },
    /// AMD-Vi.
    AmdVi {
        /// The device table base address register.
        device_table: u64,
        /// The control register.
        control: u64,
        /// The exclusion base register.
        exclusion: u64,
    },
}

/// A PCI function that may write memory of its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DmaFunction {
    /// Bus, device and function.
    pub requester: u16,
    /// Whose it is.
    pub owner: SubjectId,
}

/// A message of a PCI function that passes as an interrupt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DmaInterrupt {
    /// Bus, device and function.
    pub requester: u16,
    /// The vector, which the kernel knows as its owner's.
    pub vector: u8,
    /// The number of the local APIC of the processor that the kernel expects it at.
    pub processor: u8,
}

/// What is wrong with what confines devices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DmaRule {
    /// There is no unit, and functions that write memory.
    Missing,
    /// A unit does not look at all requests, or has tables of a form that is not looked at here.
    Unit,
    /// A function reaches memory, and nobody was given it.
    Nobodys,
    /// A function's requests pass without tables, or with others than are looked at here.
    Unconfined,
    /// Interrupts of a function pass that the kernel does not expect, or those of an entry of an interrupt table.
    Interrupts,
}

/// The tables of one function: its number, the entry that leads to them, their root, their form.
type Tables = (u16, PhysAddr, u64, Format);

/// Visits what all functions reach.
pub fn visit(walker: &Walker<'_>, visitor: &mut Visitor<'_>) -> Result<(), Violation> {
    let Machine { dma_units, dma_functions, .. } = *walker.machine;
    if dma_units.is_empty() && !dma_functions.is_empty() {
        return Err(Violation::Dma { rule: DmaRule::Missing, of: 0 });
    }
    let mut each = |(requester, entry, root, format): Tables| {
        let given = dma_functions.iter().find(|function| function.requester == requester);
        let nobodys = Violation::Dma { rule: DmaRule::Nobodys, of: requester };
        let subject = given.ok_or(nobodys)?.owner;
        walker.check_table(Place { subject, entry }, root)?;
        let mut device = |mapping| visitor(mapping, Through::Device);
        walker.walk(&format, subject, PhysAddr(root), WHOLE, &mut device)
    };
    for unit in dma_units {
        match *unit {
            DmaUnit::VtD { root_table, interrupt_table, status } => {
                vt_d::unit(walker, root_table, interrupt_table, status, &mut each)?;
            }
            DmaUnit::AmdVi { device_table, control, exclusion } => {
                amd_vi::unit(walker, device_table, control, exclusion, &mut each)?;
            }
        }
    }
    Ok(())
}

/// A word of a table in several pages, by its number; each page must lie where tables are.
fn word(walker: &Walker<'_>, table: u64, number: u64) -> Result<u64, Violation> {
    let page = table.saturating_add(number / 512 * 4096);
    let at = Place { subject: SubjectId::KERNEL, entry: PhysAddr(page) };
    walker.check_table(at, page)?;
    Ok(walker.reader.read(PhysAddr(page), (number % 512) as u16))
}
