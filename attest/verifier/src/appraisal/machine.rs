//! Whether the machine keeps apart what the policy keeps apart, and has not gone back in time.

use cloister_evidence::{Claims, Verdict};

use super::{Allowances, Appraisal, Aspect, Finding, Outcome, Proven};
use crate::state::Accepted;

/// Whether the isolation check passed, and on the tables that are known.
pub fn isolation(appraisal: &mut Appraisal, claims: &Claims<'_>, allowances: Allowances) {
    let aspect = Aspect::Runtime;
    let came = claims.isolation;
    appraisal.findings.push(if came == Verdict::Passed {
        let meaning = "the finished tables keep apart what the policy keeps apart";
        Finding::passed("isolation", aspect, Verdict::Passed, came, meaning)
    } else {
        let meaning = "nothing shows that the finished tables keep subjects apart";
        Finding::failed("isolation", aspect, Verdict::Passed, came, meaning)
    });
    let Some(machine) = &mut appraisal.machine else { return };
    let (claim, came) = ("resource map", claims.resource_map.to_string());
    let finding = match &machine.resource_map {
        Some(known) if *known == came => {
            let meaning = "who reaches what is as when the auditor looked";
            Finding::passed(claim, aspect, known, came, meaning)
        }
        Some(known) => {
            let meaning = "who reaches what is another than when the auditor looked";
            Finding::failed(claim, aspect, known, came, meaning).unless(allowances.relearn)
        }
        None => {
            let learn = allowances.learn || allowances.relearn;
            let meaning = if learn {
                "the resource map is remembered from now on, as the auditor asked"
            } else {
                "nobody has said which resource map this machine has (--learn does)"
            };
            Finding::failed(claim, aspect, "as known", came, meaning).unless(learn)
        }
    };
    if finding.outcome == Outcome::Warned {
        machine.resource_map = Some(claims.resource_map.to_string());
    }
    appraisal.findings.push(finding);
}

/// Whether all that only grows has grown.
pub fn counters(appraisal: &mut Appraisal, proven: &Proven<'_>) {
    let Some(machine) = &mut appraisal.machine else { return };
    let (claim, aspect) = ("counters", Aspect::Instance);
    let before = machine.accepted.clone();
    let now = Accepted {
        policy_version: before.policy_version.max(proven.claims.policy.version),
        boot_count: proven.claims.boot_count,
        reset_count: proven.quote.reset_count,
        clock: proven.quote.clock,
        chained: before.chained.clone(),
    };
    let show = |it: &Accepted| format!("boot {}, TPM reset {}", it.boot_count, it.reset_count);
    let back =
        |what: &str| format!("{what} went back: state of the machine was set back or copied");
    let meaning = if now.boot_count < before.boot_count {
        Some(back("the count of boots"))
    } else if now.reset_count < before.reset_count {
        Some(back("the count of the TPM's resets"))
    } else if now.clock < before.clock {
        Some(back("the TPM's clock"))
    } else {
        None
    };
    let expected = format!("{} or later", show(&before));
    let finding = match meaning {
        None => {
            let meaning = "the machine has not gone back in time";
            Finding::passed(claim, aspect, expected, show(&now), meaning)
        }
        Some(meaning) => Finding::failed(claim, aspect, expected, show(&now), meaning),
    };
    machine.accepted = now;
    appraisal.findings.push(finding);
}
