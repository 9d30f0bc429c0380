//! An older policy than the newest that has run is refused.

use cloister::{
    machine::{Options, options::Firmware},
    milestone::Milestone,
};
use cloister_tests::{appliance, running::Running};

#[test]
fn a_policy_older_than_the_last_that_ran_is_refused() {
    let policy = include_str!("../../policies/two-worlds.toml");
    let directory = tempfile::tempdir().expect("a directory");
    let variables = Some(directory.path().join("variables.fd"));
    let options = Options { tpm: false, memory: 1024, variables, ..Options::default() };
    let start = |version: u64| {
        let text = policy.replace("version = 1\n", &format!("version = {version}\n"));
        assert_ne!((text == policy, version), (true, 2), "the version is in the policy");
        let media = appliance::media_of(&format!("version-{version}"), &text, Firmware::Uefi);
        Running::start_with(&options, &media)
    };
    start(2).reach(Milestone::Locked);
    let refusal = start(1).line("refusal", |line| line.starts_with("stop: "));
    assert_eq!(
        refusal,
        "stop: the policy is version 1, older than version 2, which this appliance has run"
    );
    start(2).reach(Milestone::Locked);
}
