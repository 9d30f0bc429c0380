//! The boot log: what is written is read, and nothing else.

use cloister_evidence::{
    BootLog, Digest, Event, LogView, Measurer, Record, Switches, Verdict,
    log::{IMAGE_PCR, MACHINE_PCR, Refused},
};

fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

fn events() -> Vec<Event<'static>> {
    vec![
        Event::Kernel(digest(1)),
        Event::TrustAnchors(digest(2)),
        Event::Manifest(digest(3)),
        Event::Policy { sha256: digest(4), version: 7, switches: Switches::default() },
        Event::PolicySignature(digest(5)),
        Event::Component { name: "native/steady", sha256: digest(6) },
        Event::GuestImage { name: "debian/vmlinuz", sha256: digest(7) },
        Event::Component { name: "native/other", sha256: digest(8) },
        Event::CommandLine { subject: "low", sha256: digest(9) },
        Event::ResourceMap(digest(10)),
        Event::Isolation(Verdict::Passed),
        Event::Lock,
    ]
}

fn by_boot_program(event: Event<'_>) -> Record<'_> {
    Record { by: Measurer::BootProgram, event }
}

fn log_of(events: &[Event<'_>]) -> BootLog<4096> {
    let mut log = BootLog::new();
    for event in events {
        log.push(&by_boot_program(*event)).unwrap();
    }
    log
}

/// The items of a log that no writer would write.
fn items_of(events: &[Event<'_>]) -> (u16, Vec<u8>) {
    let mut items = Vec::new();
    for event in events {
        // A log that begins at each stage gives each event its bytes.
        let all = self::events();
        let before = all.iter().take_while(|other| other.kind() < event.kind());
        let mut log = log_of(&before.copied().collect::<Vec<_>>());
        let start = log.parts().1.len();
        log.push(&by_boot_program(*event)).unwrap();
        items.extend(&log.parts().1[start..]);
    }
    (u16::try_from(events.len()).unwrap(), items)
}

fn fault(events: &[Event<'_>]) -> String {
    let (count, items) = items_of(events);
    LogView::parse(count, &items).unwrap_err().to_string()
}

#[test]
fn what_was_written_is_read_and_replays_to_what_was_extended() {
    let mut log = BootLog::<4096>::new();
    let mut pcrs = [Digest([0; 32]); 2];
    for event in events() {
        let extension = log.push(&by_boot_program(event)).unwrap();
        assert_eq!(Digest::of(extension.data), extension.digest);
        let pcr = match extension.pcr {
            IMAGE_PCR => &mut pcrs[0],
            MACHINE_PCR => &mut pcrs[1],
            other => panic!("PCR {other}"),
        };
        *pcr = Digest::of(&[pcr.0, extension.digest.0].concat());
    }
    let view = log.view().unwrap();
    let read: Vec<_> = view.events().map(|logged| logged.record.event).collect();
    assert_eq!(read, events());
    assert_eq!(view.replay(), pcrs);
    assert_eq!(log.pcrs(), pcrs);
}

#[test]
fn an_event_in_another_place_is_refused_by_reader_and_writer() {
    let all = events();
    for from in 0..all.len() {
        for to in 0..all.len() {
            let mut moved = all.clone();
            let event = moved.remove(from);
            moved.insert(to, event);
            let kinds: Vec<_> = moved.iter().map(Event::kind).collect();
            let stages: Vec<_> =
                kinds.iter().map(|kind| if *kind == 7 { 6 } else { *kind }).collect();
            let (count, items) = items_of(&moved);
            assert_eq!(LogView::parse(count, &items).is_ok(), stages.is_sorted(), "{kinds:?}");
        }
    }
}

#[test]
fn a_missing_event_is_named() {
    let mut without_policy = events();
    without_policy.remove(3);
    assert_eq!(
        fault(&without_policy),
        "event 4 of the boot log is a policy signature where the policy has to be"
    );
    let mut without_lock = events();
    without_lock.pop();
    assert_eq!(fault(&without_lock), "the boot log ends where the lock has to be");
    assert_eq!(fault(&[]), "the boot log ends where the kernel has to be");
}

#[test]
fn files_and_command_lines_may_be_missing_and_nothing_else() {
    for missing in 0..events().len() {
        let mut some = events();
        some.remove(missing);
        let (count, items) = items_of(&some);
        let optional = matches!(missing, 5..=8);
        assert_eq!(LogView::parse(count, &items).is_ok(), optional, "without event {missing}");
    }
}

#[test]
fn nothing_follows_the_lock() {
    let mut more = events();
    more.push(Event::Lock);
    assert_eq!(
        fault(&more),
        "event 13 of the boot log is a lock after the lock, where nothing may be"
    );
    let mut log = log_of(&events());
    let refused = log.push(&by_boot_program(Event::Lock)).unwrap_err();
    assert_eq!(refused.to_string(), "the event is after the lock, where nothing may be");
}

#[test]
fn the_kernel_measures_nothing_but_the_lock() {
    let mut log = BootLog::<4096>::new();
    let record = Record { by: Measurer::Kernel, event: Event::Kernel(digest(1)) };
    assert!(matches!(log.push(&record), Err(Refused::Grammar(_))));
    let all = events();
    let mut log = log_of(&all[..all.len() - 1]);
    log.push(&Record { by: Measurer::Kernel, event: Event::Lock }).unwrap();
    log.view().unwrap();
}

#[test]
fn every_bit_of_a_log_counts() {
    let log = log_of(&events());
    let (count, items) = log.parts();
    let before = log.pcrs();
    for bit in 0..items.len() * 8 {
        let mut changed = items.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(view) = LogView::parse(count, &changed) {
            assert_ne!(view.replay(), before, "bit {bit}");
        }
    }
}

#[test]
fn unknown_kinds_and_measurers_are_refused() {
    assert_eq!(
        LogView::parse(1, b"\x43\x82\x18\x18").unwrap_err().to_string(),
        "event 1 of the boot log is malformed"
    );
    assert_eq!(
        LogView::parse(1, b"\x43\x82\x0c\x01").unwrap_err().to_string(),
        "event 1 of the boot log is of the unknown kind 12"
    );
    assert_eq!(
        LogView::parse(1, b"\x43\x82\x0b\x03").unwrap_err().to_string(),
        "event 1 of the boot log is by the unknown measurer 3"
    );
}

#[test]
fn names_that_cannot_be_shown_are_refused() {
    let all = events();
    for name in ["", "a b", "ü", "\u{1b}[31m"] {
        let mut log = log_of(&all[..5]);
        let event = Event::GuestImage { name, sha256: digest(0) };
        assert_eq!(log.push(&by_boot_program(event)).unwrap_err(), Refused::Name, "{name:?}");
    }
}

#[test]
fn a_full_log_stays_as_it_was() {
    let mut log = BootLog::<100>::new();
    let all = events();
    log.push(&by_boot_program(all[0])).unwrap();
    log.push(&by_boot_program(all[1])).unwrap();
    let before = (log.parts().1.to_vec(), log.pcrs());
    assert_eq!(log.push(&by_boot_program(all[2])).unwrap_err(), Refused::Full);
    assert_eq!((log.parts().1.to_vec(), log.pcrs()), before);
}
