//! Machine, devices, schedule and screen.

use cloister_policy_format::CpuIndex;

use super::{Resolver, cpus, lattice, subjects::resolution};
use crate::{
    model::{Device, Display, Interrupt, Lattice, Machine, MinorFrame, Schedule},
    schema::{CLASS, KEYBOARD, LEGACY},
    source::Located,
    tree::{Tree, Value},
};

/// The least machine that the policy is for.
pub fn machine(tree: &Tree) -> Machine {
    let Some(fields) = tree.table("machine") else { return Machine::default() };
    let sibling_group = |group: &Located<Value>| match &group.value {
        Value::List(items) => Some(Located::new(cpus(items), group.span)),
        _ => None,
    };
    Machine {
        span: fields.span,
        memory: fields.number("memory"),
        cpus: fields.number("cpus"),
        iommu: fields.flag("iommu"),
        siblings: fields.list("siblings").iter().filter_map(sibling_group).collect(),
        switch_cost: fields.number("switch-cost"),
    }
}

impl Resolver<'_> {
    pub(super) fn devices(&mut self, tree: &Tree) -> Vec<Device> {
        let make = |entry: &crate::tree::Entry| {
            let fields = &entry.fields;
            let selectors = [
                fields.choice("class", &CLASS),
                fields.selector("vendor-device"),
                fields.selector("address"),
                fields.choice("legacy", &LEGACY),
            ];
            Device {
                name: entry.name.clone(),
                selectors: selectors.into_iter().flatten().collect(),
                selector_keys: fields.count(&["class", "vendor-device", "address", "legacy"]),
                owner: self.subject(fields, "owner"),
                iommu_group: fields
                    .number("iommu-group")
                    .map(|group| group.map(|group| group as u16)),
                dma: fields.flag("dma"),
                interrupt: fields.table("interrupt").map(|table| {
                    let interrupt = Interrupt {
                        line: table.value.number("line").map(|line| line.map(|line| line as u8)),
                        owner: self.subject(&table.value, "owner"),
                    };
                    Located::new(interrupt, table.span)
                }),
            }
        };
        tree.entries("device").iter().map(make).collect()
    }

    pub(super) fn schedule(&mut self, tree: &Tree) -> Schedule {
        let Some(fields) = tree.table("schedule") else { return Schedule::default() };
        let mut plans = Vec::new();
        for (cpu, slots) in fields.map("cpu") {
            let (Ok(number), Value::List(slots)) = (cpu.value.parse(), &slots.value) else {
                continue;
            };
            let frames = slots.iter().filter_map(|slot| self.minor_frame(slot)).collect();
            plans.push((Located::new(CpuIndex(number), cpu.span), frames));
        }
        plans.sort_by_key(|(cpu, _): &(Located<CpuIndex>, _)| cpu.value);
        Schedule { span: fields.span, major_frame: fields.number("major-frame"), plans }
    }

    fn minor_frame(&mut self, slot: &Located<Value>) -> Option<MinorFrame> {
        let Value::Table(table) = &slot.value else { return None };
        Some(MinorFrame {
            span: slot.span,
            subject: self.subject(table, "subject"),
            time: table.number("time"),
            barrier: table.flag("barrier"),
        })
    }

    pub(super) fn display(&mut self, tree: &Tree, lattice: &Lattice) -> Option<Display> {
        let fields = tree.table("display")?;
        let highest = fields.level("highest");
        Some(Display {
            span: fields.span,
            gui: self.subject(fields, "gui"),
            highest: highest.and_then(|level| lattice::level(level, lattice, self.findings)),
            size: resolution(fields, "size"),
            secure_attention: fields.chord("secure-attention"),
            keyboard: fields.choice("keyboard", &KEYBOARD),
            large_text: fields.flag("large-text"),
            input_to_screen: fields.number("input-to-screen"),
        })
    }
}
