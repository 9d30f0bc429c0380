//! From directory to directory over a way that loses, repeats, reorders and damages, with both ends
//! starting again at any time; and what a hostile sender cannot do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cloister_drop::name::FileName;
use cloister_drop::receiver::{Event, Limits, Receiver};
use cloister_drop::record::{Announcement, Record, TransferId};
use cloister_drop::source::{Sent, Source};
use proptest::prelude::*;

/// The files of a directory that are not hidden.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let shown = named.filter(|(name, _)| !name.starts_with('.'));
    shown.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

/// All records of one round of a directory, by a sender that has just started.
fn round(directory: &Path) -> Vec<Vec<u8>> {
    let mut source = Source::new(directory, 512, 1, Duration::ZERO);
    source.look(&mut |path, why| panic!("{}: {why}", path.display())).unwrap();
    let mut records = Vec::new();
    while source.next().is_some() {
        let sent = source.send(&mut |record, _| {
            records.push(record.to_vec());
            Ok(())
        });
        assert_eq!(sent.unwrap(), Sent::Whole);
    }
    records
}

fn content(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|at| (at as u8).wrapping_mul(31) ^ (at >> 8) as u8 ^ seed).collect()
}

/// What happens to a record on its way.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    Damaged(usize),
    Twice,
    /// Changes places with one that came before.
    Late(usize),
    /// Arrives after the receiver has started again, having written down what it has, or not.
    Restart(bool),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Fate::Arrives),
        4 => Just(Fate::Lost),
        1 => any::<usize>().prop_map(Fate::Damaged),
        1 => Just(Fate::Twice),
        1 => any::<usize>().prop_map(Fate::Late),
        1 => any::<bool>().prop_map(Fate::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_on_the_way_files_arrive_intact_or_not_at_all(
        lengths in prop::collection::vec(0_usize..20_000, 1..4),
        fates in prop::collection::vec(fate(), 1..300),
    ) {
        let low = tempfile::tempdir().unwrap();
        let high = tempfile::tempdir().unwrap();
        for (number, length) in lengths.iter().enumerate() {
            fs::write(low.path().join(format!("file{number}")), content(number as u8, *length)).unwrap();
        }
        let sent = files(low.path());
        let limits = Limits::default();
        let mut receiver = Receiver::new(high.path(), limits).unwrap();
        let mut fates = fates.into_iter();
        loop {
            let mut records = round(low.path());
            let mut calm = true;
            for at in 0..records.len() {
                let Some(fate) = fates.next() else { break };
                calm = false;
                match fate {
                    Fate::Arrives | Fate::Twice | Fate::Restart(_) => {}
                    Fate::Lost => records[at].clear(),
                    Fate::Damaged(bit) => {
                        let bit = bit % (records[at].len() * 8).max(1);
                        if let Some(byte) = records[at].get_mut(bit / 8) {
                            *byte ^= 1 << (bit % 8);
                        }
                    }
                    Fate::Late(before) => records.swap(at, before % (at + 1)),
                }
                if let Fate::Restart(saved) = fate {
                    if saved {
                        receiver.save().unwrap();
                    }
                    receiver = Receiver::new(high.path(), limits).unwrap();
                }
                for _ in 0..if matches!(fate, Fate::Twice) { 2 } else { 1 } {
                    let _ = receiver.accept(&records[at]).unwrap();
                }
                for (name, content) in files(high.path()) {
                    prop_assert_eq!(Some(&content), sent.get(&name), "{} is not whole", name);
                }
            }
            if calm {
                records.iter().for_each(|record| drop(receiver.accept(record).unwrap()));
                break;
            }
        }
        prop_assert_eq!(files(high.path()), sent);
        prop_assert_eq!(receiver.unfinished().count(), 0);
    }
}

fn announcement(name: &str, content: &[u8]) -> Announcement {
    use sha2::{Digest as _, Sha256};
    let name = FileName::new(name.as_bytes()).unwrap();
    let digest = Sha256::digest(content).into();
    let id = TransferId::of(&name, &digest, 0);
    Announcement { id, name, size: content.len() as u64, block: 512, digest }
}

fn give(receiver: &mut Receiver, record: &Record<'_>) -> Event {
    let mut bytes = Vec::new();
    record.encode(&mut bytes);
    receiver.accept(&bytes).unwrap()
}

/// Sends content of one block.
fn send(receiver: &mut Receiver, announcement: &Announcement, bytes: &[u8]) -> Event {
    give(receiver, &Record::Announcement(announcement.clone()));
    give(receiver, &Record::Block { id: announcement.id, number: 0, bytes })
}

#[test]
fn nothing_that_is_there_is_replaced_or_followed() {
    let outside = tempfile::tempdir().unwrap();
    let high = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, "mine").unwrap();
    fs::write(high.path().join("taken.txt"), "mine").unwrap();
    std::os::unix::fs::symlink(&secret, high.path().join("link")).unwrap();
    fs::create_dir(high.path().join("folder")).unwrap();
    let mut receiver = Receiver::new(high.path(), Limits::default()).unwrap();
    for (name, arrives_as) in
        [("taken.txt", "taken (2).txt"), ("link", "link (2)"), ("folder", "folder (2)")]
    {
        let event = send(&mut receiver, &announcement(name, b"theirs"), b"theirs");
        let Event::Finished { path, .. } = event else { panic!("{event:?}") };
        assert_eq!(path, high.path().join(arrives_as));
        assert_eq!(fs::read(path).unwrap(), b"theirs");
    }
    assert_eq!(fs::read(high.path().join("taken.txt")).unwrap(), b"mine");
    assert_eq!(fs::read(&secret).unwrap(), b"mine");
    // The same content under the same name is that file.
    let again = Announcement { id: TransferId([1; 16]), ..announcement("taken.txt", b"mine") };
    let event = send(&mut receiver, &again, b"mine");
    assert!(matches!(event, Event::Finished { path, .. } if path.ends_with("taken.txt")));
}

#[test]
fn what_was_received_stays_received_though_it_is_moved_away() {
    let high = tempfile::tempdir().unwrap();
    let it = announcement("a", b"once");
    let mut receiver = Receiver::new(high.path(), Limits::default()).unwrap();
    assert!(matches!(send(&mut receiver, &it, b"once"), Event::Finished { .. }));
    fs::remove_file(high.path().join("a")).unwrap();
    let mut receiver = Receiver::new(high.path(), Limits::default()).unwrap();
    assert!(matches!(send(&mut receiver, &it, b"once"), Event::Nothing));
    assert!(files(high.path()).is_empty());
}

#[test]
fn a_sender_that_lies_about_content_gets_nothing_through() {
    let high = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::new(high.path(), Limits::default()).unwrap();
    let it = announcement("a", b"truth");
    assert!(matches!(send(&mut receiver, &it, b"liesx"), Event::Damaged(_)));
    // Blocks of other lengths and numbers, and other words about a transfer, change nothing.
    give(&mut receiver, &Record::Announcement(it.clone()));
    for (number, bytes) in [(0, &b"long enough"[..]), (0, b""), (1, b"truth"), (u64::MAX, b"truth")]
    {
        let event = give(&mut receiver, &Record::Block { id: it.id, number, bytes });
        assert!(matches!(event, Event::Nothing), "{event:?}");
    }
    let other = Announcement { id: it.id, ..announcement("b", b"other") };
    assert!(matches!(send(&mut receiver, &other, b"truth"), Event::Finished { .. }));
    assert_eq!(
        files(high.path()).into_iter().collect::<Vec<_>>(),
        [("a".into(), b"truth".to_vec())]
    );
}

#[test]
fn limits_hold_and_old_transfers_make_room() {
    let high = tempfile::tempdir().unwrap();
    let limits = Limits { file: 4000, bytes: 10_000, files: 4, transfers: 2 };
    let mut receiver = Receiver::new(high.path(), limits).unwrap();
    let big = |name: &str, length| announcement(name, &content(0, length));
    let announce =
        |receiver: &mut Receiver, it: Announcement| give(receiver, &Record::Announcement(it));
    assert!(matches!(announce(&mut receiver, big("a", 4001)), Event::Refused { .. }));
    assert!(matches!(announce(&mut receiver, big("b", 2000)), Event::Started(_)));
    assert!(matches!(announce(&mut receiver, big("c", 2000)), Event::Started(_)));
    assert!(matches!(announce(&mut receiver, big("d", 2000)), Event::Started(_)));
    let names: Vec<_> = receiver.unfinished().map(|(name, ..)| name.to_string()).collect();
    assert!(names.len() == 2 && !names.contains(&"b".to_owned()), "{names:?}");
    fs::write(high.path().join("mine"), content(0, 5000)).unwrap();
    assert!(matches!(announce(&mut receiver, big("e", 2000)), Event::Refused { .. }));
    fs::write(high.path().join("mine"), "").unwrap();
    assert!(matches!(send(&mut receiver, &announcement("f", b"f"), b"f"), Event::Finished { .. }));
    fs::write(high.path().join("mine too"), "").unwrap();
    assert!(matches!(announce(&mut receiver, big("g", 1)), Event::Refused { .. }), "four names");
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_not_sent_in_part() {
    let low = tempfile::tempdir().unwrap();
    let path = low.path().join("file");
    fs::write(&path, content(1, 5000)).unwrap();
    let mut source = Source::new(low.path(), 512, 1, Duration::ZERO);
    let look = |source: &mut Source| source.look(&mut |_, why| panic!("{why}")).unwrap();
    look(&mut source);
    fs::write(&path, content(1, 700)).unwrap();
    assert_eq!(source.send(&mut |_, _| Ok(())).unwrap(), Sent::Changed);
    look(&mut source);
    assert_eq!(source.next().map(|(it, sent)| (it.size, sent)), Some((700, 0)));
    assert_eq!(source.send(&mut |_, _| Ok(())).unwrap(), Sent::Whole);
    assert!(source.next().is_none());
}

#[test]
fn hidden_files_links_and_what_may_not_cross_are_not_sent() {
    let low = tempfile::tempdir().unwrap();
    fs::write(low.path().join(".hidden"), "h").unwrap();
    fs::write(low.path().join("new\nline"), "n").unwrap();
    fs::write(low.path().join("plain"), "p").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", low.path().join("link")).unwrap();
    fs::create_dir(low.path().join("folder")).unwrap();
    let mut source = Source::new(low.path(), 512, 1, Duration::ZERO);
    let mut refused = Vec::new();
    for _ in 0..2 {
        source.look(&mut |path, _| refused.push(path.to_owned())).unwrap();
    }
    assert_eq!(refused, [low.path().join("new\nline")], "told once");
    assert_eq!(source.next().map(|(it, _)| it.name.as_str()), Some("plain"));
    source.send(&mut |_, _| Ok(())).unwrap();
    assert!(source.next().is_none());
}
