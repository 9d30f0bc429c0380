//! Rules of devices: one owner each, behind the IOMMU, and input and screen with the GUI.

pub mod ownership;
pub mod rights;
pub mod roles;

use cloister_policy_format::SubjectIndex;

use crate::model::{Device, SubjectReference};

fn owner(device: &Device) -> Option<(SubjectIndex, &SubjectReference)> {
    let reference = device.owner.as_ref()?;
    Some((reference.target?, reference))
}
