//! Whether the machine's firmware is the one that is known, and started the image's boot program.

use std::collections::BTreeMap;

use cloister_tpm::{
    Selection,
    event_log::{EventKind, EventLog},
};

use super::{Allowances, Appraisal, Aspect, Finding, Outcome, Proven};
use crate::Reference;

/// The PCRs of firmware code and of Secure Boot, which are the same at each boot. The others hold the
/// order of boot devices and the like, and the boot program, which is compared by itself.
const STEADY_PCRS: [u8; 4] = [0, 2, 3, 7];

/// Whether firmware started the boot program of the image, and no other program.
pub fn boot_program(
    appraisal: &mut Appraisal,
    reference: Option<&Reference>,
    log: Option<&EventLog<'_>>,
) {
    let (claim, aspect) = ("boot program", Aspect::Executables);
    let started: Vec<_> = log
        .iter()
        .flat_map(|log| log.events())
        .filter(|event| event.kind == EventKind::BootServicesApplication && event.pcr == 4)
        .map(|event| hex::encode(event.digest))
        .collect();
    let came = if started.is_empty() { "none".to_owned() } else { started.join(", ") };
    let expected = reference.and_then(|reference| reference.boot_program);
    appraisal.findings.push(match expected {
        Some(expected) if started == [expected.to_string()] => {
            let meaning = "firmware started the image's boot program and nothing else";
            Finding::passed(claim, aspect, expected, came, meaning)
        }
        Some(expected) => {
            let meaning = match started.len() {
                0 => "firmware did not measure a boot program",
                1 => "firmware started another boot program than the image's",
                _ => "firmware started more programs than the image's boot program",
            };
            Finding::failed(claim, aspect, expected, came, meaning)
        }
        None => {
            let meaning = "no reference value says which boot program the image has";
            Finding::failed(claim, aspect, "a reference value", came, meaning)
        }
    });
}

/// Whether Secure Boot was on, where the image asks for that.
pub fn secure_boot(
    appraisal: &mut Appraisal,
    reference: Option<&Reference>,
    log: Option<&EventLog<'_>>,
) {
    let (claim, aspect) = ("Secure Boot", Aspect::Hardware);
    let required = reference.is_some_and(|reference| reference.secure_boot);
    let expected = if required { "on" } else { "on or off" };
    let (came, meaning) = match log.and_then(EventLog::secure_boot) {
        Some(true) => ("on", "firmware starts only programs that its owner's keys have signed"),
        Some(false) => ("off", "firmware starts any program, and measures it"),
        None => ("not measured", "firmware does not say clearly whether it starts any program"),
    };
    appraisal.findings.push(if came == "on" || !required {
        Finding::passed(claim, aspect, expected, came, meaning)
    } else {
        Finding::failed(claim, aspect, expected, came, meaning)
    });
}

/// Whether firmware and Secure Boot are as they were when the auditor looked.
pub fn values(appraisal: &mut Appraisal, proven: &Proven<'_>, allowances: Allowances) {
    let Some(machine) = &mut appraisal.machine else { return };
    let (claim, aspect) = ("firmware", Aspect::Hardware);
    let now: BTreeMap<u8, String> = STEADY_PCRS
        .into_iter()
        .filter_map(|index| Some((index, hex::encode(proven.bank.get(index)?))))
        .collect();
    let steady = Selection::of(&STEADY_PCRS);
    let expected = format!("PCRs {steady} as known");
    let finding = match &machine.firmware {
        Some(known) if *known == now => {
            let meaning = "firmware and Secure Boot are as when the auditor looked";
            Finding::passed(claim, aspect, &expected, &expected, meaning)
        }
        Some(known) => {
            let differs = |index: &&u8| known.get(*index) != now.get(*index);
            let differing: Vec<u8> = STEADY_PCRS.iter().filter(differs).copied().collect();
            let pcrs = Selection::of(&differing);
            let meaning = match differing[..] {
                [7] => "Secure Boot is set up otherwise than when the auditor looked",
                _ => "the firmware is another than when the auditor looked",
            };
            let came = format!("other values of PCRs {pcrs}");
            Finding::failed(claim, aspect, &expected, came, meaning).unless(allowances.relearn)
        }
        None if allowances.learn || allowances.relearn => {
            let meaning = "the firmware's values are remembered from now on, as the auditor asked";
            Finding::failed(claim, aspect, &expected, "not known yet", meaning).unless(true)
        }
        None => {
            let meaning = "nobody has said which firmware this machine has (--learn does)";
            Finding::failed(claim, aspect, &expected, "not known yet", meaning)
        }
    };
    if finding.outcome == Outcome::Warned {
        machine.firmware = Some(now);
    }
    appraisal.findings.push(finding);
}
