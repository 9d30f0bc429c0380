//! Links between worlds: unmodified systems with a file over TCP, three members of which one only looks
//! on, and datagrams one way up; and a world without an operating system that serves a page.

use cloister_tests::running::Running;

/// Bytes of the file that one fetches from the other.
const FILE: u64 = 8_000_000;
/// Bytes of frames to a group, at most: what systems ask all of a link when they come up, and the
/// datagrams on the way up.
const TO_ALL: u64 = 20_000;

/// The number behind `before` in a line of a world's.
fn number(line: &str, world: &str, before: &str) -> Option<u64> {
    let rest = line.strip_prefix("component: ")?.strip_prefix(world)?.strip_prefix(": ")?;
    let (_, rest) = rest.split_once(before)?;
    rest.split_whitespace().next()?.parse().ok()
}

#[test]
fn frames_go_where_the_policy_says_and_nowhere_else() {
    let policy = include_str!("../policies/links.toml");
    let mut machine = Running::of_policy("links", policy, 2);

    // Each of these comes last of its world's, or again and again.
    machine.line("end of the second world", |line| line == "component: two: asked all");
    let seen = |line: &str| number(line, "three", "received: ");
    let bystander = machine.line("the bystander's count", |line| seen(line).is_some());
    machine.line("both neighbours", |line| {
        let is_there = |address: &str| line.contains(&format!("{address} lladdr 02:"));
        line.starts_with("component: one: ") && is_there("10.1.0.2") && is_there("fe80::2")
    });
    machine.line("datagrams above", |line| {
        number(line, "above", "Udp: 0 ").is_some_and(|datagrams| datagrams > 2)
    });

    let log = machine.log();
    let all = log.join("\n");
    let fetched = log.iter().find_map(|line| number(line, "two", "fetched: "));
    assert!(fetched.is_some_and(|bytes| bytes > FILE), "{all}");
    let answered = "component: two: 64 bytes from 10.0.0.3";
    assert!(log.iter().any(|line| line.starts_with(answered)), "{all}");
    // On the same link, but not who the file was for.
    assert!(seen(&bystander).is_some_and(|bytes| bytes < TO_ALL), "{all}");
    // On no link with them.
    let above = log.iter().filter_map(|line| number(line, "above", "received: ")).max();
    assert!(above.is_some_and(|bytes| bytes < TO_ALL), "{all}");
    // One way: what is sent down is lost.
    let lost =
        |line: &String| line.starts_with("component: above: ") && line.contains("100% packet loss");
    assert!(log.iter().any(lost), "{all}");
}

#[test]
fn a_world_without_an_operating_system_serves_its_page_over_a_link() {
    let policy = include_str!("../policies/network.toml");
    let mut machine = Running::behind_intel_s_iommu("network", policy, 2);
    machine.line("end of the client", |line| line == "component: client: client is done");
    let log = machine.log();
    let all = log.join("\n");
    // What was not said by the script itself may have the shell's prompt before it.
    let client = |wanted: &str| {
        let mut lines = log.iter().filter_map(|line| line.strip_prefix("component: client: "));
        lines.any(|line| line.ends_with(wanted))
    };
    // The page says who served it; the last of ten, with two refused requests between, says so.
    for line in ["<h1>World page</h1>", "<dt>Level<dd>LOW", "<dt>Requests<dd>12"] {
        assert!(client(line), "{line}:\n{all}");
    }
    assert!(client("wget: server returned error: HTTP/1.1 404 Not Found"), "{all}");
    assert!(client("HTTP/1.1 400 Bad Request"), "{all}");
    assert!(client("1 packets transmitted, 1 packets received, 0% packet loss"), "{all}");
}
