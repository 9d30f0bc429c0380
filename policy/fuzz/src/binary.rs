//! Compiled policies from anybody.

use cloister_policy_format::{PolicyView, SectionKind, SubjectIndex, signature::TrustAnchors};

/// Decoding never panics, and what it accepts can be read to the end: each section gives as many
/// records as it says, and each subject has a name.
///
/// # Panics
/// When that does not hold.
pub fn binary(input: &[u8]) {
    let Ok(policy) = PolicyView::decode(input) else {
        return;
    };
    assert_eq!(policy.bytes(), input);
    let counts = policy.counts();
    let read = [
        (SectionKind::Classifications, policy.classifications().iter().count()),
        (SectionKind::Compartments, policy.compartments().iter().count()),
        (SectionKind::Files, policy.files().iter().count()),
        (SectionKind::Images, policy.images().iter().count()),
        (SectionKind::Worlds, policy.worlds().iter().count()),
        (SectionKind::Components, policy.components().iter().count()),
        (SectionKind::PortRanges, policy.port_ranges().iter().count()),
        (SectionKind::MsrRanges, policy.msr_ranges().iter().count()),
        (SectionKind::MmioRegions, policy.mmio_regions().iter().count()),
        (SectionKind::ControlRights, policy.control_rights().iter().count()),
        (SectionKind::Devices, policy.devices().iter().count()),
        (SectionKind::Links, policy.links().iter().count()),
        (SectionKind::LinkMembers, policy.link_members().iter().count()),
        (SectionKind::Networks, policy.networks().iter().count()),
        (SectionKind::NetworkPorts, policy.network_ports().iter().count()),
        (SectionKind::Channels, policy.channels().iter().count()),
        (SectionKind::ClipboardRules, policy.clipboard_rules().iter().count()),
        (SectionKind::ClipboardEnds, policy.clipboard_ends().iter().count()),
        (SectionKind::Guards, policy.guards().iter().count()),
        (SectionKind::MinorFrames, policy.minor_frames().iter().count()),
        (SectionKind::Display, policy.display().iter().count()),
        (SectionKind::Attestation, policy.attestation().iter().count()),
        (SectionKind::Officers, policy.officers().iter().count()),
    ];
    for (section, records) in read {
        assert_eq!(records, counts.of(section), "{section}");
    }
    for subject in 0..counts.subjects().min(64) {
        assert!(policy.subject_name(SubjectIndex(subject as u32)).is_some());
    }
    assert_eq!(policy.subject_name(SubjectIndex(counts.subjects() as u32)), None);
    let _ = TrustAnchors::named_in(&policy);
}
