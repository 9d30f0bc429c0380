//! Requests from anybody, answered.

use std::sync::OnceLock;

use cloister_attester::{Attester, Boot, Buffers, Pace};
use cloister_evidence::{
    BootLog, Digest, Event, Measurer, Record, Switches, Verdict,
    exchange::{Answer, Problem, Request},
};
use cloister_tpm::Transport;

/// The way to a TPM on a machine that has none.
struct Nowhere;

impl Transport for Nowhere {
    type Error = ();

    fn transmit(&mut self, _: &[u8], _: &mut [u8]) -> Result<usize, ()> {
        Err(())
    }
}

/// The log of a small image.
fn log() -> &'static BootLog<1024> {
    static LOG: OnceLock<BootLog<1024>> = OnceLock::new();
    LOG.get_or_init(|| {
        let mut log = BootLog::new();
        let sha256 = Digest([1; 32]);
        for event in [
            Event::Kernel(sha256),
            Event::TrustAnchors(sha256),
            Event::Manifest(sha256),
            Event::Policy { sha256, version: 1, switches: Switches::default() },
            Event::PolicySignature(sha256),
            Event::ResourceMap(sha256),
            Event::Isolation(Verdict::Passed),
            Event::Lock,
        ] {
            let by = Measurer::BootProgram;
            log.push(&Record { by, event }).expect("the grammar's order");
        }
        log
    })
}

/// Every message has an answer that can be read: evidence to a challenge, else a problem of its own.
///
/// # Panics
/// When that does not hold.
pub fn attester(input: &[u8]) {
    let (events, items) = log().parts();
    let boot = Boot::parse(events, items, None).expect("a boot log");
    let mut attester = Attester::<Nowhere>::without_tpm(boot, "fuzzed");
    let mut pace = Pace::new(0, 1);
    let mut buffers = Box::new(Buffers::new());
    for now in 0..5 {
        let request = Request::parse(input);
        if !pace.take(now) {
            let answer = Attester::<Nowhere>::refuse(Problem::Busy, &mut buffers);
            assert_eq!(Answer::parse(answer), Ok(Answer::Problem(Problem::Busy)));
            continue;
        }
        let Ok(Some(request)) = request else { return };
        let answer = Answer::parse(attester.answer(&request, &mut buffers));
        match request {
            Request::Challenge { .. } => assert!(matches!(answer, Ok(Answer::Evidence(_)))),
            _ => assert_eq!(answer, Ok(Answer::Problem(Problem::NoTpm))),
        }
    }
}
