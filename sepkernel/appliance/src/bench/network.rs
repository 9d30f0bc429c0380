//! Two Debian worlds on a link, with a processor each: what TCP and UDP reach between them, against loopback in
//! one of them, which stands in the plain machine's place. At the host's speed, where the two processors work
//! at the same time: an emulator that counts instructions lets them take turns.

use anyhow::Result;

use super::{
    machine::Bench,
    parts::{Heard, listen},
    report::{Goal, Row},
};

const NAME: &str = "network";
/// What the policy's worlds send by TCP in each part, in bytes.
const TCP: f64 = (128 << 20) as f64;
/// Parts: over loopback, and over the link.
const TCP_PARTS: [&str; 2] = ["tcp-loopback", "tcp-link"];
const UDP_PARTS: [&str; 2] = ["udp-loopback", "udp-link"];
const PING: &str = "ping";

/// Measures it.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    Ok(rows(&listen(bench.two_at_once("network")?)?))
}

fn rows(heard: &Heard) -> Vec<Row> {
    let rate = |part: &str| {
        let missing = || heard.missing.clone().unwrap_or_else(|| "not measured there".to_owned());
        heard.said.get(part).and_then(|said| rate(said)).ok_or_else(missing)
    };
    let goal = Some(Goal::LeastRatio(0.8));
    vec![
        row("TCP to another world", "MB a second", TCP_PARTS.map(rate), goal),
        row("UDP to another world", "MB a second", UDP_PARTS.map(rate), None),
        alone("TCP: bytes a record", "bytes", packets(heard).map(|packets| TCP / packets)),
        alone("TCP: exits of the sender", "a record", exits(heard)),
        alone("there and back by ICMP", "microseconds", shortest(heard)),
    ]
}

fn row(name: &str, unit: &'static str, parts: [Result<f64, String>; 2], goal: Option<Goal>) -> Row {
    let missing = parts.iter().find_map(|part| part.as_ref().err().cloned());
    let [plain, world] = parts.map(Result::ok);
    Row { benchmark: NAME, name: name.to_owned(), unit, plain, world, kvm: None, goal, missing }
}

fn alone(name: &str, unit: &'static str, number: Option<f64>) -> Row {
    let missing = number.is_none().then(|| "not measured".to_owned());
    let (name, world) = (name.to_owned(), number);
    Row { benchmark: NAME, name, unit, plain: None, world, kvm: None, goal: None, missing }
}

/// Millions of bytes a second, of what iperf3 says in bits, last as the receiver has it.
fn rate(said: &str) -> Option<f64> {
    let words: Vec<_> = said.split_whitespace().collect();
    let at = words.iter().rposition(|word| word.ends_with("bits/sec"))?;
    let number: f64 = words.get(at.checked_sub(1)?)?.parse().ok()?;
    let bits = match *words.get(at)? {
        "Gbits/sec" => 1e9,
        "Mbits/sec" => 1e6,
        "Kbits/sec" => 1e3,
        _ => return None,
    };
    Some(number * bits / 8.0 / 1e6)
}

/// The last number that a part of TCP said: the records that were sent over the link.
fn packets(heard: &Heard) -> Option<f64> {
    heard.said.get(TCP_PARTS[1])?.rsplit_once("packets: ")?.1.trim().parse().ok()
}

/// Exits of the sender, by what its monitor told.
fn exits(heard: &Heard) -> Option<f64> {
    let told = heard.exits.get(TCP_PARTS[1])?;
    let all: f64 = told.iter().filter(|(kind, _)| *kind != "ticks").map(|(_, number)| number).sum();
    Some(all / packets(heard)?)
}

/// The quickest answer, in microseconds: `min/avg/max = 0.1/0.2/0.3 ms`.
fn shortest(heard: &Heard) -> Option<f64> {
    let (_, numbers) = heard.said.get(PING)?.split_once(" = ")?;
    let milliseconds: f64 = numbers.split('/').next()?.parse().ok()?;
    Some(milliseconds * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receivers_rate_counts() {
        let said = "[ 5] 0.00-2.93 sec 128 MBytes 367 Mbits/sec 4 sender [ 5] 0.00-2.93 sec 127 MBytes \
                    365 Mbits/sec receiver packets: 2827";
        assert_eq!(rate(said), Some(45.625));
        assert_eq!(rate("[ 5] 8.00 Gbits/sec receiver"), Some(1000.0));
        assert_eq!(rate("unable to connect"), None);
    }

    #[test]
    fn what_did_not_come_is_no_number() {
        let heard = Heard { missing: Some("no answer".to_owned()), ..Heard::default() };
        for row in rows(&heard) {
            assert!(row.world.is_none() && row.missing.is_some(), "{row:?}");
        }
    }

    #[test]
    fn records_and_answers_are_read_from_what_parts_said() {
        let said = [
            ("tcp-link", "127 MBytes 365 Mbits/sec receiver packets: 2048"),
            ("ping", "round-trip min/avg/max = 0.080/1.703/6.331 ms"),
        ];
        let said = said.map(|(part, text)| (part.to_owned(), text.to_owned()));
        let heard = Heard { said: said.into(), ..Heard::default() };
        assert_eq!((packets(&heard), shortest(&heard)), (Some(2048.0), Some(80.0)));
    }
}
