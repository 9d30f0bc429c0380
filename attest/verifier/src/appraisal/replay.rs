//! Whether the logs are what was extended into the PCRs.

use cloister_evidence::{
    TpmEvidence,
    log::{IMAGE_PCR, MACHINE_PCR},
};
use cloister_tpm::{PcrBank, Quote, Selection, event_log::EventLog};

use super::{Appraisal, Aspect, Finding, Proven};

/// The PCRs that firmware alone extends.
pub const FIRMWARE_PCRS: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// The PCRs' values, if they are those that the TPM signed for, and something was measured.
pub fn values(appraisal: &mut Appraisal, tpm: &TpmEvidence<'_>, quote: &Quote) -> Option<PcrBank> {
    let mut bank = PcrBank::after_reset();
    for (index, value) in quote.selection.indices().zip(tpm.values) {
        bank.set(index, *value);
    }
    let (claim, aspect) = ("PCR values", Aspect::Hardware);
    if bank.composite(quote.selection) != quote.pcr_digest {
        appraisal.findings.push(Finding::failed(
            claim,
            aspect,
            hex::encode(quote.pcr_digest),
            hex::encode(bank.composite(quote.selection)),
            "the PCR values beside the quote are not those that the TPM signed for",
        ));
        return None;
    }
    let blank = |index: &u8| matches!(bank.get(*index), Some(value) if *value == [0; 32] || *value == [0xff; 32]);
    let blank: Vec<u8> = quote.selection.indices().filter(blank).collect();
    if !blank.is_empty() {
        appraisal.findings.push(Finding::failed(
            claim,
            aspect,
            "measurements in every PCR",
            format!("none in {}", Selection::of(&blank)),
            "nothing was measured into these PCRs: the boot was not measured, or not by this \
             machine's firmware",
        ));
        return None;
    }
    appraisal.findings.push(Finding::passed(
        claim,
        aspect,
        hex::encode(quote.pcr_digest),
        hex::encode(quote.pcr_digest),
        "the TPM signed for these values",
    ));
    Some(bank)
}

/// Whether the boot log gives the values of the image's and the machine's PCR.
pub fn boot_log(appraisal: &mut Appraisal, proven: &Proven<'_>) {
    for (index, replayed) in
        [IMAGE_PCR, MACHINE_PCR].into_iter().zip(proven.claims.boot_log.replay())
    {
        let value = proven.bank.get(index).copied().unwrap_or_default();
        let (claim, aspect) = match index {
            IMAGE_PCR => ("boot log, image", Aspect::Executables),
            _ => ("boot log, machine", Aspect::Runtime),
        };
        appraisal.findings.push(if value == replayed.0 {
            let meaning = format!("the boot log is all that was measured into PCR {index}");
            Finding::passed(claim, aspect, hex::encode(value), replayed, meaning)
        } else {
            let meaning = format!(
                "the boot log is not what was measured into PCR {index}: it was altered, or \
                 something was measured that it does not say"
            );
            Finding::failed(claim, aspect, hex::encode(value), replayed, meaning)
        });
    }
}

/// Whether the firmware's log gives the values of the firmware's PCRs, and agrees with the boot log.
/// Returns the log if it does.
pub fn firmware_log<'a>(appraisal: &mut Appraisal, proven: &Proven<'a>) -> Option<EventLog<'a>> {
    let (claim, aspect) = ("firmware log", Aspect::Hardware);
    let expected = format!("the values of PCRs {}", Selection::of(&FIRMWARE_PCRS));
    let failed =
        |came: &str, meaning: String| Finding::failed(claim, aspect, &expected, came, meaning);
    let Some(bytes) = proven.claims.firmware_log else {
        appraisal.findings.push(failed(
            "none",
            "the firmware left no log: what started the boot program cannot be told".to_owned(),
        ));
        return None;
    };
    let log = match EventLog::parse(bytes) {
        Ok(log) => log,
        Err(fault) => {
            appraisal.findings.push(failed("malformed", fault.to_string()));
            return None;
        }
    };
    let replayed = log.replay();
    let differing = |index: &&u8| replayed.get(**index) != proven.bank.get(**index);
    let differing: Vec<u8> = FIRMWARE_PCRS.iter().filter(differing).copied().collect();
    if !differing.is_empty() {
        let pcrs = Selection::of(&differing);
        appraisal.findings.push(failed(
            &format!("other values of PCRs {pcrs}"),
            format!("the firmware's log is not what was measured into PCRs {pcrs}"),
        ));
        return None;
    }
    if let Err(meaning) = agrees(&log, proven) {
        appraisal.findings.push(failed("another story", meaning));
        return None;
    }
    let meaning = "the firmware's log is all that was measured into its PCRs";
    appraisal.findings.push(Finding::passed(claim, aspect, &expected, &expected, meaning));
    Some(log)
}

/// What the boot program had the firmware measure is the beginning of the boot log, event by event.
fn agrees(log: &EventLog<'_>, proven: &Proven<'_>) -> Result<(), String> {
    let mut logged = proven.claims.boot_log.events();
    for event in log.events().filter(|event| event.is_extended()) {
        if FIRMWARE_PCRS.contains(&event.pcr) {
            continue;
        }
        let number = event.number;
        if event.pcr != IMAGE_PCR && event.pcr != MACHINE_PCR {
            return Err(format!("firmware event {number} was extended into PCR {}", event.pcr));
        }
        let same = logged.next().is_some_and(|logged| {
            logged.extended.0 == event.digest && logged.record.event.pcr() == event.pcr
        });
        if !same {
            return Err(format!("firmware event {number} is not in the boot log in its place"));
        }
    }
    Ok(())
}
