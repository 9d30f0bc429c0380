//! Whether the kernel's audit records are chained, none of them is missing, and the chains go on from where
//! they were in this boot.

use cloister_bundle::Digest;
use cloister_evidence::Heads;

use super::{Allowances, Appraisal, Aspect, Finding, Proven};
use crate::state::Chained;

const CLAIM: &str = "audit records";

/// Chains as people compare them: how much of them there is, and one digest of all heads.
fn shown(heads: &Heads) -> String {
    let digest = match heads.as_slice() {
        [head] => Digest(head.digest),
        _ => Digest::of(heads.write(&mut [0; cloister_evidence::MAX_HEADS])),
    };
    format!("{} chained, {} lost, {digest}", heads.records(), heads.lost())
}

/// Looks at the chains, and remembers them.
pub fn chains(appraisal: &mut Appraisal, proven: &Proven<'_>, allowances: Allowances) {
    let Some(machine) = &mut appraisal.machine else { return };
    let aspect = Aspect::Runtime;
    let Some(heads) = &proven.claims.audit else {
        let meaning = "the image's policy has nobody chain what the kernel records";
        appraisal.findings.push(Finding::passed(CLAIM, aspect, "none", "none", meaning));
        return;
    };
    let boot = proven.quote.reset_count;
    let before = machine.accepted.chained.as_ref().filter(|chained| chained.boot == boot);
    let expected = match before.and_then(Chained::heads) {
        Some(before) => format!("{} or later", shown(&before)),
        None => "all chained".to_owned(),
    };
    let failed = |meaning| Finding::failed(CLAIM, aspect, &expected, shown(heads), meaning);
    let finding = if heads.as_slice().is_empty() {
        failed("who chains the kernel's records has not told the attester of any")
    } else if before.and_then(Chained::heads).is_some_and(|before| !follows(heads, &before)) {
        failed("the chains do not go on from what they were in this boot: they were begun anew")
    } else if heads.lost() > 0 {
        failed("records were overwritten before they were chained: what they said is not known")
            .unless(allowances.lost_records)
    } else {
        let meaning = "every record of the kernel up to here is in the chain";
        Finding::passed(CLAIM, aspect, &expected, shown(heads), meaning)
    };
    appraisal.findings.push(finding);
    machine.accepted.chained = Some(Chained::of(boot, heads));
}

/// Whether `now` can have come from `before`: nothing is shorter, and what is as long is the same.
fn follows(now: &Heads, before: &Heads) -> bool {
    let (now, before) = (now.as_slice(), before.as_slice());
    now.len() >= before.len()
        && now.iter().zip(before).all(|(now, before)| {
            now.records > before.records && now.lost >= before.lost || now == before
        })
}
