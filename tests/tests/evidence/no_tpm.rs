//! A machine without TPM.

use cloister::machine::{Options, options::Firmware};
use cloister_tests::running::quickest;

use crate::{
    POLICY,
    auditor::Auditor,
    image::{Image, answers, evidence_of},
};

#[test]
fn a_machine_without_tpm_says_so_and_is_refused() {
    let image = Image::build(&POLICY.replace("\"required\"", "\"optional\""));
    let mut machine = image.start(&Options { firmware: Firmware::Pvh, ..quickest(1) });
    let answers = answers(&mut machine, &[("challenger", 2)], |_| {});
    let verdict = Auditor::new().verdict(evidence_of(&answers[1]), &image.reference());
    let failures = verdict.expect_err("no TPM");
    assert!(failures.iter().any(|it| it.contains("no TPM")), "{failures:?}");
}
