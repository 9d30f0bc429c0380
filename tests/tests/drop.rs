//! Channels as devices of worlds: a file of 64 MiB over a file drop, the interrupt of a channel's reader,
//! and what a reader tries to write.

use cloister_tests::running::Running;

/// What a world says behind `before`; its shell's prompt may come first.
fn said<'l>(line: &'l str, world: &str, before: &str) -> Option<&'l str> {
    let line = line.strip_prefix("component: ")?.strip_prefix(world)?.strip_prefix(": ")?;
    line.split_once(before).map(|(_, said)| said)
}

#[test]
fn a_file_arrives_intact_and_nothing_goes_back() {
    let policy = include_str!("../policies/drop.toml");
    let mut machine = Running::of_policy("drop", policy, 2);

    let sent = machine.line("what is sent", |line| said(line, "below", "sent: ").is_some());
    let received =
        machine.line("what is received", |line| said(line, "above", "received: ").is_some());
    let digest = said(&sent, "below", "sent: ").map(|digest| format!("file {digest}"));
    assert_eq!(said(&received, "above", "received: "), digest.as_deref());

    machine.line("an interrupt", |line| {
        said(line, "above", "rang: ")
            .is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count > 0))
    });
    let word = |line: &str, world, before| {
        said(line, world, before).map(|word| word.ends_with("00001234"))
    };
    machine.line("what a reader sees", |line| word(line, "above", "before: ") == Some(true));
    machine.line("what a reader's write changed", |line| word(line, "above", "after: ").is_some());
    // The reader's world goes on, and the writer sees what it wrote itself.
    let after = machine.line("the writer's word", |line| said(line, "below", "word: ").is_some());
    assert_eq!(word(&after, "below", "word: "), Some(true), "{after}");
}
