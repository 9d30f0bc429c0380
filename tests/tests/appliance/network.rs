//! The driver of an outside network, on a machine with a network adapter behind either kind of IOMMU: a world
//! gets an address and fetches a file from a server on the host, another world on the same port sees nothing
//! of that, and all of it goes on when the driver is killed and starts again.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use cloister::machine::{
    Options,
    options::{Firmware, Iommu, Network},
};
use cloister_tests::{
    appliance,
    running::{Running, quickest},
};

const POLICY: &str = include_str!("../../policies/outside.toml");

/// Bytes of the file.
const FILE: usize = 4_000_000;
/// Bytes of frames to a group, at most, and of the bystander's own.
const TO_ALL: u64 = 100_000;

/// Serves the file to everybody; returns the port.
fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    thread::spawn(move || listener.incoming().flatten().for_each(|client| drop(answer(client))));
    port
}

fn answer(mut client: TcpStream) -> std::io::Result<()> {
    let _ = client.read(&mut [0; 4096])?;
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {FILE}\r\n\r\n");
    client.write_all(head.as_bytes())?;
    let file: Vec<u8> = b"cloister\n".iter().copied().cycle().take(FILE).collect();
    client.write_all(&file)
}

fn said<'l>(line: &'l str, world: &str, before: &str) -> Option<&'l str> {
    line.strip_prefix("component: ")?.strip_prefix(world)?.split_once(before).map(|(_, said)| said)
}

fn shared_behind(iommu: Iommu, name: &str) {
    let policy = POLICY.replace("PORT/", &format!("{}/", serve()));
    let options = Options { iommu, network: Some(Network::default()), ..quickest(2) };
    let media = appliance::media_of(name, &policy, Firmware::Pvh);
    let mut machine = Running::start_with(&options, &media);

    machine.line("a file", |line| said(line, "one", "fetched: ").is_some());
    // A restart may have come before the file.
    machine.line("the driver's end", |line| line == "component: restarter: restarts");
    let again = |line: &str| line.starts_with("component: driver: ") && line.ends_with(", again");
    machine.line("the driver's next start", again);
    machine.line("another file", |line| said(line, "one", "fetched: ").is_some());

    let count = |line: &str| {
        said(line, "two", "received: ")?.split_whitespace().next()?.parse::<u64>().ok()
    };
    let seen = machine.line("the bystander's count", |line| count(line).is_some());
    let log = machine.log().join("\n");
    assert!(log.contains("64 bytes from 10.0.2.2"), "{log}");
    assert!(count(&seen).is_some_and(|bytes| bytes < TO_ALL), "{seen}");
    assert!(!log.contains("audit: refused a device"), "{log}");
}

#[test]
fn worlds_share_a_port_behind_intel_s_iommu_and_see_nothing_of_each_other() {
    shared_behind(Iommu::Intel, "outside-intel");
}

#[test]
fn worlds_share_a_port_behind_amd_s_iommu_and_see_nothing_of_each_other() {
    shared_behind(Iommu::Amd, "outside-amd");
}
