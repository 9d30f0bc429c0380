//! Policies that their officers have not approved are refused, each with its own message.

use cloister::{
    build::appliance::{Appliance, Request},
    machine::{BootMedia, options::Firmware},
    workspace,
};
use cloister_bundle::{Role, archive::Archive};
use cloister_tests::{
    appliance,
    running::{Running, quickest},
};

/// Layout of a signature file (docs/policy-signing.md): magic, version, number, zero, digest, then
/// signatures of this length.
const VERSION: usize = 8;
const NUMBER: usize = 10;
const DIGEST: usize = 12;
const SIGNATURES: usize = 44;
const SIGNATURE: usize = 97;

/// The signature file of the tests' policy, signed by both development keys.
fn signatures() -> Vec<u8> {
    let BootMedia::Memory { bundle, .. } = appliance::media(Firmware::Pvh, None) else {
        panic!("PVH boots from memory")
    };
    let bytes = std::fs::read(bundle).expect("the bundle");
    let archive = Archive::parse(&bytes).expect("an archive");
    let mut files = archive.manifest.files().zip(archive.contents());
    let (_, content) = files.find(|(entry, _)| entry.role == Role::PolicySignature).expect("one");
    content.to_vec()
}

/// What a machine says that is given these signatures of the tests' policy.
fn refusal(name: &str, signatures: &[u8]) -> String {
    let output = workspace::output().join("tests").join(format!("refused-{name}"));
    std::fs::create_dir_all(&output).expect("a directory");
    let signature = output.join("policy.sig");
    std::fs::write(&signature, signatures).expect("the signatures can be written");
    let request =
        Request { policy: appliance::policy(), signature: Some(signature), ..Request::default() };
    let built = Appliance::build(&request, &output).expect("the appliance can be built");
    let media = built.write(Firmware::Pvh, &output).expect("the media can be written");
    let mut machine = Running::start_with(&quickest(2), &media);
    machine.line("refusal", |line| line.starts_with("stop: ") || line.starts_with("milestone: "))
}

#[test]
fn each_reason_to_refuse_a_policy_has_its_message() {
    let good = signatures();
    assert_eq!(good.len(), SIGNATURES + 2 * SIGNATURE, "author and approver");

    let mut unsigned = good[..SIGNATURES].to_vec();
    unsigned[NUMBER] = 0;
    assert_eq!(refusal("unsigned", &unsigned), "stop: the policy is not signed");

    let mut alone = good[..SIGNATURES + SIGNATURE].to_vec();
    alone[NUMBER] = 1;
    assert_eq!(
        refusal("alone", &alone),
        "stop: the policy is signed by 1 of the 2 officers that must sign"
    );

    let mut altered = good.clone();
    altered[DIGEST] ^= 1;
    assert_eq!(refusal("altered", &altered), "stop: the policy was altered after it was signed");

    let mut forged = good.clone();
    *forged.last_mut().expect("a byte") ^= 1;
    let forged = refusal("forged", &forged);
    assert!(forged.contains("as approver is wrong"), "{forged}");

    let mut newer = good.clone();
    newer[VERSION] = 9;
    assert_eq!(
        refusal("newer", &newer),
        "stop: the policy's signatures are of format version 9; this appliance knows version 1"
    );

    let cut = refusal("cut", &good[..100]);
    assert!(
        cut.starts_with("stop: the policy's signature file is cut off: it has 100 of"),
        "{cut}"
    );
}
