//! Rules of names: what is referred to exists. The resolver applies them.

use crate::check::Check;

/// A subject that does not exist.
pub static UNKNOWN_SUBJECT: Check = Check::reading(
    "P030",
    "unknown-subject",
    "Every world or component that is named somewhere is declared.",
);
/// An image that does not exist.
pub static UNKNOWN_IMAGE: Check =
    Check::reading("P031", "unknown-image", "Every image that a world starts from is declared.");
/// A network that does not exist.
pub static UNKNOWN_NETWORK: Check = Check::reading(
    "P032",
    "unknown-network",
    "Every outside network that a subject uses is declared.",
);
/// A virtual device that does not exist.
pub static UNKNOWN_DEVICE: Check = Check::reading(
    "P033",
    "unknown-virtual-device",
    "Every entry of a world's `devices` is a virtual device or `network:` and a network.",
);
/// A classification that does not exist.
pub static UNKNOWN_CLASSIFICATION: Check = Check::reading(
    "P034",
    "unknown-classification",
    "Every classification that is named somewhere is one of the lattice's levels.",
);
/// A compartment that does not exist.
pub static UNKNOWN_COMPARTMENT: Check = Check::reading(
    "P035",
    "unknown-compartment",
    "Every compartment that is named somewhere is one of the lattice's compartments.",
);
/// A world and a component of one name.
pub static NAME_TAKEN: Check = Check::reading(
    "P036",
    "name-taken",
    "No component has the name of a world, as both are subjects.",
);
/// An officer that does not exist.
pub static UNKNOWN_AUTHOR: Check =
    Check::reading("P037", "unknown-author", "The policy's author is one of its officers.");

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &UNKNOWN_SUBJECT,
    &UNKNOWN_IMAGE,
    &UNKNOWN_NETWORK,
    &UNKNOWN_DEVICE,
    &UNKNOWN_CLASSIFICATION,
    &UNKNOWN_COMPARTMENT,
    &NAME_TAKEN,
    &UNKNOWN_AUTHOR,
];
