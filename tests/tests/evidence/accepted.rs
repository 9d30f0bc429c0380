//! Evidence of a boot is accepted for its image.

use cloister::machine::Options;
use cloister_evidence::{
    Token,
    claims::Decoded,
    exchange::{Answer, Problem},
};

use crate::{
    POLICY,
    auditor::Auditor,
    image::{Image, answers, evidence_of},
    tpm2_tools,
};

#[test]
fn evidence_of_a_boot_is_accepted_for_its_image() {
    let image = Image::build(POLICY);
    let mut machine = image.start(&Options { memory: 1024, processors: 1, ..Options::default() });
    let by_channel = answers(&mut machine, "challenger", 2);
    let by_tcp = answers(&mut machine, "caller", 1);
    drop(machine);
    assert_eq!(Answer::parse(&by_channel[0]), Ok(Answer::Problem(Problem::BadRequest)));
    let evidence = evidence_of(&by_channel[1]);
    let auditor = Auditor::knowing(evidence);
    let reference = image.reference();
    match auditor.verdict(evidence, &reference) {
        Ok(table) => println!("{table}"),
        Err(failures) => panic!("refused:\n{}", failures.join("\n")),
    }
    assert_eq!(auditor.verdict(evidence_of(&by_tcp[0]), &reference).err(), None);

    let token = Token::parse(evidence).expect("a token");
    let decoded = Decoded::parse(token.payload).expect("claims");
    tpm2_tools::confirm(&decoded, image.directory.path());

    // One bit changed in the evidence.
    let mut altered = evidence.to_vec();
    altered[evidence.len() / 2] ^= 1;
    assert!(auditor.verdict(&altered, &reference).is_err());
}
