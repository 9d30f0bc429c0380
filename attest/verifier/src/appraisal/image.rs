//! Whether what was booted is the image, and the policy the one that counts.

use cloister_evidence::Claims;

use super::{Allowances, Appraisal, Aspect, Finding, difference};
use crate::Reference;

/// Whether every event of the boot log is the image's.
pub fn check(appraisal: &mut Appraisal, reference: Option<&Reference>, claims: &Claims<'_>) {
    let (claim, aspect) = ("image", Aspect::Executables);
    let came = difference::image_events(claims);
    let Some(reference) = reference else {
        let meaning = "there are no reference values: nothing is known of any image";
        let count = format!("{} events", came.len());
        appraisal.findings.push(Finding::failed(claim, aspect, "reference values", count, meaning));
        return;
    };
    let count = format!("{} events of \"{}\"", reference.events.len(), reference.name);
    appraisal.findings.push(match difference::first(&reference.events, &came) {
        None => {
            let meaning = "everything that runs or is enforced is the image's";
            Finding::passed(claim, aspect, &count, &count, meaning)
        }
        Some(difference) => {
            let meaning = format!(
                "event {} is the first that differs{}: {}",
                difference.number,
                if difference.is_first { "" } else { ", but for the manifest" },
                difference.cause
            );
            Finding::failed(claim, aspect, difference.expected, difference.came, meaning)
        }
    });
}

/// Whether the policy is the image's, not older than one that ran, and without weakening switches.
pub fn policy(
    appraisal: &mut Appraisal,
    reference: Option<&Reference>,
    claims: &Claims<'_>,
    allowances: Allowances,
) {
    let aspect = Aspect::Configuration;
    let found = claims.policy;
    let shown = |version, sha256| format!("version {version}, {sha256}");
    let came = shown(found.version, found.sha256);
    appraisal.findings.push(match reference.and_then(Reference::policy) {
        Some((version, _, sha256)) if (version, sha256) == (found.version, found.sha256) => {
            let meaning = "the image's policy is enforced";
            Finding::passed("policy", aspect, &came, &came, meaning)
        }
        Some((version, _, sha256)) => {
            let meaning = "another policy than the image's is enforced";
            Finding::failed("policy", aspect, shown(version, sha256), came, meaning)
        }
        None => {
            let meaning = "there are no reference values: nothing is known of any policy";
            Finding::failed("policy", aspect, "a reference value", came, meaning)
        }
    });
    let newest = appraisal.machine.as_ref().map_or(0, |machine| machine.accepted.policy_version);
    let (expected, came) =
        (format!("version {newest} or newer"), format!("version {}", found.version));
    appraisal.findings.push(if found.version >= newest {
        let meaning = "no newer policy has run on this machine";
        Finding::passed("rollback", aspect, expected, came, meaning)
    } else {
        let meaning = format!("the policy was set back: version {newest} has run on this machine");
        Finding::failed("rollback", aspect, expected, came, meaning)
    });
    let switch = |claim, on: bool, allowed, off_means: &str, on_means: &str| {
        if on {
            Finding::failed(claim, aspect, "off", "on", on_means).unless(allowed)
        } else {
            Finding::passed(claim, aspect, "off", "off", off_means)
        }
    };
    appraisal.findings.push(switch(
        "debug",
        found.switches.debug,
        allowances.debug,
        "nothing is written to a serial line",
        "kernel and components write to a serial line, which is a channel between levels",
    ));
    appraisal.findings.push(switch(
        "unsafe DMA",
        found.switches.unsafe_dma,
        allowances.unsafe_dma,
        "devices are confined by an IOMMU",
        "devices can write any memory: there is no IOMMU between",
    ));
}
