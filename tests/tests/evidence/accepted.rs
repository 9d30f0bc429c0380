//! Evidence of a boot is accepted for its image.

use cloister::machine::Options;
use cloister_evidence::{
    Token,
    claims::Decoded,
    exchange::{Answer, Problem},
};

use cloister_model::audit::{Kind, Record};
use cloister_tests::audit::{self, Journal};

use crate::{
    POLICY,
    auditor::Auditor,
    image::{Image, answers, evidence_of},
    tpm2_tools,
};

/// What evidence says of the kernel's records is their chain, with what was refused to the challenger. Nothing
/// is compared where the machine was so slow that records were lost.
fn records_are_chained(journal: &Journal, evidence: &[u8]) {
    let token = Token::parse(evidence).expect("a token");
    let heads = Decoded::parse(token.payload).expect("claims").claims.audit.expect("heads");
    let [head] = heads.as_slice() else { panic!("{heads:?}") };
    let count = usize::try_from(head.records).expect("a few");
    match journal.records().filter(|_| head.lost == 0) {
        Some(records) => {
            let records = &records[..count];
            assert_eq!(audit::chain(records), head.digest);
            let refused = |record: &Record| record.kind == Kind::Refused as u16;
            assert!(records.iter().any(refused), "what the challenger may not do is not there");
        }
        None => println!("too slow to look at each of {count} records, {} lost", head.lost),
    }
}

#[test]
fn evidence_of_a_boot_is_accepted_for_its_image() {
    let image = Image::build(POLICY);
    let mut machine = image.start(&Options { memory: 1024, processors: 1, ..Options::default() });
    machine.line("lock", |line| line == "milestone: locked");
    let mut journal = Journal::new(audit::place(&machine.log(), "recorder"));
    let asked = [("challenger", 2), ("caller", 1)];
    let answers = answers(&mut machine, &asked, |machine| journal.look(machine.machine()));
    journal.look(machine.machine());
    let [refusal, by_channel, by_tcp] = &answers[..] else { panic!("{} answers", answers.len()) };
    drop(machine);
    assert_eq!(Answer::parse(refusal), Ok(Answer::Problem(Problem::BadRequest)));
    let evidence = evidence_of(by_channel);
    let auditor = Auditor::knowing(evidence);
    let reference = image.reference();
    match auditor.verdict(evidence, &reference) {
        Ok(table) => println!("{table}"),
        Err(failures) => panic!("refused:\n{}", failures.join("\n")),
    }
    assert_eq!(auditor.verdict(evidence_of(by_tcp), &reference).err(), None);
    for evidence in [by_channel, by_tcp] {
        records_are_chained(&journal, evidence_of(evidence));
    }

    let token = Token::parse(evidence).expect("a token");
    let decoded = Decoded::parse(token.payload).expect("claims");
    tpm2_tools::confirm(&decoded, image.directory.path());

    // One bit changed in the evidence.
    let mut altered = evidence.to_vec();
    altered[evidence.len() / 2] ^= 1;
    assert!(auditor.verdict(&altered, &reference).is_err());
}
