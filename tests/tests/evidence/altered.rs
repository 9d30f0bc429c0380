//! Images of which one bit is another: each boots, and is refused for what was changed.

use std::time::Instant;

use cloister::machine::{BootMedia, Options, options::Network};
use cloister_attest::Reference;
use cloister_tests::running::Running;

use crate::{
    POLICY,
    auditor::Auditor,
    image::{Image, answers, evidence_of},
};

/// Boots, and returns what an auditor refuses, who lets debugging pass or not.
fn refused(media: &BootMedia, reference: &Reference, debug: bool) -> Vec<String> {
    let started = Instant::now();
    let network = Some(Network::default());
    let options = Options { memory: 1024, processors: 1, network, ..Options::default() };
    let mut machine = Running::start_with(&options, media);
    let answers = answers(&mut machine, &[("challenger", 2)], |_| {});
    println!("answered after {} s", started.elapsed().as_secs());
    let evidence = evidence_of(&answers[1]);
    let mut auditor = Auditor::knowing(evidence);
    auditor.allowances.debug = debug;
    if let Some(machine) = &mut auditor.machine {
        machine.accepted.policy_version = 3;
    }
    auditor.verdict(evidence, reference).expect_err("another image")
}

#[test]
fn an_image_of_which_one_bit_is_another_boots_and_is_refused() {
    let policy = POLICY
        .replace(
            "kernel       = { file = \"debian/vmlinuz\" }",
            "kernel = { file = \"native/probe\" }",
        )
        .replace("initrd       = { file = \"debian/initrd.img\" }\n", "")
        // Here the attester itself chains the audit records.
        .replace("reader = \"recorder\"", "reader = \"attester\"");
    let image = Image::build(&policy);
    let reference = image.reference();
    let policy_refused = "policy: another policy than the image's is enforced".to_owned();

    let kernel = image.with_kernel_bit("boot program and kernel are not of one build");
    assert_eq!(
        refused(&kernel, &reference, true),
        [
            "boot program: firmware started another boot program than the image's",
            "image: event 1 is the first that differs: the content of the kernel is not the image's",
        ]
    );

    // The officers approve each file by its digest: another file is another policy.
    for (part, name, text) in [
        ("component", "native/attester", "no TPM: evidence says so"),
        ("guest image", "native/probe", "probe: done"),
    ] {
        let media = image.with_policy(&policy, Some((name, text)));
        let image_refused = format!(
            "image: event 4 is the first that differs, but for the manifest: the content of the policy \
             is not the image's; also another: the {part} {name}"
        );
        assert_eq!(refused(&media, &reference, true), [image_refused, policy_refused.clone()]);
    }

    let older = policy
        .replace("version = 3", "version = 2")
        .replace("\"console=ttyS0\"", "\"console=ttyS1\"");
    let older = image.with_policy(&older, None);
    // Nor has this firmware Secure Boot, for which the builder may ask.
    let reference = Reference { secure_boot: true, ..reference };
    assert_eq!(
        refused(&older, &reference, false),
        [
            "Secure Boot: firmware starts any program, and measures it",
            "image: event 4 is the first that differs, but for the manifest: an older policy is enforced: \
             version 2 instead of 3; also another: the command line filler",
            &policy_refused,
            "rollback: the policy was set back: version 3 has run on this machine",
            "debug: kernel and components write to a serial line, which is a channel between levels",
        ]
    );
}
