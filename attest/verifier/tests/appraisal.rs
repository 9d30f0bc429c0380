//! Good evidence is affirmed; every kind of bad evidence is refused with its own reason.

mod support;

use cloister_attest::{
    Allowances, Appraisal, Outcome, Reference, State, appraise,
    reference::{Expected, Kind},
    table,
};
use cloister_evidence::{Digest, Event, Heads, Switches, Verdict};
use cloister_tpm::Selection;
use support::{
    Boot, Desk, assert_fixture, digest, firmware_log::FirmwareLog, heads, log_of, reference,
};

const NOW: u64 = 1_000_000;
const LIFETIME: u64 = 60;

/// An auditor with one known machine.
struct Auditor {
    state: State,
    references: Vec<Reference>,
    allowances: Allowances,
    _directory: tempfile::TempDir,
}

impl Auditor {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            state: State::open(directory.path()).unwrap(),
            references: vec![reference()],
            allowances: Allowances::default(),
            _directory: directory,
        }
    }

    fn knowing(desk: &mut Desk) -> Self {
        let auditor = Self::new();
        desk.enrol(&auditor.state);
        auditor
    }

    fn nonce(&self) -> [u8; 32] {
        self.state.issue_nonce(NOW, LIFETIME).unwrap()
    }

    fn appraise(&self, evidence: &[u8]) -> Appraisal {
        appraise(evidence, &self.state, &self.references, self.allowances, NOW).unwrap()
    }

    /// The checks that fail, a line each, must be those of the fixture.
    fn refuses(&self, fixture: &str, evidence: &[u8]) {
        let appraisal = self.appraise(evidence);
        assert!(!appraisal.is_acceptable(), "{fixture}: accepted");
        let lines = appraisal.failures().map(|it| format!("{}: {}\n", it.claim, it.meaning));
        assert_fixture(&format!("{fixture}.txt"), &lines.collect::<String>());
    }
}

/// What an auditor who knows the firmware and map of machines says of one that boots otherwise.
fn refuses_boot(fixture: &str, boot: Boot) {
    let mut desk = Desk::boot(boot);
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    auditor.refuses(fixture, &desk.evidence(&nonce));
}

/// The usual image with one event changed.
fn image(change: impl Fn(&mut Vec<Expected>)) -> Boot {
    let mut boot = Boot::default();
    change(&mut boot.image);
    boot
}

#[test]
fn good_evidence_is_affirmed() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    for _ in 0..2 {
        let nonce = auditor.nonce();
        let appraisal = auditor.appraise(&desk.evidence(&nonce));
        assert_eq!(appraisal.outcome(), Outcome::Passed, "{}", table::render(&appraisal));
        auditor.state.keep_machine(appraisal.machine.as_ref().unwrap()).unwrap();
    }
    let nonce = auditor.nonce();
    let appraisal = auditor.appraise(&desk.evidence(&nonce));
    assert_eq!(appraisal.findings.len(), 21);
    assert_eq!(appraisal.short_code, Some(reference().short_code().unwrap()));
}

#[test]
fn a_nonce_is_good_once_only_for_a_while_and_only_if_it_was_issued() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    let evidence = desk.evidence(&nonce);
    assert!(auditor.appraise(&evidence).is_acceptable());
    auditor.refuses("nonce-replayed", &evidence);
    auditor.refuses("nonce-unknown", &desk.evidence(&[5; 32]));
    let old = auditor.state.issue_nonce(NOW - 200, LIFETIME).unwrap();
    auditor.refuses("nonce-expired", &desk.evidence(&old));
}

#[test]
fn evidence_without_a_tpm_is_refused() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    auditor.refuses("no-tpm", &desk.without_tpm(&nonce));
}

#[test]
fn another_machine_is_not_the_enrolled_one() {
    let mut desk = Desk::new();
    let mut other = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    auditor.refuses("machine-unknown", &other.evidence(&nonce));
    // Both are enrolled: the one's claims with the other's quote.
    other.enrol(&auditor.state);
    let nonce = auditor.nonce();
    let identity = desk.identity();
    let evidence = other.altered(&nonce, |claims| claims.machine = Some(identity), |_| {});
    auditor.refuses("machine-mixed", &evidence);
    let nonce = auditor.nonce();
    let mut quote = (Vec::new(), Vec::new());
    other.altered(
        &nonce,
        |_| {},
        |parts| {
            quote = (parts.attest.clone(), parts.signature.clone());
        },
    );
    let evidence = desk.altered(
        &nonce,
        |_| {},
        |parts| {
            (parts.attest, parts.signature) = quote.clone();
        },
    );
    auditor.refuses("quote-of-another-machine", &evidence);
}

#[test]
fn quote_and_claims_belong_together() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    // Forged claims with a good quote: the version of the software, and the key that signs.
    let nonce = auditor.nonce();
    let evidence = desk.altered(&nonce, |_| {}, |parts| parts.claims.version = "9.9.9");
    auditor.refuses("claims-forged", &evidence);
    // Good claims with a forged quote: one that the TPM signed for something else.
    let nonce = auditor.nonce();
    let (mut attest, mut signature) = (Vec::new(), Vec::new());
    desk.altered(
        &[1; 32],
        |_| {},
        |parts| {
            (attest, signature) = (parts.attest.clone(), parts.signature.clone());
        },
    );
    let evidence = desk.altered(
        &nonce,
        |_| {},
        |parts| {
            (parts.attest, parts.signature) = (attest.clone(), signature.clone());
        },
    );
    auditor.refuses("quote-for-other-claims", &evidence);
    let nonce = auditor.nonce();
    let evidence = desk.altered(
        &nonce,
        |_| {},
        |parts| {
            let last = parts.attest.len() - 1;
            parts.attest[last] ^= 1;
        },
    );
    auditor.refuses("quote-altered", &evidence);
    let nonce = auditor.nonce();
    let evidence = desk.altered(&nonce, |claims| claims.reset_count += 1, |_| {});
    auditor.refuses("reset-count", &evidence);
    // The token's signature.
    let nonce = auditor.nonce();
    let mut evidence = desk.evidence(&nonce);
    let last = evidence.len() - 1;
    evidence[last] ^= 1;
    auditor.refuses("wrong-evidence-key", &evidence);
}

/// A key outside of any TPM, enrolled by mistake, signs what no TPM would.
#[test]
fn a_forged_quote_is_refused_even_with_a_valid_signature() {
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
    let mut desk = Desk::new();
    let auditor = Auditor::new();
    let key = SigningKey::from_slice(&[9; 32]).unwrap();
    // The public area of the TPM's key, with the point of this one.
    let mut public = desk.key.public.to_vec();
    let point = key.verifying_key().to_sec1_point(false);
    let start = public.len() - 68;
    public[start + 2..start + 34].copy_from_slice(&point.as_bytes()[1..33]);
    public[start + 36..].copy_from_slice(&point.as_bytes()[33..]);
    let mut machine = desk.enrol(&auditor.state);
    let identity = Digest::of(&public);
    machine.identity = identity.0;
    auditor.state.keep_machine(&machine).unwrap();
    let forged = |desk: &mut Desk, nonce: &[u8], forge: &dyn Fn(&mut Vec<u8>)| {
        desk.altered(
            nonce,
            |claims| claims.machine = Some(identity),
            |parts| {
                forge(&mut parts.attest);
                let signature: Signature = key.sign(&parts.attest);
                parts.signature = [0x00, 0x18, 0x00, 0x0b].to_vec();
                for scalar in signature.to_bytes().chunks(32) {
                    parts.signature.extend([0, 32]);
                    parts.signature.extend(scalar);
                }
                parts.attestation_key = public.clone();
            },
        )
    };
    let nonce = auditor.nonce();
    let evidence = forged(&mut desk, &nonce, &|_| {});
    assert!(auditor.appraise(&evidence).is_acceptable(), "the forgery itself works");
    let nonce = auditor.nonce();
    let evidence = forged(&mut desk, &nonce, &|attest| attest[..4].copy_from_slice(b"FAKE"));
    auditor.refuses("quote-forged-magic", &evidence);
    let nonce = auditor.nonce();
    let evidence = forged(&mut desk, &nonce, &|attest| attest[5] = 0x17);
    auditor.refuses("quote-of-another-type", &evidence);
    // A key that would sign anything.
    let nonce = auditor.nonce();
    let mut unrestricted = public.clone();
    unrestricted[5] &= !1;
    let evidence = desk.altered(
        &nonce,
        |_| {},
        |parts| {
            parts.attestation_key = unrestricted.clone();
        },
    );
    auditor.refuses("key-unrestricted", &evidence);
}

#[test]
fn the_selection_that_the_tpm_signed_counts() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let other = Selection::of(&[0, 1, 2, 3, 4, 5, 6, 7, 16, 23]);
    let log = desk.log.clone();
    let firmware = desk.firmware.clone();
    for (fixture, said) in [("selection-relabelled", support::pcrs()), ("selection-other", other)] {
        let nonce = auditor.nonce();
        let claims = desk.claims(&log, &firmware, &nonce);
        let bank = desk.tpm.pcr_read(other).unwrap();
        let quoted = desk.tpm.quote(desk.key.handle, &claims.qualifying_data(), other).unwrap();
        let parts = support::Parts {
            claims,
            selection: said,
            attest: quoted.attest.to_vec(),
            signature: quoted.signature.to_vec(),
            attestation_key: desk.key.public.to_vec(),
            values: support::values(&bank, other),
        };
        auditor.refuses(fixture, &parts.sign(&[3; 32]));
    }
}

#[test]
fn values_are_those_that_the_tpm_signed() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let before = desk.tpm.pcr_read(support::pcrs()).unwrap();
    desk.tpm.pcr_extend(9, &[1; 32]).unwrap();
    let nonce = auditor.nonce();
    let evidence = desk.altered(
        &nonce,
        |_| {},
        |parts| {
            parts.values = support::values(&before, support::pcrs());
        },
    );
    auditor.refuses("values-stale", &evidence);
    let nonce = auditor.nonce();
    auditor.refuses("extended-after-the-lock", &desk.evidence(&nonce));
}

#[test]
fn a_boot_that_nobody_measured_is_refused() {
    refuses_boot("unmeasured", Boot { measured: false, ..Boot::default() });
}

/// Each event of the log, with something else in it than was measured.
#[test]
fn a_log_that_was_altered_is_refused_whichever_event() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let log = desk.log.clone();
    let events: Vec<_> = log.view().unwrap().events().map(|it| it.record.event).collect();
    let else_ = digest("something else");
    for (place, event) in events.iter().enumerate() {
        let altered = match *event {
            Event::Kernel(_) => Event::Kernel(else_),
            Event::TrustAnchors(_) => Event::TrustAnchors(else_),
            Event::Manifest(_) => Event::Manifest(else_),
            Event::Policy { version, switches, .. } => {
                Event::Policy { sha256: else_, version, switches }
            }
            Event::PolicySignature(_) => Event::PolicySignature(else_),
            Event::Component { name, .. } => Event::Component { name, sha256: else_ },
            Event::GuestImage { name, .. } => Event::GuestImage { name, sha256: else_ },
            Event::CommandLine { subject, .. } => Event::CommandLine { subject, sha256: else_ },
            Event::ResourceMap(_) => Event::ResourceMap(else_),
            Event::Isolation(_) => Event::Isolation(Verdict::NotRun),
            // Says nothing that could be altered.
            Event::Lock => continue,
        };
        let mut changed = events.clone();
        changed[place] = altered;
        let nonce = auditor.nonce();
        let evidence = desk.with_log(&log_of(&changed), &nonce, |_| {}, |_| {});
        let title = event.title().replace(' ', "-");
        auditor.refuses(&format!("log-altered-{title}"), &evidence);
    }
}

#[test]
fn a_log_with_more_fewer_or_moved_events_is_refused() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let log = desk.log.clone();
    let events: Vec<_> = log.view().unwrap().events().map(|it| it.record.event).collect();
    let refuses = |desk: &mut Desk, fixture: &str, events: &[Event<'_>]| {
        let nonce = auditor.nonce();
        let evidence = desk.with_log(&log_of(events), &nonce, |_| {}, |_| {});
        auditor.refuses(fixture, &evidence);
    };
    let mut reordered = events.clone();
    reordered.swap(6, 7);
    refuses(&mut desk, "log-reordered", &reordered);
    let mut fewer = events.clone();
    fewer.remove(5);
    refuses(&mut desk, "log-event-removed", &fewer);
    let mut more = events.clone();
    more.insert(6, Event::Component { name: "native/extra", sha256: digest("extra") });
    refuses(&mut desk, "log-event-added", &more);
}

/// Whoever writes evidence by hand can leave out the lock; nobody reads such a log.
#[test]
fn a_truncated_log_is_refused() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    let evidence = desk.evidence(&nonce);
    // The log's head says twelve events; say eleven, and cut the last (three bytes and its length).
    let lock = [0x43, 0x82, 0x0b, 0x01];
    let place = evidence.windows(4).position(|window| window == lock).unwrap();
    let mut truncated = evidence.clone();
    truncated.drain(place..place + 4);
    let head = evidence.windows(6).position(|it| it == [0x3a, 0, 1, 0x11, 0x70, 0x8c]).unwrap();
    truncated[head + 5] = 0x8b;
    // The payload is four bytes shorter.
    let length = truncated.windows(3).position(|it| it[0] == 0x59 && it[1] >= 4).unwrap();
    let size = u16::from_be_bytes([truncated[length + 1], truncated[length + 2]]) - 4;
    truncated[length + 1..length + 3].copy_from_slice(&size.to_be_bytes());
    auditor.refuses("log-truncated", &truncated);
}

#[test]
fn another_image_is_refused_with_the_first_difference_in_words() {
    let changed =
        |place: usize| image(move |events| events[place].sha256 = digest("changed by one bit"));
    for (fixture, place) in [
        ("image-kernel", 0),
        ("image-anchors", 1),
        ("image-manifest", 2),
        ("image-policy", 3),
        ("image-signature", 4),
        ("image-component", 5),
        ("image-guest-image", 6),
        ("image-command-line", 8),
    ] {
        refuses_boot(fixture, changed(place));
    }
    // As an image comes that was built anew, and signed: what names the component changes with it.
    let several = |places: &'static [usize]| {
        image(move |events| places.iter().for_each(|it| events[*it].sha256 = digest("changed")))
    };
    refuses_boot("image-component-approved", several(&[2, 3, 4, 5]));
    refuses_boot("image-component-and-kernel", several(&[0, 2, 5]));
    let extra = Expected { kind: Kind::Component("native/extra".to_owned()), sha256: digest("x") };
    let with_extra = extra.clone();
    refuses_boot("image-extra", image(move |events| events.insert(5, with_extra.clone())));
    refuses_boot("image-missing", image(|events| drop(events.remove(5))));
    refuses_boot("image-reordered", image(|events| events.swap(6, 7)));
    refuses_boot("image-replaced", image(move |events| events[5] = extra.clone()));
}

fn with_policy(version: u64, switches: Switches) -> Boot {
    image(move |events| {
        let sha256 = digest(&format!("policy {version} {switches:?}"));
        events[3] = Expected { kind: Kind::Policy { version, switches }, sha256 };
    })
}

#[test]
fn an_older_policy_is_refused_even_if_it_has_reference_values() {
    let older = with_policy(6, Switches::default());
    let mut desk = Desk::boot(with_policy(6, Switches::default()));
    let mut auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    auditor.refuses("policy-older", &desk.evidence(&nonce));
    auditor.references.push(Reference { events: older.image, ..reference() });
    let nonce = auditor.nonce();
    auditor.refuses("policy-rollback", &desk.evidence(&nonce));
}

#[test]
fn weakening_switches_are_refused_unless_the_auditor_lets_them_pass() {
    let switches = Switches { debug: true, unsafe_dma: true };
    let boot = with_policy(7, switches);
    let weak = Reference { events: boot.image.clone(), ..reference() };
    let mut desk = Desk::boot(boot);
    let mut auditor = Auditor::knowing(&mut desk);
    auditor.references = vec![weak];
    let nonce = auditor.nonce();
    auditor.refuses("policy-switches", &desk.evidence(&nonce));
    auditor.allowances = Allowances { debug: true, unsafe_dma: true, ..Allowances::default() };
    let nonce = auditor.nonce();
    assert_eq!(auditor.appraise(&desk.evidence(&nonce)).outcome(), Outcome::Warned);
}

#[test]
fn nothing_is_accepted_without_reference_values() {
    let mut desk = Desk::new();
    let mut auditor = Auditor::knowing(&mut desk);
    auditor.references.clear();
    let nonce = auditor.nonce();
    auditor.refuses("no-reference", &desk.evidence(&nonce));
    auditor.references = vec![Reference { boot_program: None, ..reference() }];
    let nonce = auditor.nonce();
    auditor.refuses("no-boot-program", &desk.evidence(&nonce));
}

#[test]
fn firmware_and_map_have_to_be_known_or_learned() {
    let mut desk = Desk::new();
    let mut auditor = Auditor::new();
    let mut machine = desk.enrol(&auditor.state);
    (machine.firmware, machine.resource_map) = (None, None);
    auditor.state.keep_machine(&machine).unwrap();
    let nonce = auditor.nonce();
    auditor.refuses("not-learned", &desk.evidence(&nonce));
    auditor.allowances.learn = true;
    let nonce = auditor.nonce();
    let appraisal = auditor.appraise(&desk.evidence(&nonce));
    assert_eq!(appraisal.outcome(), Outcome::Warned, "{}", table::render(&appraisal));
    auditor.state.keep_machine(appraisal.machine.as_ref().unwrap()).unwrap();
    auditor.allowances.learn = false;
    let nonce = auditor.nonce();
    assert_eq!(auditor.appraise(&desk.evidence(&nonce)).outcome(), Outcome::Passed);
}

#[test]
fn what_is_known_is_replaced_only_if_the_auditor_says_so() {
    let mut desk = Desk::new();
    let mut auditor = Auditor::new();
    let mut machine = desk.enrol(&auditor.state);
    machine.resource_map = Some(digest("another map").to_string());
    machine.firmware = Some([(0, "00".to_owned())].into());
    auditor.state.keep_machine(&machine).unwrap();
    auditor.allowances.learn = true;
    let nonce = auditor.nonce();
    auditor.refuses("learning-replaces-nothing", &desk.evidence(&nonce));
    auditor.allowances.relearn = true;
    let nonce = auditor.nonce();
    let appraisal = auditor.appraise(&desk.evidence(&nonce));
    assert_eq!(appraisal.outcome(), Outcome::Warned, "{}", table::render(&appraisal));
    let learned = appraisal.machine.unwrap();
    assert_eq!(learned.resource_map, Some(digest("resource map").to_string()));
    assert_eq!(learned.firmware.unwrap().len(), 4);
}

/// Boots with a firmware other than the known one.
fn refuses_firmware(fixture: &str, firmware: FirmwareLog) {
    let mut usual = Desk::new();
    let auditor = Auditor::new();
    let known = usual.enrol(&auditor.state);
    let mut desk = Desk::boot(Boot { firmware, ..Boot::default() });
    let mut machine = desk.enrol(&auditor.state);
    machine.firmware = known.firmware;
    auditor.state.keep_machine(&machine).unwrap();
    let nonce = auditor.nonce();
    auditor.refuses(fixture, &desk.evidence(&nonce));
}

#[test]
fn another_firmware_or_another_way_to_boot_is_refused() {
    let boot_program = digest("boot program");
    refuses_firmware("firmware-boot-program", FirmwareLog::usual(&digest("another")));
    let with = |add: &dyn Fn(&mut FirmwareLog)| {
        let mut log = FirmwareLog::usual(&boot_program);
        add(&mut log);
        log
    };
    refuses_firmware(
        "firmware-second-program",
        with(&|log| log.extended(4, 0x8000_0003, &digest("shell"), b"path")),
    );
    refuses_firmware(
        "firmware-secure-boot",
        with(&|log| log.hashed(7, 0x8000_00e0, b"another authority")),
    );
    refuses_firmware(
        "firmware-code",
        with(&|log| log.extended(2, 0x8000_0004, &digest("option ROM"), b"path")),
    );
    refuses_firmware("firmware-log-unknown-type", with(&|log| log.hashed(5, 0x99, b"?")));
    refuses_firmware(
        "firmware-log-not-extended",
        with(&|log| log.logged(5, 0x8000_0007, &Digest::of(b"action"), b"action")),
    );
}

#[test]
fn secure_boot_has_to_be_on_where_the_image_asks_for_it() {
    for (value, fixture) in [
        (&[1][..], None),
        (&[0][..], Some("secure-boot-off")),
        (&[][..], Some("secure-boot-off")),
        (&[2][..], Some("secure-boot-unclear")),
    ] {
        let firmware = FirmwareLog::with_secure_boot(value, &digest("boot program"));
        let mut desk = Desk::boot(Boot { firmware, ..Boot::default() });
        let mut auditor = Auditor::knowing(&mut desk);
        let evidence = desk.evidence(&auditor.nonce());
        assert_eq!(auditor.appraise(&evidence).outcome(), Outcome::Passed, "nobody asks for it");
        auditor.references = vec![Reference { secure_boot: true, ..reference() }];
        let evidence = desk.evidence(&auditor.nonce());
        match fixture {
            None => assert_eq!(auditor.appraise(&evidence).outcome(), Outcome::Passed),
            Some(fixture) => auditor.refuses(fixture, &evidence),
        }
    }
}

#[test]
fn a_firmware_log_that_is_missing_or_tells_another_story_is_refused() {
    let mut desk = Desk::new();
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    let evidence = desk.altered(&nonce, |claims| claims.firmware_log = None, |_| {});
    auditor.refuses("firmware-log-missing", &evidence);
    // The boot program's events are in both logs, or in none.
    desk.firmware = {
        let mut log = FirmwareLog::usual(&digest("boot program"));
        log.logged(8, 0x5, &Digest::of(b"kernel"), b"kernel");
        log.bytes().to_vec()
    };
    let nonce = auditor.nonce();
    auditor.refuses("firmware-log-other-kernel", &desk.evidence(&nonce));
}

#[test]
fn isolation_has_to_hold_on_the_known_map() {
    refuses_boot("isolation-failed", Boot { isolation: Verdict::Failed, ..Boot::default() });
    refuses_boot("isolation-not-run", Boot { isolation: Verdict::NotRun, ..Boot::default() });
    let resource_map = digest("another map");
    refuses_boot("resource-map", Boot { resource_map, ..Boot::default() });
}

#[test]
fn audit_records_are_all_chained_and_the_chains_go_on() {
    let mut desk = Desk::new();
    let mut auditor = Auditor::knowing(&mut desk);
    let evidence = |auditor: &Auditor, desk: &mut Desk, heads: Option<Heads>| {
        desk.altered(&auditor.nonce(), |claims| claims.audit = heads, |_| {})
    };
    let first = [(4, 0, "four"), (7, 0, "seven")];
    let good = evidence(&auditor, &mut desk, Some(heads(&first)));
    let appraisal = auditor.appraise(&good);
    assert_eq!(appraisal.outcome(), Outcome::Passed, "{}", table::render(&appraisal));
    auditor.state.keep_machine(appraisal.machine.as_ref().unwrap()).unwrap();
    for (fixture, said) in [
        ("audit-shorter", heads(&[(4, 0, "four"), (6, 0, "six")])),
        ("audit-other", heads(&[(4, 0, "another four"), (8, 0, "eight")])),
        ("audit-fewer-processors", heads(&[(5, 0, "five")])),
        ("audit-untold", Heads::NONE),
        ("audit-lost", heads(&[(5, 3, "five"), (8, 0, "eight")])),
    ] {
        let evidence = evidence(&auditor, &mut desk, Some(said));
        auditor.refuses(fixture, &evidence);
    }
    for longer in [first, [(4, 0, "four"), (8, 0, "eight")]] {
        let evidence = evidence(&auditor, &mut desk, Some(heads(&longer)));
        assert_eq!(auditor.appraise(&evidence).outcome(), Outcome::Passed);
    }
    let nobody = evidence(&auditor, &mut desk, None);
    assert_eq!(auditor.appraise(&nobody).outcome(), Outcome::Passed, "the image's policy says so");
    auditor.allowances.lost_records = true;
    let lost = evidence(&auditor, &mut desk, Some(heads(&[(5, 3, "five"), (8, 0, "eight")])));
    assert_eq!(auditor.appraise(&lost).outcome(), Outcome::Warned);
}

#[test]
fn counters_do_not_go_back() {
    refuses_boot("boots-went-back", Boot { boot_count: 2, ..Boot::default() });
}

#[test]
fn what_is_no_evidence_is_refused() {
    let auditor = Auditor::new();
    auditor.refuses("nothing", b"");
    auditor.refuses("something-else", b"-----BEGIN CERTIFICATE-----");
}

#[test]
fn the_table_says_what_was_expected_and_what_came() {
    let mut desk = Desk::boot(with_policy(6, Switches { debug: true, unsafe_dma: false }));
    let auditor = Auditor::knowing(&mut desk);
    let nonce = auditor.nonce();
    let table = table::render(&auditor.appraise(&desk.evidence(&nonce)));
    // What differs from run to run is the machine's: key and PCRs of the quote.
    let steady: Vec<_> = table.lines().filter(|line| !line.contains("PCR values")).collect();
    assert_fixture("table.txt", &(steady.join("\n") + "\n"));
}
