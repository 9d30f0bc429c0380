//! A machine without TPM.

use cloister::machine::{
    Options,
    options::{Firmware, Network},
};
use cloister_tests::running::quickest;

use crate::{
    POLICY,
    auditor::Auditor,
    image::{Image, answers, evidence_of},
};

#[test]
fn a_machine_without_tpm_says_so_and_is_refused() {
    let image = Image::build(&POLICY.replace("\"required\"", "\"optional\""));
    let network = Some(Network::default());
    let options = Options { firmware: Firmware::Pvh, network, ..quickest(1) };
    let mut machine = image.start(&options);
    let answers = answers(&mut machine, &[("challenger", 2)], |_| {});
    let verdict = Auditor::new().verdict(evidence_of(&answers[1]), &image.reference());
    let failures = verdict.expect_err("no TPM");
    assert!(failures.iter().any(|it| it.contains("no TPM")), "{failures:?}");
}
